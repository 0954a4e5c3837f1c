import type { Ballot, MemberId } from '../../src/protocol/ballot.ts';
import type { Accept, Reply, Request } from '../../src/protocol/messages.ts';
import type { Accepted, RegisterState } from '../../src/protocol/register.ts';

/*
 * What the fenced version of round 0 has more than the shipped one. There any majority is a quorum of round 0, and a home that
 * comes back asks the members for the openings that it may have forgotten. It is no part of stele: see `fenced.ts`.
 */

/** An opening that an acceptor took, until the home has said that its own store holds that batch. */
export interface OpeningLine extends Accepted {
  readonly batch: number;
}

/** What an acceptor of the fenced version has on its disk besides the register's state. */
export interface OpeningNotes {
  /** No opening below this incarnation of the home any more. */
  readonly fence: number;
  readonly lines: readonly OpeningLine[];
  /** Of the home's own store: every opening up to this batch is in it. Null elsewhere. */
  readonly held: number | null;
}

export interface AcceptorState extends RegisterState {
  readonly notes?: OpeningNotes;
}

/** An opening that says in which batch it is. */
export interface NumberedAccept extends Accept {
  readonly batch: number;
}

/** Phase 1 in bulk: the home's new incarnation, and up to which batch its own store holds its openings. */
export interface Fence {
  readonly type: 'fence';
  readonly name: string;
  readonly ballot: Ballot;
  readonly held: number;
}

/** What of the register is in the opening log above that batch. */
export interface Fenced {
  readonly type: 'fenced';
  readonly name: string;
  readonly ballot: Ballot;
  readonly lines: readonly Accepted[];
}

export type Asked = Request | NumberedAccept | Fence;
export type Answer = Reply | Fenced;

/**
 * How far a home that came back is with its fence: through (and whether its process knows that the register was reported), not
 * begun, asking, or with a majority of answers whose report is not in its own store yet. Without a fence it is through.
 */
export type Fencing =
  | { readonly stage: 'through'; readonly knows: boolean }
  | { readonly stage: 'due' }
  | { readonly stage: 'asking'; readonly ballot: Ballot }
  | { readonly stage: 'noting'; readonly ballot: Ballot; readonly reported: Accepted };

export const THROUGH: Fencing = Object.freeze({ stage: 'through', knows: false });

/** The rules of the fenced version, beyond those that it shares. */
export interface FenceRules {
  /** What an acceptor's disk holds at first. */
  readonly first: (isHome: boolean) => OpeningNotes;
  /** Where the fence of a life after the first begins. */
  readonly begin: Fencing;
  /** How a home saves that a register was reported to it. */
  readonly note: (state: AcceptorState, reported: Accepted, ballot: Ballot) => AcceptorState;
  /** Whether the own commits of opening batches are in their order. */
  readonly commitsInOrder: boolean;
  /** Whether there are batches of other registers, one a life. */
  readonly hasOthers: boolean;
}

/** The fence as one home counts it: who has answered, and the highest opening that any of them reported. */
export interface FenceVote {
  readonly answered: readonly MemberId[];
  readonly reported: Accepted | null;
}

export function isOpening(request: Asked): request is Accept {
  return request.type === 'accept' && request.ballot.round === 0;
}

/** Whether this is a message of the protocol as shipped. */
export function isShipped(answer: Answer): answer is Reply {
  return answer.type !== 'fenced';
}
