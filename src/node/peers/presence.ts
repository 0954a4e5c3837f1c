import type { Presence as Message, PeerMessage, Respond, Stage } from '../../ports.ts';
import type { MemberContext } from '../context.ts';
import { Once } from '../once.ts';
import type { Peers } from './peers.ts';
import { type Clash, describeClash } from './refusals.ts';

/** Hears that this member must not go on. */
export interface Newcomer {
  /** The prefix is taken by another cluster, none of whose own members serves here. */
  prefixTaken(clash: string): void;
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
  readonly #context: MemberContext;
  readonly #peers: Peers;
  readonly #newcomer: Newcomer;
  /** By session. */
  readonly #strangers = new Map<string, Stranger>();
  readonly #told = new Once();
  /** Sessions that said goodbye. */
  readonly #gone = new Once();
  #stage: Stage = 'joining';
  #hasListened = false;
  /** Whether a member of this cluster serves on the prefix already. */
  #isOurs = false;
  /** The clash with a stranger that answered this process, and so was there after it had started. */
  #answer: string | undefined;
  #clash: string | null = null;
  /** When another process was last heard that runs under this member's id, on another store. */
  #rivalMs = Number.NEGATIVE_INFINITY;
  #timer: unknown;
  #stopListening: () => void = () => undefined;

  constructor(context: MemberContext, peers: Peers, newcomer: Newcomer) {
    this.#context = context;
    this.#peers = peers;
    this.#newcomer = newcomer;
  }

  /** Why this member must refuse all requests, as a sentence; null where nothing is in the way. */
  get clash(): string | null {
    return this.#clash;
  }

  start(): void {
    const { clock, settings } = this.#context;
    this.#beat();
    clock.setTimeout(() => this.#endListening(), settings.joinListenMs);
  }

  /** This member takes requests from now on: it says so before it does. */
  serve(): void {
    this.#stage = 'serving';
    this.#announce();
  }

  /** Says goodbye: others need not wait for it to fall silent. */
  stop(): void {
    this.#stage = 'left';
    this.#context.clock.clearTimeout(this.#timer);
    this.#announce();
    this.#stopListening();
  }

  /** Takes in what another process tells everyone. */
  hear(message: Message, respond: Respond): void {
    if (this.#stage === 'left' || message.sender.session === this.#context.credentials().session) return;
    this.#note(message, false);
    // One that joins must know soon; everybody else hears the next heartbeat.
    if (message.stage === 'joining') respond(this.#peers.presence(this.#stage));
  }

  #onAnswer(answer: PeerMessage): void {
    if (this.#stage === 'left' || answer.type !== 'presence') return;
    this.#note(answer, true);
  }

  #note(message: Message, isAnswer: boolean): void {
    const { self, clock, emit } = this.#context;
    const { sender, hello, stage } = message;
    const { session } = sender;
    if (stage === 'left') this.#gone.isNew(session);
    // What a process said before it left may come after its goodbye.
    else if (this.#gone.has(session)) return;
    this.#peers.trusts(sender);
    if (this.#peers.isRival(hello)) this.#noteRival(message);
    const clash = this.#clashWith(message, isAnswer);
    if (clash === undefined) {
      this.#isOurs ||= stage === 'serving' && sender.member !== self;
      this.#look();
      return;
    }
    if (stage !== 'joining') this.#strangers.delete(session);
    if (stage === 'serving') {
      const what = describeClash(self, hello, clash);
      this.#strangers.set(session, { clash: what, heardMs: clock.now() });
      if (isAnswer) this.#answer = what;
    } else if (stage === 'joining' && this.#told.isNew(session)) {
      emit({ type: 'trouble', what: `Passed over: ${describeStranger(message)} tries to join on this prefix.` });
    }
    this.#look();
  }

  /** Of the processes on copies of one store the peers take one; a member without peers has to tell by itself. */
  #clashWith({ sender, hello, stage }: Message, isAnswer: boolean): Clash | undefined {
    const { identity } = this.#context.store;
    const foreign = this.#peers.foreign(hello);
    if (foreign !== undefined || identity.members.length > 1) return foreign;
    // What an earlier process of this member said before it ended may come late: an answer cannot.
    const isOther = isAnswer || sender.incarnation >= identity.incarnation;
    return isOther && stage === 'serving' ? 'second-process' : undefined;
  }

  /** Sees whether there is a clash as of now, and says so where that has changed. */
  #look(): void {
    const { clock, settings, emit, rules } = this.#context;
    const isSilent = (heardMs: number) => rules.hasFallenSilent(clock.now() - heardMs, settings.peerSilentMs);
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
    const answer = this.#answer;
    if (answer !== undefined && this.#context.rules.mustLeave(true, this.#isOurs)) this.#newcomer.prefixTaken(answer);
    else this.#peers.letJoin(isAlone);
  }

  /** Of two new stores of one member either could be remembered, by some peers each: both wait until one is gone. */
  #noteRival(message: Message): void {
    const { clock, emit } = this.#context;
    this.#rivalMs = message.stage === 'left' ? Number.NEGATIVE_INFINITY : clock.now();
    if (!this.#told.isNew(`rival ${message.sender.session}`)) return;
    const what = `This store is new, and ${describeStranger(message)} runs under the same id. It does not join until that is gone: stop one of the two, or give it another --prefix.`;
    emit({ type: 'trouble', what });
  }

  #beat(): void {
    const { clock, settings } = this.#context;
    this.#announce();
    this.#look();
    this.#timer = clock.setTimeout(() => this.#beat(), settings.heartbeatMs);
  }

  #announce(): void {
    this.#stopListening();
    this.#stopListening = this.#context.transport.announce(this.#peers.presence(this.#stage), (answer) =>
      this.#onAnswer(answer),
    );
  }
}

function describeStranger({ hello: { credentials, members } }: Message): string {
  const { cluster, member, storeId } = credentials;
  return `${member} of cluster ${cluster} (members ${members.join(', ')}; store ${storeId})`;
}
