import type { Ballot } from './ballot.ts';
import type { Accepted, Decision, Proposal } from './register.ts';

/*
 * One message speaks of many registers, each entry of one; the entries know nothing of each other, so a message may be
 * cut into several at any entry, and any part of it may be lost, without harm.
 */

/** Phase 1a. */
export interface Prepare {
  readonly type: 'prepare';
  readonly name: string;
  readonly ballot: Ballot;
}

/** Phase 2a. */
export interface Accept {
  readonly type: 'accept';
  readonly name: string;
  readonly ballot: Ballot;
  readonly proposal: Proposal;
}

/** A reader's question: what do you hold? It promises nothing. */
export interface Query {
  readonly type: 'query';
  readonly name: string;
}

/** A learned decision, told to the other members. Nobody answers it. */
export interface Decide {
  readonly type: 'decide';
  readonly name: string;
  readonly decision: Decision;
}

export type Request = Prepare | Accept | Query | Decide;

/** Phase 1b. */
export interface Promised {
  readonly type: 'promised';
  readonly name: string;
  readonly ballot: Ballot;
  readonly accepted: Accepted | null;
}

/** Phase 2b. */
export interface AcceptedReply {
  readonly type: 'accepted';
  readonly name: string;
  readonly ballot: Ballot;
}

/** No, to a prepare or an accept at `ballot`: `promised` stands against it. */
export interface Rejected {
  readonly type: 'rejected';
  readonly name: string;
  readonly ballot: Ballot;
  readonly promised: Ballot;
}

/** Answers anything about a register that is known to be decided. */
export interface Decided {
  readonly type: 'decided';
  readonly name: string;
  readonly decision: Decision;
}

/** Answers a query about a register that is not known to be decided. */
export interface Held {
  readonly type: 'held';
  readonly name: string;
  readonly accepted: Accepted | null;
}

export type Reply = Promised | AcceptedReply | Rejected | Decided | Held;

/*
 * The messages of the short way, one round trip a write: they speak of a batch as a whole, and cannot be cut.
 */

/** A write that somebody asks for. */
export interface Write {
  readonly name: string;
  readonly proposal: Proposal;
}

/** Phase 2a of round 0, by the home, with no phase 1 before it: see `round-zero.ts`. */
export interface Opening {
  /** (0, home, incarnation). */
  readonly ballot: Ballot;
  /** Which of that incarnation's openings it is: from 1, each one higher than the last. */
  readonly number: number;
  /** No name twice. None at all where there is nothing but news in it. */
  readonly writes: readonly Write[];
  /** Earlier openings of this incarnation of which every write was chosen. */
  readonly chosen: readonly number[];
}

/** Phase 2b of round 0: every write of the opening was accepted but those that are named in the replies. */
export interface Opened {
  readonly number: number;
  /** The writes that were refused: rejected, or decided already. */
  readonly refusals: readonly (Rejected | Decided)[];
}
