import type { PeerStatus } from '../../contract/status.ts';
import type { PeerMessage, Presence, Respond, Stage } from '../../ports.ts';
import type { MemberId } from '../../protocol/ballot.ts';
import type { Credentials, Foreign, Hello, Refusal } from '../../protocol/membership.ts';
import { majority } from '../../protocol/quorum.ts';
import type { MemberContext } from '../context.ts';
import { Once } from '../once.ts';
import { Admission } from './admission.ts';
import { KnownPeers, type Peer } from './known-peers.ts';
import { describePassedOver } from './refusals.ts';

/** Hears how the others take this member. */
export interface Applicant {
  /** Enough of the members listen to it. */
  admitted(): void;
  /** So many refuse to listen to it, or one of them for such a reason, that it must not go on. */
  refused(by: MemberId, refusal: Refusal): void;
}

/** Refusals that rest on what a peer remembers, not on what it was told at its making: one of them is enough. */
const REMEMBERED: ReadonlySet<Refusal> = new Set<Refusal>(['lost-disk', 'old-copy', 'second-process']);

/** Makes this member known to the others: says hello at every heartbeat, and joins once enough of them listen to it. */
export class Peers {
  readonly #context: MemberContext;
  readonly #applicant: Applicant;
  readonly #known: KnownPeers;
  readonly #admission: Admission;
  readonly #openedCommits: number;
  readonly #startedMs: number;
  readonly #told = new Once();
  #stopListening: () => void = () => undefined;
  #timer: unknown;
  #mayJoin = false;
  #admitted = false;
  #stopped = false;
  /** The store's commits at the last heartbeat. */
  #commitsAtBeat: number | undefined;

  constructor(context: MemberContext, applicant: Applicant) {
    this.#context = context;
    this.#applicant = applicant;
    this.#known = new KnownPeers(context);
    // A process that was just met may have started after the last hello: no need to wait for the next to be welcomed.
    this.#admission = new Admission(context, this.#known, () => this.#admitted || this.#beat());
    this.#openedCommits = context.store.commits;
    this.#startedMs = context.clock.now();
  }

  start(): void {
    this.#beat();
  }

  /** Says whether this member may join, as of now, once enough of the others listen to it. */
  letJoin(may: boolean): void {
    this.#mayJoin = may;
    void this.#join();
  }

  stop(): void {
    this.#stopped = true;
    this.#admission.stop();
    this.#context.clock.clearTimeout(this.#timer);
    this.#stopListening();
  }

  /** Whether the process that sent a message is the one that is listened to. Notes that it was heard. */
  trusts(sender: Credentials): boolean {
    return this.#known.trusts(sender);
  }

  /** Says why a process belongs to another cluster; undefined where nothing says so. */
  foreign(hello: Hello): Foreign | undefined {
    return this.#admission.foreign(hello);
  }

  /** Whether a process runs under this member's id on another store, while this store is new: it could be the one that counts. */
  isRival({ credentials: { member, storeId } }: Hello): boolean {
    const { identity, enrolled } = this.#context.store;
    return !enrolled && member === identity.member && storeId !== identity.storeId;
  }

  /** Makes what this process tells everyone on the prefix. */
  presence(stage: Stage): Presence {
    const sender = this.#context.credentials();
    return { type: 'presence', sender, hello: this.#hello(sender), stage };
  }

  /** Answers another member's hello. */
  onHello({ sender, hello }: Extract<PeerMessage, { readonly type: 'hello' }>, respond: Respond): void {
    void this.#admission.consider(sender, hello).then((refusal) => {
      if (this.#stopped || refusal === 'no-store') return;
      // What a store remembers that nobody remembers yet accuses nobody: it may have met an impostor first.
      if (refusal !== undefined && REMEMBERED.has(refusal) && !this.#context.store.enrolled) return;
      const own = this.#context.credentials();
      respond(
        refusal === undefined
          ? { type: 'welcome', sender: own, hello: this.#hello(own) }
          : { type: 'refusal', sender: own, refusal },
      );
    });
  }

  statuses(): PeerStatus[] {
    return this.#known.statuses();
  }

  /** Says hello to every member, and again at every heartbeat. */
  #beat(): void {
    if (this.#stopped) return;
    const { clock, transport, settings, credentials } = this.#context;
    clock.clearTimeout(this.#timer);
    this.#stopListening();
    const sender = credentials();
    const message: PeerMessage = { type: 'hello', sender, hello: this.#hello(sender) };
    this.#stopListening = transport.ask(message, (answer) => this.#onAnswer(answer));
    this.#known.noticeSilence();
    this.#explainWaiting();
    this.#flush();
    this.#timer = clock.setTimeout(() => this.#beat(), settings.heartbeatMs);
  }

  /** A new cluster needs more of its members up than an old one: who waits for them should know. */
  #explainWaiting(): void {
    const { store, transport, clock, emit, settings } = this.#context;
    // That NATS does not let them hear each other has been said: to start them would not help.
    if (transport.isDenied === true) return;
    if (this.#admitted || store.enrolled || clock.now() - this.#startedMs < settings.peerSilentMs) return;
    const strangers = this.#known.strangers().join(', ');
    emit({
      type: 'trouble',
      what: `This store is new: it serves once ${this.#listenersNeeded() - 1} other members have met it, this one time. It has not met ${strangers} yet: start them.`,
    });
  }

  /** Saves what was noted of peers, unless this member's own commits have taken it along since the last heartbeat. */
  #flush(): void {
    const { store, fail } = this.#context;
    const { commits } = store;
    if (commits === this.#commitsAtBeat) store.flushPeers().catch(fail);
    this.#commitsAtBeat = commits;
  }

  #onAnswer(answer: PeerMessage): void {
    const peer = this.#known.get(answer.sender.member);
    if (this.#stopped || peer === undefined) return;
    if (answer.type === 'welcome') {
      if (answer.hello.credentials.member !== answer.sender.member) return;
      void this.#admission.consider(answer.sender, answer.hello).then((refusal) => {
        if (refusal !== undefined) return;
        peer.welcomed = true;
        peer.refusal = undefined;
        void this.#join();
      });
    } else if (answer.type === 'refusal') {
      this.#onRefusal(peer, answer.sender, answer.refusal);
    }
  }

  #onRefusal(peer: Peer, refuser: Credentials, refusal: Refusal): void {
    const { store, emit, rules } = this.#context;
    this.trusts(refuser);
    if (rules.believesRefusal(store.enrolled, peer.record, refuser, refusal)) {
      peer.refusal = refusal;
      this.#weighRefusals(refuser.member, refusal);
    } else if (this.#told.isNew(`${refuser.session} ${refusal}`)) {
      emit({ type: 'trouble', what: describePassedOver(store.identity.member, refuser, refusal) });
    }
  }

  /**
   * Serves once a majority listens to it. A new store first has itself remembered by more, so that nobody can take one that
   * is made after it for it.
   */
  async #join(): Promise<void> {
    const { store, fail } = this.#context;
    const listening = 1 + this.#known.count(({ welcomed }) => welcomed);
    if (!this.#mayJoin || this.#admitted || listening < this.#listenersNeeded()) return;
    this.#admitted = true;
    try {
      if (!store.enrolled) await store.enrol();
    } catch (error) {
      fail(error);
      return;
    }
    this.#applicant.admitted();
  }

  /** How many members must listen to this one, itself included. */
  #listenersNeeded(): number {
    const { store, rules, members } = this.#context;
    return store.enrolled ? majority(members) : 1 + rules.enrolmentQuorum(members);
  }

  #weighRefusals(by: MemberId, refusal: Refusal): void {
    const { members } = this.#context;
    const refusing = this.#known.count((peer) => peer.refusal !== undefined);
    if (REMEMBERED.has(refusal) || members - refusing < majority(members)) this.#applicant.refused(by, refusal);
  }

  /** It counts as its store was opened: an old copy could else save until it is as far on as what it is a copy of. */
  #hello(sender: Credentials): Hello {
    const credentials = { ...sender, commits: this.#openedCommits };
    const { identity, enrolled } = this.#context.store;
    return { credentials, members: identity.members, enrolled, remembers: this.#known.stores() };
  }
}
