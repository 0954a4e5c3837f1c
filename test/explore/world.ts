import type { Ballot } from '../../src/protocol/ballot.ts';
import type { Reply, Request } from '../../src/protocol/messages.ts';
import type { Accepting, Preparing } from '../../src/protocol/proposer.ts';
import type { Decision, Proposal, RegisterState } from '../../src/protocol/register.ts';

/** The one register of every world: registers know nothing of each other. */
export const NAME = 'r';

/** A member in its role as proposer. A writer brings a value; a reader asks, and finishes what it finds divided. */
export interface ActorSpec {
  readonly name: string;
  /** What it writes, and in its next life that with a 2 behind it; null for a reader. */
  readonly value: string | null;
  /** Rounds that it may begin, in all its lives together. */
  readonly rounds: number;
  /** How often it may crash and come back. */
  readonly restarts: number;
}

/** A world to search: who is in it, and how often they may do what has no end by itself. */
export interface WorldSpec {
  readonly title: string;
  readonly acceptors: number;
  readonly actors: readonly ActorSpec[];
  /** Whether those who know the decision tell the acceptors. */
  readonly decides: boolean;
  /** How many acceptors may lose their disk, and come back with an empty one. */
  readonly diskLosses: number;
  /**
   * Whether replies that come too late stay on the network: promises to a round that is past its first phase, and answers
   * to a reader that has what it needs. Where they do not, the search checks by itself that they count for nothing.
   */
  readonly lateReplies: boolean;
}

/** A request as it is on the network from the moment that it is sent, for good. */
export interface Sent {
  readonly from: string;
  readonly request: Request;
}

/** A request that an acceptor was given, and what it replied: on the network for good, and its votes for the record. */
export interface Exchange extends Sent {
  readonly reply: Reply;
  /** Which disk of the acceptor it was said from: 0 is its first. */
  readonly disk: number;
}

export interface AcceptorRecord {
  readonly live: RegisterState;
  /** What the disk holds: the same as `live`, unless the rules reply before they save. */
  readonly saved: RegisterState;
  readonly disk: number;
  readonly said: readonly Exchange[];
}

export type Status =
  | { readonly type: 'idle' }
  | { readonly type: 'asking' }
  | { readonly type: 'round'; readonly round: Preparing | Accepting }
  | { readonly type: 'done' };

export interface ActorRecord {
  readonly spec: ActorSpec;
  readonly life: number;
  readonly incarnation: number;
  /** Rounds begun in this life, and in all of them. */
  readonly rounds: number;
  readonly roundsInAll: number;
  readonly status: Status;
  readonly sent: readonly Sent[];
  /** What it took as decided, in any of its lives. */
  readonly concluded: readonly Decision[];
  /** Whether it took the register as empty. */
  readonly foundEmpty: boolean;
  /** Of a reader that has begun: what had been chosen by then, if anything. */
  readonly chosenBefore: string | null;
}

/** What this life of a writer proposes; null for a reader. */
export function ownProposal({ spec, life }: ActorRecord): Proposal | null {
  return proposalsOf(spec)[life - 1] ?? null;
}

/** What the lives of a writer propose, each its own. */
export function proposalsOf({ value, restarts }: ActorSpec): readonly Proposal[] {
  if (value === null) return [];
  return Array.from({ length: restarts + 1 }, (_, life) => proposalOf(life === 0 ? value : `${value}${life + 1}`));
}

export function proposalOf(opId: string): Proposal {
  return { opId, value: new TextEncoder().encode(opId) };
}

export function ballotOf({ spec, rounds, incarnation }: ActorRecord): Ballot {
  return { round: rounds, node: spec.name, incarnation };
}

/** Whether two ballots are one: by their fields and not by the code under search, which may be wrong about it. */
export function isSameBallot(a: Ballot, b: Ballot): boolean {
  return a.round === b.round && a.node === b.node && a.incarnation === b.incarnation;
}
