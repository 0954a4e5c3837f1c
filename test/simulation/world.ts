import type { ReadResult, WriteResult } from '../../src/contract/outcomes.ts';
import type { PeerMessage } from '../../src/ports.ts';
import type { PeerRecord } from '../../src/protocol/membership.ts';
import type { Rules } from '../../src/protocol/rules.ts';
import type { Beside } from './beside.ts';
import type { Conduct } from './conduct.ts';
import type { Disk } from './disk.ts';
import type { Call, Seen, Violation } from './history/history.ts';
import type { Host } from './host.ts';
import type { Knowledge } from './knowledge.ts';
import type { Life } from './life.ts';
import type { Network } from './network.ts';
import type { Faults, Options } from './options.ts';
import type { Timeline } from './timeline.ts';
import type { Trace } from './trace.ts';
import type { Votes } from './votes.ts';

/** What a negative control breaks around the members, rather than in their code. */
export interface Tampering {
  /** Called with a member's disk before each of its starts. */
  readonly beforeStart?: (disk: Disk) => void;
  /** Puts another disk than an honestly empty one in the place of a wiped one. */
  readonly forge?: (genuine: Disk) => Disk;
  /** Resolves a save at once, long before its commit. */
  readonly resolvesEarly?: boolean;
  /** Hands an answer to everyone who listens for one of that member. */
  readonly crossesAnswers?: boolean;
  /** Closes a store without what was noted of peers. */
  readonly forgetsPeersAtClose?: boolean;
  /** Forgets, at a restart, the commit counts that were noted of peers. */
  readonly forgetsPeerCounts?: boolean;
  /** Says that a peer's record is on the disk long before it is. */
  readonly savesPeersEarly?: boolean;
  /** Drops the live commit count of what members tell of themselves: of hellos, or of all of it. */
  readonly dropsLiveCounts?: 'of hellos' | 'of all';
  /** What a client is told in place of a member's answer. */
  readonly answers?: (result: ReadResult | WriteResult) => ReadResult | WriteResult;
}

/** What a run gets wrong on purpose: rules that are exchanged, and what is broken around the members. */
export interface Mistake {
  readonly rules?: Partial<Rules>;
  readonly tampering?: Tampering;
}

/** All that the parts of one run share. */
export interface World {
  readonly options: Options;
  /** The faults of now: none once they have stopped. */
  readonly faults: Faults;
  /** The rules that the members run by. */
  readonly rules: Rules;
  readonly tampering: Tampering;
  readonly timeline: Timeline;
  readonly trace: Trace;
  readonly network: Network;
  readonly hosts: readonly Host[];
  readonly votes: Votes;
  readonly conduct: Conduct;
  readonly beside: Beside;
  readonly knowledge: Knowledge;
  /** Notes that a fault struck. */
  readonly count: (fault: string) => void;
  flag(violation: Violation): void;
  /** A message left a member. */
  onSent(life: Life, to: readonly string[], message: PeerMessage): void;
  /** An answer left a member. */
  onAnswered(life: Life, to: Life, answer: PeerMessage, asked: PeerMessage): void;
  /** A member took in a message of another. */
  onHeard(life: Life, from: Life, message: PeerMessage, isAnswer: boolean): void;
  /** A member of the cluster under test takes the clients' writes from now on, or no longer does. */
  onCharge(): void;
  /** A life ended without having closed its store. */
  onForgot(life: Life, genuine: Disk): void;
  /** A life ended in order. */
  onLeft(life: Life, genuine: Disk): void;
  /** Code of a member threw where nobody can catch it. */
  onThrown(life: Life, error: unknown): void;
  onPeerSaved(disk: Disk, member: string, record: PeerRecord): void;
  flagAdmitted(disk: Disk): void;
  /** A life carried out a request although it knew of another cluster on its prefix. */
  flagBeside(life: Life, register: string): void;
  publish(member: string, register: string, decision: Seen): void;
  /** What every call has, and its place in the history. */
  invocation(
    client: string,
    member: string,
    register: string,
  ): Pick<Call, 'id' | 'client' | 'member' | 'register' | 'invokedAt'>;
  begin(call: Call): void;
  finish(call: Call): void;
  /** A member took a call; the returned function says that it answered. */
  beginAt(life: Life, call: Call): () => void;
}
