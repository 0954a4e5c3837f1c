import type { Msg, NatsConnection, Subscription } from 'nats';
import { BadInputError } from '../errors.ts';
import { problemWithMemberId } from '../names.ts';
import type { PeerMessage, Respond, Transport } from '../ports.ts';
import type { MemberId } from '../protocol/ballot.ts';
import { decodePeerMessage, encodePeerMessage } from './codec.ts';
import { isConnected } from './connected.ts';
import { type Subjects, subjectsOf } from './subjects.ts';

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
  /** Which process of the member: one NATS token, never used before. Answers to an earlier process then reach nobody. */
  readonly session: string;
  /** Told of what was dropped because it could not be read, or could not be sent. */
  readonly onGarbage?: (garbage: Garbage) => void;
}

const SESSION = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Carries messages between members over a NATS connection, which stays the caller's. It subscribes twice, once for what
 * others send and once for all answers. While NATS is disconnected what is sent is dropped: kept until the connection is
 * back it would arrive stale, and the protocol takes a loss in its stride.
 * @throws BadInputError for a prefix, member or session that cannot stand in a subject.
 */
export function createNatsTransport(options: NatsTransportOptions): Transport & { close(): Promise<void> } {
  return new NatsTransport(options);
}

class NatsTransport implements Transport {
  readonly #connection: NatsConnection;
  readonly #member: MemberId;
  readonly #session: string;
  readonly #subjects: Subjects;
  readonly #onGarbage: (garbage: Garbage) => void;
  readonly #isConnected: () => boolean;
  readonly #open = new Map<string, (answer: PeerMessage) => void>();
  readonly #subscriptions: Subscription[] = [];
  #requests = 0;
  #closed = false;
  /** One message goes to several members: it is encoded once. */
  #last: { message: PeerMessage; bytesMax: number; payloads: readonly Uint8Array[] } | undefined;

  constructor({ connection, prefix, member, session, onGarbage = () => undefined }: NatsTransportOptions) {
    const problem = problemWithMemberId(member);
    if (problem !== undefined) throw new BadInputError(problem);
    if (!SESSION.test(session)) {
      throw new BadInputError(`${JSON.stringify(session)} cannot name a session: use 1 to 64 of A-Z a-z 0-9 _ -.`);
    }
    this.#connection = connection;
    this.#member = member;
    this.#session = session;
    this.#subjects = subjectsOf(prefix);
    this.#onGarbage = onGarbage;
    this.#isConnected = isConnected(connection);
    this.#subscribe(this.#subjects.replyTo(member, session, '*'), (subject) => this.#open.get(subject));
  }

  serve(handler: (message: PeerMessage, respond: Respond) => void): void {
    this.#subscribe(this.#subjects.toMember(this.#member, '*'), (_subject, { reply = '' }) => (message) => {
      // A reply subject elsewhere would make this member publish wherever a stranger wants.
      const answerable = this.#subjects.isInternal(reply);
      handler(message, (answer) => {
        if (answerable) this.#publish(reply, answer);
      });
    });
  }

  send(to: MemberId, message: PeerMessage): void {
    this.#publish(this.#subjects.toMember(to, message.type), message);
  }

  request(to: MemberId, message: PeerMessage, onAnswer: (answer: PeerMessage) => void): () => void {
    this.#requests += 1;
    const reply = this.#subjects.replyTo(this.#member, this.#session, this.#requests);
    if (!this.#closed) this.#open.set(reply, onAnswer);
    this.#publish(this.#subjects.toMember(to, message.type), message, reply);
    return () => this.#open.delete(reply);
  }

  /** Stops listening and sending. The connection stays open. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#open.clear();
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    if (this.#isConnected()) await this.#connection.flush().catch(() => undefined);
  }

  #publish(subject: string, message: PeerMessage, reply?: string): void {
    if (this.#closed || !this.#isConnected()) return;
    try {
      for (const payload of this.#encode(message)) {
        this.#connection.publish(subject, payload, reply === undefined ? {} : { reply });
      }
    } catch (error) {
      this.#onGarbage({ subject, reason: `A message could not be sent and was dropped: ${sentence(error)}` });
    }
  }

  #encode(message: PeerMessage): readonly Uint8Array[] {
    const bytesMax = this.#connection.info?.max_payload ?? PAYLOAD_BYTES_DEFAULT;
    if (this.#last?.message !== message || this.#last.bytesMax !== bytesMax) {
      this.#last = { message, bytesMax, payloads: encodePeerMessage(message, bytesMax) };
    }
    return this.#last.payloads;
  }

  /** @param receiver who is to have what arrives on a subject; undefined when nobody wants it any more. */
  #subscribe(subject: string, receiver: (subject: string, raw: Msg) => ((message: PeerMessage) => void) | undefined) {
    const subscription = this.#connection.subscribe(subject, {
      callback: (error, raw) => {
        if (error !== null) return this.#onGarbage({ subject, reason: `NATS refused to listen: ${error.message}` });
        const receive = receiver(raw.subject, raw);
        const message = receive && this.#decode(raw);
        if (receive === undefined || message === undefined) return;
        try {
          receive(message);
        } catch (failure) {
          // Thrown in here, it would only stop the library from reading, and nobody would know.
          queueMicrotask(() => {
            throw failure;
          });
        }
      },
    });
    this.#subscriptions.push(subscription);
  }

  #decode(raw: Msg): PeerMessage | undefined {
    // The server says so when nobody listens on a subject: the member is down.
    if (raw.data.length === 0 && raw.headers?.code === 503) return undefined;
    try {
      return decodePeerMessage(raw.data);
    } catch (error) {
      this.#onGarbage({ subject: raw.subject, reason: sentence(error) });
      return undefined;
    }
  }
}

/** What a NATS server allows unless it is set otherwise. */
const PAYLOAD_BYTES_DEFAULT = 1_048_576;

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
