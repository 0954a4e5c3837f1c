import type { MemberId } from './protocol/ballot.ts';
import type { Change } from './protocol/batch.ts';
import type { Credentials, Hello, PeerRecord, Refusal } from './protocol/membership.ts';
import type { Opened, Opening, Reply, Request } from './protocol/messages.ts';
import type { Decision, RegisterState } from './protocol/register.ts';

/*
 * What a member is given: a transport, a store, a clock and randomness. Production and simulation differ in these four only.
 */

/** A message between members. Its body has been parsed; whether its sender is to be trusted has not been asked yet. */
export type PeerMessage =
  | { readonly type: 'requests'; readonly sender: Credentials; readonly requests: readonly Request[] }
  | { readonly type: 'replies'; readonly sender: Credentials; readonly replies: readonly Reply[] }
  /** `awaited` are the members whose answers are waited for; all where there are none. The others may take their time. */
  | {
      readonly type: 'open';
      readonly sender: Credentials;
      readonly opening: Opening;
      readonly awaited: readonly MemberId[];
    }
  | { readonly type: 'opened'; readonly sender: Credentials; readonly opened: Opened }
  /** Asks one member whether the clients' writes are looked after; a `charge` answers. */
  | { readonly type: 'probe'; readonly sender: Credentials }
  /** Says whether the sender, or one ahead of it, takes the writes. One that ceases to is answered by who takes them then. */
  | { readonly type: 'charge'; readonly sender: Credentials; readonly lookedAfter: boolean }
  | { readonly type: 'hello'; readonly sender: Credentials; readonly hello: Hello }
  | { readonly type: 'welcome'; readonly sender: Credentials; readonly hello: Hello }
  | { readonly type: 'refusal'; readonly sender: Credentials; readonly refusal: Refusal }
  | Presence;

/** What a process tells everyone on its prefix, members of other clusters too. */
export interface Presence {
  readonly type: 'presence';
  readonly sender: Credentials;
  readonly hello: Hello;
  readonly stage: Stage;
}

/** How far a process is: it takes no requests yet, it takes them, or it never will again. */
export type Stage = 'joining' | 'serving' | 'left';

/** Answers one message, any number of times; a message sent with `send` has nobody to answer. */
export type Respond = (answer: PeerMessage) => void;

/**
 * Carries messages between members. Any of them may be lost, late, doubled or out of order; none may be altered. "Everyone" is
 * all the other members of the cluster: one message reaches them all.
 */
export interface Transport {
  /** The largest payload that it carries, as of now, in bytes. */
  readonly payloadBytesMax: number;
  /** Whether it is known that what members send each other is not permitted; it has been told of then. */
  readonly isDenied?: boolean;
  /** Starts to hand over what other members send. Called once. */
  serve(handler: (message: PeerMessage, respond: Respond) => void): void;
  /** Tells everyone what nobody answers. */
  tell(message: PeerMessage): void;
  /**
   * Asks everyone: each may answer, by several messages or none.
   * @returns a function that stops listening for answers; to be called when no more are wanted.
   */
  ask(message: PeerMessage, onAnswer: (answer: PeerMessage) => void): () => void;
  /**
   * Asks one member; otherwise as `ask`.
   * @param onNobody called when it is plain that nobody is there to answer; that it is not called tells nothing.
   */
  askOne(to: MemberId, message: PeerMessage, onAnswer: (answer: PeerMessage) => void, onNobody: () => void): () => void;
  /** Asks every process on the prefix, those of other clusters and this one too; otherwise as `ask`. */
  announce(message: Presence, onAnswer: (answer: PeerMessage) => void): () => void;
}

/** Who a store says that its member is. */
export interface Identity {
  readonly cluster: string;
  readonly member: MemberId;
  readonly members: readonly MemberId[];
  readonly storeId: string;
  /** Already raised, and saved, for this start. */
  readonly incarnation: number;
}

/**
 * What a member remembers, on disk. Any rejection is final: the member stops. After a
 * failed save nobody knows what the disk holds, so nothing may be answered on it.
 */
export interface Store {
  readonly identity: Identity;
  /** Finished commits since the store was made: what `Credentials.commits` says. */
  readonly commits: number;
  /** How many registers have a state here. */
  readonly registers: number;
  /** The peers that this store remembers, as it was opened. */
  readonly peers: ReadonlyMap<MemberId, PeerRecord>;
  /** Whether enough of the other members have remembered this store for it to vote: see `enrolmentQuorum`. */
  readonly enrolled: boolean;
  /** Resolves once that is on the disk. */
  enrol(): Promise<void>;
  /**
   * The register's decision, where it is at hand: saved before, known to be chosen, and found without waiting for the disk.
   * That it is not found tells nothing.
   */
  recall(name: string): Decision | undefined;
  /**
   * What `load` would give, where that is known without waiting for anything; undefined where it is not. A register that nobody
   * has written before is the common case of a write.
   */
  find(names: readonly string[]): ReadonlyMap<string, RegisterState> | undefined;
  /** The states of these registers; a name that is not in the answer is untouched. */
  load(names: readonly string[]): Promise<ReadonlyMap<string, RegisterState>>;
  /** Saves all of it or none. Resolves once it is on the disk. */
  save(changes: readonly Change[]): Promise<void>;
  /**
   * Marks registers as decided. To be called only for registers of which this store has saved an accepted proposal that was
   * then chosen: what it accepts later is the same proposal. A mark is no save: it costs no commit, and may be lost in a crash.
   */
  markDecided(names: readonly string[]): void;
  /** Resolves once the peer's record is on the disk. */
  savePeer(member: MemberId, record: PeerRecord): Promise<void>;
  /** Notes a peer's later commit count; it is saved along with a later `save`, at no cost of its own. */
  notePeerCommits(member: MemberId, commits: number): void;
  /** Resolves once all that was noted of peers is on the disk; costs a commit only where no `save` took it along. */
  flushPeers(): Promise<void>;
  /** Resolves once nothing is open any more; what was noted of peers is on the disk by then. */
  close(): Promise<void>;
}

/** Milliseconds since some start, and timers. XState's machines run on it too. */
export interface Clock {
  now(): number;
  // biome-ignore lint/suspicious/noExplicitAny: the handle is the clock's own business, as in XState's Clock.
  setTimeout(callback: (...args: any[]) => void, delayMs: number): any;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  clearTimeout(handle: any): void;
}

/** A number from 0 up to, not including, 1. */
export type Random = () => number;

export interface Ports {
  readonly transport: Transport;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
}
