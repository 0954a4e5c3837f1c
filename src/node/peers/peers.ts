import type { PeerStatus } from '../../contract/status.ts';
import type { Emit } from '../../events.ts';
import type { Clock, PeerMessage, Presence, Respond, Stage, Store, Transport } from '../../ports.ts';
import type { MemberId } from '../../protocol/ballot.ts';
import type {
  Admission,
  Credentials,
  Foreign,
  Hello,
  KnownStore,
  PeerRecord,
  Refusal,
} from '../../protocol/membership.ts';
import { majority } from '../../protocol/quorum.ts';
import type { Rules } from '../../protocol/rules.ts';
import { Once } from '../once.ts';
import { describePassedOver } from './refusals.ts';

export interface PeersOptions {
  readonly rules: Pick<Rules, 'admit' | 'foreignTo' | 'believesRefusal' | 'enrolmentQuorum'>;
  readonly store: Store;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly heartbeatMs: number;
  readonly peerSilentMs: number;
  /** This member's own, as of now. */
  readonly credentials: () => Credentials;
  /** Enough of the members listen to it. */
  readonly onAdmitted: () => void;
  /** So many refuse to listen to it, or one of them for such a reason, that it must not go on. */
  readonly onRefused: (by: MemberId, refusal: Refusal) => void;
  readonly onStoreFailed: (error: unknown) => void;
}

interface Peer {
  record: PeerRecord | undefined;
  /** Whether it has said that it listens to this member. */
  welcomed: boolean;
  refusal: Refusal | undefined;
  heardMs: number | undefined;
  up: boolean;
}

/** What a peer remembers weighs more than what it was told at its making: one such refusal is enough. */
const REMEMBERED: ReadonlySet<Refusal> = new Set<Refusal>(['lost-disk', 'old-copy', 'second-process']);

/** The other members: who of them is listened to, which are up, and whether they listen to this one. */
export class Peers {
  readonly #options: PeersOptions;
  readonly #peers: ReadonlyMap<MemberId, Peer>;
  #stopListening: () => void = () => undefined;
  #timer: unknown;
  readonly #openedCommits: number;
  readonly #startedMs: number;
  #mayJoin = false;
  #admitted = false;
  #stopped = false;
  #considering: Promise<unknown> = Promise.resolve();
  /** The store's commits at the last heartbeat. */
  #commitsAtBeat: number | undefined;
  readonly #told = new Once();

  constructor(options: PeersOptions) {
    this.#options = options;
    const { identity, peers, commits } = options.store;
    this.#openedCommits = commits;
    this.#startedMs = options.clock.now();
    const others = identity.members.filter((member) => member !== identity.member);
    this.#peers = new Map(
      others.map((member) => [
        member,
        {
          record: peers.get(member),
          welcomed: false,
          refusal: undefined,
          heardMs: undefined,
          up: false,
        },
      ]),
    );
  }

  start(): void {
    this.#beat();
  }

  /** Whether this member may join, as of now, once enough of the others listen to it. */
  letJoin(may: boolean): void {
    this.#mayJoin = may;
    void this.#join();
  }

  stop(): void {
    this.#stopped = true;
    this.#options.clock.clearTimeout(this.#timer);
    this.#stopListening();
  }

  /** Whether the process that sent a message is the one that is listened to; notes that it was heard. */
  trusts(sender: Credentials): boolean {
    const peer = this.#peers.get(sender.member);
    if (peer === undefined || peer.record === undefined) return false;
    const { storeId, incarnation, session } = peer.record;
    if (session !== sender.session || storeId !== sender.storeId || incarnation !== sender.incarnation) return false;
    if (sender.commits > peer.record.commits) {
      peer.record = { ...peer.record, commits: sender.commits };
      this.#options.store.notePeerCommits(sender.member, sender.commits);
    }
    this.#heard(sender.member, peer);
    return true;
  }

  /** Why a process belongs to another cluster; undefined where nothing says so. */
  foreign(hello: Hello): Foreign | undefined {
    const { rules, store } = this.#options;
    const { identity, enrolled } = store;
    const { cluster, members, member, storeId } = identity;
    return rules.foreignTo({ cluster, members, own: { member, storeId, enrolled }, peers: this.#remembered() }, hello);
  }

  /** Whether a process runs under this member's id on another store, while this store is new: it could be the one that counts. */
  isRival({ credentials: { member, storeId } }: Hello): boolean {
    const { identity, enrolled } = this.#options.store;
    return !enrolled && member === identity.member && storeId !== identity.storeId;
  }

  /** What this process tells everyone on the prefix. */
  presence(stage: Stage): Presence {
    const sender = this.#options.credentials();
    return { type: 'presence', sender, hello: this.#hello(sender), stage };
  }

  /** Answers another member's hello. */
  onHello({ sender, hello }: Extract<PeerMessage, { readonly type: 'hello' }>, respond: Respond): void {
    void this.#consider(sender, hello).then((refusal) => {
      if (this.#stopped || refusal === 'no-store') return;
      // What a store remembers that nobody remembers yet accuses nobody: it may have met an impostor first.
      if (refusal !== undefined && REMEMBERED.has(refusal) && !this.#options.store.enrolled) return;
      const own = this.#options.credentials();
      respond(
        refusal === undefined
          ? { type: 'welcome', sender: own, hello: this.#hello(own) }
          : { type: 'refusal', sender: own, refusal },
      );
    });
  }

  statuses(): PeerStatus[] {
    const nowMs = this.#options.clock.now();
    return Array.from(this.#peers, ([member, { up, record, heardMs }]) => ({
      member,
      up,
      incarnation: record?.incarnation ?? null,
      silentMs: heardMs === undefined ? null : Math.round(nowMs - heardMs),
    }));
  }

  /** Says hello to every member, and again at every heartbeat. */
  #beat(): void {
    if (this.#stopped) return;
    this.#options.clock.clearTimeout(this.#timer);
    this.#stopListening();
    const sender = this.#options.credentials();
    const message: PeerMessage = { type: 'hello', sender, hello: this.#hello(sender) };
    this.#stopListening = this.#options.transport.ask(message, (answer) => this.#onAnswer(answer));
    this.#noticeSilence();
    this.#explainWaiting();
    this.#flush();
    this.#timer = this.#options.clock.setTimeout(() => this.#beat(), this.#options.heartbeatMs);
  }

  /** A new cluster needs more of its members up than an old one: who waits for them should know. */
  #explainWaiting(): void {
    const { store, transport, clock, emit, peerSilentMs } = this.#options;
    // That NATS does not let them hear each other has been said: to start them would not help.
    if (transport.isDenied === true) return;
    if (this.#admitted || store.enrolled || clock.now() - this.#startedMs < peerSilentMs) return;
    const strangers = [...this.#peers].filter(([, { welcomed }]) => !welcomed).map(([member]) => member);
    emit({
      type: 'trouble',
      what: `This store is new: it serves once ${this.#listenersNeeded() - 1} other members have met it, this one time. It has not met ${strangers.join(', ')} yet: start them.`,
    });
  }

  /** What was noted of peers goes along with this member's own commits; where it made none since the last heartbeat, it goes alone. */
  #flush(): void {
    const { store, onStoreFailed } = this.#options;
    const { commits } = store;
    if (commits === this.#commitsAtBeat) store.flushPeers().catch(onStoreFailed);
    this.#commitsAtBeat = commits;
  }

  #onAnswer(answer: PeerMessage): void {
    const peer = this.#peers.get(answer.sender.member);
    if (this.#stopped || peer === undefined) return;
    if (answer.type === 'welcome') {
      if (answer.hello.credentials.member !== answer.sender.member) return;
      void this.#consider(answer.sender, answer.hello).then((refusal) => {
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
    const { store, emit, rules } = this.#options;
    this.trusts(refuser);
    if (rules.believesRefusal(store.enrolled, peer.record, refuser, refusal)) {
      peer.refusal = refusal;
      this.#weighRefusals(refuser.member, refusal);
    } else if (this.#told.isNew(`passed over ${refuser.session} ${refusal}`)) {
      emit({ type: 'trouble', what: describePassedOver(store.identity.member, refuser, refusal) });
    }
  }

  /** One hello at a time: a decision on one is on the disk before the next is looked at. */
  #consider(sender: Credentials, hello: Hello): Promise<Refusal | 'no-store' | undefined> {
    const considered = this.#considering.then(async () => {
      const refusal = await this.#admit(hello);
      // A hello counts as the store was opened; its sender counts as of now, which is what an old copy must not be below.
      if (refusal === undefined) this.trusts(sender);
      return refusal;
    });
    this.#considering = considered;
    return considered;
  }

  /** Admits a process, or says why not. A peer is remembered on disk before anything that it says counts. */
  async #admit(hello: Hello): Promise<Refusal | 'no-store' | undefined> {
    // The store of a member that has left takes nothing more.
    if (this.#stopped) return 'no-store';
    const { member, session } = hello.credentials;
    const peer = this.#peers.get(member);
    const admission = this.#judge(peer, hello);
    if (!admission.admitted || peer === undefined) {
      const refusal = admission.admitted ? 'second-process' : admission.refusal;
      this.#tellOfRefused(hello.credentials, refusal);
      return refusal;
    }
    const { record } = admission;
    // Another store of this member does not remember whom the one before it welcomed.
    if (peer.record !== undefined && peer.record.storeId !== record.storeId) peer.welcomed = false;
    const isNew = peer.heardMs === undefined || peer.record?.session !== session;
    if (peer.record?.session !== session || peer.record.enrolled !== record.enrolled) {
      try {
        await this.#options.store.savePeer(member, record);
      } catch (error) {
        this.#options.onStoreFailed(error);
        return 'no-store';
      }
    }
    // While it was saved, the same process may have been heard further on.
    const heard = peer.record?.session === session ? peer.record.commits : 0;
    peer.record = { ...record, commits: Math.max(record.commits, heard) };
    this.#heard(member, peer);
    // It may have started after this member's last hello: no need to wait for the next to be welcomed.
    if (isNew && !this.#admitted) this.#beat();
    return undefined;
  }

  #judge(peer: Peer | undefined, hello: Hello): Admission {
    const foreign = this.foreign(hello);
    if (foreign === 'other-stores') return { admitted: false, refusal: foreign };
    return this.#options.rules.admit(this.#options.store.identity, peer?.record, hello);
  }

  /** Once a process, however often it says hello. */
  #tellOfRefused({ member, session }: Credentials, refusal: Refusal): void {
    const isNew = this.#told.isNew(`refused ${session} ${refusal}`);
    if (isNew) this.#options.emit({ type: 'peer-refused', member, refusal });
  }

  #heard(member: MemberId, peer: Peer): void {
    peer.heardMs = this.#options.clock.now();
    if (peer.up) return;
    peer.up = true;
    this.#options.emit({ type: 'peer-up', member, incarnation: peer.record?.incarnation ?? 0 });
  }

  #noticeSilence(): void {
    const nowMs = this.#options.clock.now();
    for (const [member, peer] of this.#peers) {
      if (!peer.up || peer.heardMs === undefined || nowMs - peer.heardMs < this.#options.peerSilentMs) continue;
      peer.up = false;
      this.#options.emit({ type: 'peer-down', member, silentMs: Math.round(nowMs - peer.heardMs) });
    }
  }

  /**
   * Serves once a majority listens to it. A new store first has itself remembered by more, so that nobody can take one that
   * is made anew after it for it.
   */
  async #join(): Promise<void> {
    const { store, onStoreFailed, onAdmitted } = this.#options;
    if (!this.#mayJoin || this.#admitted || this.#listening() < this.#listenersNeeded()) return;
    this.#admitted = true;
    try {
      if (!store.enrolled) await store.enrol();
    } catch (error) {
      onStoreFailed(error);
      return;
    }
    onAdmitted();
  }

  /** How many members listen to this one, itself included. */
  #listening(): number {
    return 1 + this.#count(({ welcomed }) => welcomed);
  }

  #listenersNeeded(): number {
    const members = this.#peers.size + 1;
    const { store, rules } = this.#options;
    return store.enrolled ? majority(members) : 1 + rules.enrolmentQuorum(members);
  }

  #weighRefusals(by: MemberId, refusal: Refusal): void {
    const members = this.#peers.size + 1;
    const refusing = this.#count((peer) => peer.refusal !== undefined);
    if (REMEMBERED.has(refusal) || members - refusing < majority(members)) this.#options.onRefused(by, refusal);
  }

  #count(holds: (peer: Peer) => boolean): number {
    return [...this.#peers.values()].filter(holds).length;
  }

  /** It counts as its store was opened: an old copy could else save until it is as far on as what it is a copy of. */
  #hello(sender: Credentials): Hello {
    const credentials = { ...sender, commits: this.#openedCommits };
    const { identity, enrolled } = this.#options.store;
    return { credentials, members: identity.members, enrolled, remembers: this.#remembered() };
  }

  /** The stores by which it knows its peers. */
  #remembered(): KnownStore[] {
    return [...this.#peers].flatMap(([member, { record }]) =>
      record === undefined ? [] : [{ member, storeId: record.storeId, enrolled: record.enrolled }],
    );
  }
}
