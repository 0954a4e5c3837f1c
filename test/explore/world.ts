import { type Ballot, NO_BALLOT } from '../../src/protocol/ballot.ts';
import type { Accept, Opening, Reply, Request } from '../../src/protocol/messages.ts';
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
  /** Whether it takes itself for the home of the register. Its own acceptor is then told apart from the others. */
  readonly opens: boolean;
}

/**
 * What makes a proposal chosen, as the judge has it: acceptances of a majority at one ballot, which in round 0 includes the
 * home's own acceptor; of any majority; or, where the definition itself is in question, that somebody said so.
 */
export type Chosen = 'with the home' | 'by a majority' | 'as told';

/** A world to search: who is in it, and how often they may do what has no end by itself. */
export interface WorldSpec {
  readonly title: string;
  readonly acceptors: number;
  readonly actors: readonly ActorSpec[];
  /** Whether those who know the decision tell the acceptors. */
  readonly decides: boolean;
  /** How many acceptors may lose their disk, and come back with an empty one. */
  readonly diskLosses: number;
  /** Whether an acceptor that was told a decision may forget it in a crash. */
  readonly decidesLost: boolean;
  readonly chosen: Chosen;
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
  | { readonly type: 'opening'; readonly opening: Opening }
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
  /** The openings of this life. */
  readonly opened: readonly Accept[];
  readonly sent: readonly Sent[];
  /** What it took as decided, in any of its lives. */
  readonly concluded: readonly Decision[];
  /** Whether it took the register as empty. */
  readonly foundEmpty: boolean;
  /** Of a reader that has begun: what had been chosen by then, if anything. */
  readonly chosenBefore: string | null;
}

/**
 * What this life of a writer proposes in its rounds; null for a reader. A home proposes something else there than it opened
 * with: that is what happens when another of those who wait for it comes to be first, and the harder case.
 */
export function ownProposal({ spec, life }: ActorRecord): Proposal | null {
  const value = valueIn(spec, life);
  return value === null ? null : proposalOf(spec.opens ? `${value} later` : value);
}

/** What the next opening of this life is for. */
export function openingProposal({ spec, life, opened }: ActorRecord): Proposal | null {
  const value = valueIn(spec, life);
  return value === null ? null : proposalOf(opened.length === 0 ? value : `${value} twice`);
}

/** What the lives of a writer propose, each its own. */
export function proposalsOf(spec: ActorSpec): readonly Proposal[] {
  return Array.from({ length: spec.restarts + 1 }, (_, at) => valueIn(spec, at + 1)).flatMap((value) => {
    if (value === null) return [];
    return spec.opens ? [value, `${value} later`, `${value} twice`].map(proposalOf) : [proposalOf(value)];
  });
}

function valueIn({ value }: ActorSpec, life: number): string | null {
  return value === null || life === 1 ? value : `${value}${life}`;
}

export function proposalOf(opId: string): Proposal {
  return { opId, value: new TextEncoder().encode(opId) };
}

/** Who take themselves for the home. The first acceptors of a state are theirs, in this order. */
export function homesOf({ actors }: WorldSpec): readonly ActorSpec[] {
  return actors.filter(({ opens }) => opens);
}

/** The name that an acceptor votes under: that of its member where it matters which one that is. */
export function acceptorName(world: WorldSpec, at: number): string {
  return homesOf(world)[at]?.name ?? `a${at + 1}`;
}

/** Whether nothing is saved of a register: by its fields, for what is read back from a disk is no object of before. */
export function isUntouched({ promised, accepted, decided }: RegisterState): boolean {
  return isSameBallot(promised, NO_BALLOT) && accepted === null && !decided;
}

export function ballotOf({ spec, rounds, incarnation }: ActorRecord): Ballot {
  return { round: rounds, node: spec.name, incarnation };
}

/** Whether two ballots are one: by their fields and not by the code under search, which may be wrong about it. */
export function isSameBallot(a: Ballot, b: Ballot): boolean {
  return a.round === b.round && a.node === b.node && a.incarnation === b.incarnation;
}
