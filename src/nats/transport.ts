import type { Msg, NatsConnection, Subscription } from 'nats';
import { BadInputError } from '../contract/errors.ts';
import { problemWithMemberId } from '../contract/names.ts';
import { natsFaultOf } from '../contract/nats-errors.ts';
import { type Subjects, subjectsOf } from '../contract/subjects.ts';
import type { PeerMessage, Presence, Respond, Transport } from '../ports.ts';
import type { MemberId } from '../protocol/ballot.ts';
import { type Connected, followConnected } from './connection.ts';
import { payloadBytesMaxOf } from './payload-limit.ts';
import { PeerCodec } from './peer-codec.ts';

/** Something on the members' subjects that was dropped. */
export interface Garbage {
  readonly subject: string;
  /** A sentence. */
  readonly reason: string;
}

export interface NatsTransportOptions {
  readonly connection: NatsConnection;
  readonly prefix?: string;
  /** The member that it is for. */
  readonly member: MemberId;
  /** All members of its cluster. */
  readonly members: readonly MemberId[];
  /** Which process of the member: one NATS token, never used before. Answers to an earlier process then reach nobody. */
  readonly session: string;
  /** Told of what was dropped because it could not be read, or could not be sent. */
  readonly onGarbage?: (garbage: Garbage) => void;
  /** Whether NATS is known not to permit what members send each other. */
  readonly isDenied?: () => boolean;
}

/** Who waits for answers to one request. */
interface Asked {
  readonly onAnswer: (answer: PeerMessage) => void;
  /** Undefined once it was called: a message that was cut has nobody several times. */
  onNobody: (() => void) | undefined;
}

/** The pause before a member that may not listen tries to again. */
const SUBSCRIBE_AGAIN_MS = 2_000;
const SESSION = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Carries messages between members over a NATS connection, which stays the caller's. It subscribes to what each other member
 * tells everyone, to what is sent to its own member alone, to what processes of any cluster tell everyone, and once to all
 * answers. While NATS is disconnected what is sent is dropped: kept until the connection is back it would arrive stale, and the
 * protocol takes a loss in its stride.
 * @throws BadInputError for a prefix, member or session that cannot stand in a subject.
 */
export function createNatsTransport(options: NatsTransportOptions): Transport & { close(): Promise<void> } {
  return new NatsTransport(options);
}

class NatsTransport implements Transport {
  readonly #connection: NatsConnection;
  readonly #member: MemberId;
  readonly #others: readonly MemberId[];
  readonly #session: string;
  readonly #subjects: Subjects;
  readonly #onGarbage: (garbage: Garbage) => void;
  readonly #isDenied: () => boolean;
  readonly #connected: Connected;
  readonly #codec = new PeerCodec();
  /** By the subject where their answers come in. */
  readonly #asked = new Map<string, Asked>();
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #retries = new Set<NodeJS.Timeout>();
  #requests = 0;
  #closed = false;

  constructor(options: NatsTransportOptions) {
    const {
      connection,
      prefix,
      member,
      members,
      session,
      onGarbage = () => undefined,
      isDenied = () => false,
    } = options;
    const problem = problemWithMemberId(member);
    if (problem !== undefined) throw new BadInputError(problem);
    if (!SESSION.test(session)) {
      throw new BadInputError(`${JSON.stringify(session)} cannot name a session: use 1 to 64 of A-Z a-z 0-9 _ -.`);
    }
    this.#connection = connection;
    this.#member = member;
    this.#others = members.filter((other) => other !== member);
    this.#session = session;
    this.#subjects = subjectsOf(prefix);
    this.#onGarbage = onGarbage;
    this.#isDenied = isDenied;
    this.#connected = followConnected(connection);
    try {
      this.#subscribe(this.#subjects.replyTo(member, session, '*'), (raw) => this.#onAnswer(raw));
    } catch (error) {
      this.#connected.stop();
      throw error;
    }
  }

  get payloadBytesMax(): number {
    return payloadBytesMaxOf(this.#connection);
  }

  get isDenied(): boolean {
    return this.#isDenied();
  }

  serve(handler: (message: PeerMessage, respond: Respond) => void): void {
    const receive = (raw: Msg) => {
      const message = this.#decode(raw);
      if (message === undefined) return;
      // Read now: what is called later must not hold on to all of the payload.
      const { reply = '' } = raw;
      handler(message, (answer) => {
        // A reply subject elsewhere would make this member publish wherever a stranger wants.
        if (this.#subjects.isInternal(reply)) this.#publish(reply, answer);
      });
    };
    this.#subscribe(this.#subjects.toMember(this.#member, '*'), receive);
    for (const other of this.#others) this.#subscribe(this.#subjects.fromMember(other, '*'), receive);
    this.#subscribe(this.#subjects.presence, receive);
  }

  tell(message: PeerMessage): void {
    if (this.#others.length > 0) this.#publish(this.#subjects.fromMember(this.#member, message.type), message);
  }

  ask(message: PeerMessage, onAnswer: (answer: PeerMessage) => void): () => void {
    if (this.#others.length === 0) return () => undefined;
    return this.#ask(this.#subjects.fromMember(this.#member, message.type), message, { onAnswer, onNobody: undefined });
  }

  askOne(
    to: MemberId,
    message: PeerMessage,
    onAnswer: (answer: PeerMessage) => void,
    onNobody: () => void,
  ): () => void {
    return this.#ask(this.#subjects.toMember(to, message.type), message, { onAnswer, onNobody });
  }

  announce(message: Presence, onAnswer: (answer: PeerMessage) => void): () => void {
    return this.#ask(this.#subjects.presence, message, { onAnswer, onNobody: undefined });
  }

  /** Stops listening and sending. The connection stays open. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#asked.clear();
    for (const retry of this.#retries) clearTimeout(retry);
    for (const subscription of this.#subscriptions.values()) subscription.unsubscribe();
    const isUp = this.#connected.isUp();
    this.#connected.stop();
    if (isUp) await this.#connection.flush().catch(() => undefined);
  }

  #ask(subject: string, message: PeerMessage, asked: Asked): () => void {
    this.#requests += 1;
    const reply = this.#subjects.replyTo(this.#member, this.#session, this.#requests);
    if (!this.#closed) this.#asked.set(reply, asked);
    this.#publish(subject, message, reply);
    return () => this.#asked.delete(reply);
  }

  #publish(subject: string, message: PeerMessage, reply?: string): void {
    if (this.#closed || !this.#connected.isUp()) return;
    try {
      const bytesMax = this.payloadBytesMax;
      for (const payload of this.#codec.encode(message, bytesMax)) {
        if (payload.length > bytesMax) this.#reportUnsent(subject, tooLarge(payload.length, bytesMax));
        else this.#connection.publish(subject, payload, reply === undefined ? {} : { reply });
      }
    } catch (error) {
      this.#reportUnsent(subject, sentence(error));
    }
  }

  #reportUnsent(subject: string, why: string): void {
    this.#onGarbage({ subject, reason: `A message could not be sent and was dropped: ${why}` });
  }

  #subscribe(subject: string, receive: (raw: Msg) => void): void {
    const subscription = this.#connection.subscribe(subject, {
      callback: (error, raw) => {
        if (error !== null) return this.#onDenied(subject, receive, error);
        try {
          receive(raw);
        } catch (failure) {
          // Thrown in here, it would only stop the library from reading, and nobody would know.
          queueMicrotask(() => {
            throw failure;
          });
        }
      },
    });
    this.#subscriptions.set(subject, subscription);
  }

  /** Tries again and again: permissions are set right while a member runs, and the library has dropped the subscription. */
  #onDenied(subject: string, receive: (raw: Msg) => void, error: Error): void {
    if (natsFaultOf(error) !== 'permissions') {
      this.#onGarbage({ subject, reason: `NATS refused to listen: ${error.message}` });
    }
    const retry = setTimeout(() => {
      this.#retries.delete(retry);
      if (!this.#connection.isClosed() && !this.#connection.isDraining()) this.#subscribe(subject, receive);
    }, SUBSCRIBE_AGAIN_MS);
    retry.unref();
    this.#retries.add(retry);
  }

  #onAnswer(raw: Msg): void {
    const asked = this.#asked.get(raw.subject);
    if (asked === undefined) return;
    if (saysNobody(raw)) {
      const { onNobody } = asked;
      asked.onNobody = undefined;
      onNobody?.();
      return;
    }
    const answer = this.#decode(raw);
    if (answer !== undefined) asked.onAnswer(answer);
  }

  #decode(raw: Msg): PeerMessage | undefined {
    try {
      return this.#codec.decode(raw.data);
    } catch (error) {
      this.#onGarbage({ subject: raw.subject, reason: sentence(error) });
      return undefined;
    }
  }
}

/** Whether it is the server's word that nobody listens where the request went: that member is down, or cut off from it. */
function saysNobody(raw: Msg): boolean {
  return raw.data.length === 0 && raw.headers?.code === NO_RESPONDERS;
}

function tooLarge(bytes: number, bytesMax: number): string {
  return `it takes ${bytes} bytes, and NATS carries ${bytesMax}. Raise max_payload of the NATS servers, or write smaller values.`;
}

/** NATS' code for it. */
const NO_RESPONDERS = 503;

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
