import { type Ballot, NO_BALLOT, sameBallot } from './ballot.ts';

/** A proposal: a value, and the operation that it is the value of. */
export interface Proposal {
  /** 1 to 64 printable ASCII characters. */
  readonly opId: string;
  /** 0 to 65,536 bytes unless set otherwise. */
  readonly value: Uint8Array;
}

/** A proposal and the ballot at which it was accepted or chosen. */
export interface Accepted {
  readonly ballot: Ballot;
  readonly proposal: Proposal;
}

/** A proposal that a majority accepted at one ballot: the register's value, for ever. */
export type Decision = Accepted;

/** An acceptor's state of one register. */
export interface RegisterState {
  /** The highest ballot that it has answered a prepare or an accept at. */
  readonly promised: Ballot;
  /** The accepted proposal of the highest ballot; once decided, the decision. */
  readonly accepted: Accepted | null;
  /** Whether `accepted` is known to be chosen. */
  readonly decided: boolean;
}

/** The state of a register that no message has touched. */
export const UNTOUCHED: RegisterState = Object.freeze({ promised: NO_BALLOT, accepted: null, decided: false });

/** The same operation with the same bytes. An operation id that comes back with other bytes is another proposal. */
export function sameProposal(a: Proposal, b: Proposal): boolean {
  return a === b || (a.opId === b.opId && sameBytes(a.value, b.value));
}

export function sameAccepted(a: Accepted, b: Accepted): boolean {
  return sameBallot(a.ballot, b.ballot) && sameProposal(a.proposal, b.proposal);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false;
  return true;
}
