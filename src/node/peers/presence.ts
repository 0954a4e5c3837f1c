import type { Emit } from '../../events.ts';
import type { Clock, Identity, Presence as Message, PeerMessage, Respond, Stage, Transport } from '../../ports.ts';
import type { Rules } from '../../protocol/rules.ts';
import { Once } from '../once.ts';
import type { Peers } from './peers.ts';
import { type Clash, describeClash } from './refusals.ts';

export interface PresenceOptions {
  readonly rules: Pick<Rules, 'mustLeave' | 'hasFallenSilent'>;
  readonly identity: Identity;
  readonly session: string;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly peers: Peers;
  readonly heartbeatMs: number;
  readonly peerSilentMs: number;
  readonly joinListenMs: number;
  /** The prefix is taken by another cluster, none of whose own members serves here: this one must not go on. */
  readonly onTaken: (clash: string) => void;
}

/** A process that serves on the prefix, beside which this member must not serve. */
interface Stranger {
  readonly clash: string;
  readonly heardMs: number;
}

/** Strangers that are remembered at once: one is enough to know of. */
const STRANGERS_MAX = 64;

/**
 * Tells everyone on the prefix that this member is there, and listens who else is: a prefix belongs to one cluster. A member
 * joins once it has listened for a while.
 */
export class Presence {
  readonly #options: PresenceOptions;
  /** By session. */
  readonly #strangers = new Map<string, Stranger>();
  readonly #told = new Once();
  /** Sessions that said goodbye. */
  readonly #gone = new Once();
  #stage: Stage = 'joining';
  #hasListened = false;
  /** Whether a member of this cluster serves on the prefix already. */
  #isOurs = false;
  /** What a stranger said that answered this process, and so was there after it had started. */
  #answer: string | undefined;
  #clash: string | null = null;
  /** When another process was last heard that runs under this member's id, on another store. */
  #rivalMs = Number.NEGATIVE_INFINITY;
  #timer: unknown;
  #stopListening: () => void = () => undefined;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** Why this member must refuse all requests, as a sentence; null where nothing is in the way. */
  get clash(): string | null {
    return this.#clash;
  }

  start(): void {
    const { clock, joinListenMs } = this.#options;
    this.#beat();
    clock.setTimeout(() => this.#endListening(), joinListenMs);
  }

  /** This member takes requests from now on: it says so before it does. */
  serve(): void {
    this.#stage = 'serving';
    this.#announce();
  }

  /** Says goodbye: others need not wait for it to fall silent. */
  stop(): void {
    this.#stage = 'left';
    this.#options.clock.clearTimeout(this.#timer);
    this.#announce();
    this.#stopListening();
  }

  /** Takes in what another process tells everyone. */
  hear(message: Message, respond: Respond): void {
    if (this.#stage === 'left' || message.sender.session === this.#options.session) return;
    this.#note(message, false);
    // One that joins must know soon; everybody else hears the next heartbeat.
    if (message.stage === 'joining') respond(this.#options.peers.presence(this.#stage));
  }

  #onAnswer(answer: PeerMessage): void {
    if (this.#stage === 'left' || answer.type !== 'presence') return;
    this.#note(answer, true);
  }

  #note(message: Message, isAnswer: boolean): void {
    const { peers, identity, clock, emit } = this.#options;
    const { sender, hello, stage } = message;
    const { session } = sender;
    if (stage === 'left') this.#gone.isNew(session);
    // What a process said before it left may come after its goodbye.
    else if (this.#gone.has(session)) return;
    peers.trusts(sender);
    if (peers.isRival(hello)) this.#noteRival(message);
    const clash = this.#clashWith(message, isAnswer);
    if (clash === undefined) {
      this.#isOurs ||= stage === 'serving' && sender.member !== identity.member;
      this.#look();
      return;
    }
    if (stage !== 'joining') this.#strangers.delete(session);
    if (stage === 'serving') {
      const what = describeClash(identity.member, hello, clash);
      this.#strangers.set(session, { clash: what, heardMs: clock.now() });
      if (isAnswer) this.#answer = what;
    } else if (stage === 'joining' && this.#told.isNew(session)) {
      emit({ type: 'trouble', what: `Passed over: ${describeStranger(message)} tries to join on this prefix.` });
    }
    this.#look();
  }

  /** Of the processes on copies of one store the peers take one; a member without peers has to tell by itself. */
  #clashWith({ sender, hello, stage }: Message, isAnswer: boolean): Clash | undefined {
    const { peers, identity } = this.#options;
    const foreign = peers.foreign(hello);
    if (foreign !== undefined || identity.members.length > 1) return foreign;
    // What an earlier process of this member said before it ended may come late: an answer cannot.
    const isOther = isAnswer || sender.incarnation >= identity.incarnation;
    return isOther && stage === 'serving' ? 'second-process' : undefined;
  }

  /** Sees whether there is a clash as of now, and says so where that has changed. */
  #look(): void {
    const { clock, peerSilentMs, emit, rules } = this.#options;
    const isSilent = (heardMs: number) => rules.hasFallenSilent(clock.now() - heardMs, peerSilentMs);
    for (const [session, { heardMs }] of this.#strangers) {
      if (isSilent(heardMs) || this.#strangers.size > STRANGERS_MAX) this.#strangers.delete(session);
    }
    const [stranger] = this.#strangers.values();
    const had = this.#clash;
    this.#clash = stranger?.clash ?? null;
    if ((had === null) !== (this.#clash === null)) emit({ type: 'clash', clash: this.#clash });
    if (this.#hasListened && this.#stage === 'joining') this.#joinOrLeave(isSilent(this.#rivalMs));
  }

  #endListening(): void {
    if (this.#stage === 'left') return;
    this.#hasListened = true;
    this.#look();
  }

  /** Beside members of its own cluster that serve, this one can do no more harm: it refuses requests as they do. */
  #joinOrLeave(isAlone: boolean): void {
    const { rules, peers, onTaken } = this.#options;
    const answer = this.#answer;
    if (answer !== undefined && rules.mustLeave(true, this.#isOurs)) onTaken(answer);
    else peers.letJoin(isAlone);
  }

  /** Of two new stores of one member either could be remembered, by some peers each: both wait until one is gone. */
  #noteRival(message: Message): void {
    const { clock, emit } = this.#options;
    this.#rivalMs = message.stage === 'left' ? Number.NEGATIVE_INFINITY : clock.now();
    if (!this.#told.isNew(`rival ${message.sender.session}`)) return;
    const what = `This store is new, and ${describeStranger(message)} runs under the same id. It does not join until that is gone: stop one of the two, or give it another --prefix.`;
    emit({ type: 'trouble', what });
  }

  #beat(): void {
    const { clock, heartbeatMs } = this.#options;
    this.#announce();
    this.#look();
    this.#timer = clock.setTimeout(() => this.#beat(), heartbeatMs);
  }

  #announce(): void {
    const { transport, peers } = this.#options;
    this.#stopListening();
    this.#stopListening = transport.announce(peers.presence(this.#stage), (answer) => this.#onAnswer(answer));
  }
}

function describeStranger({ hello: { credentials, members } }: Message): string {
  const { cluster, member, storeId } = credentials;
  return `${member} of cluster ${cluster} (members ${members.join(', ')}; store ${storeId})`;
}
