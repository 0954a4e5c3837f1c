/** The name of a member: 1 to 32 of `A-Z a-z 0-9 _ -`. */
export type MemberId = string;

/**
 * A proposal number. Paxos Made Simple §2.2: different proposals have different numbers. Here no two are equal because
 * the member's name is in it, and because a member raises its incarnation on disk at every start and its rounds only rise
 * within one incarnation.
 */
export interface Ballot {
  /** A whole number from 0. Round 0 is that of openings, see `round-zero.ts`; every round from 1 on has both phases. */
  readonly round: number;
  readonly node: MemberId;
  /** Which start of that member: 1 for its first. */
  readonly incarnation: number;
}

/** Below every ballot: what an acceptor that has promised nothing has promised. */
export const NO_BALLOT: Ballot = Object.freeze({ round: 0, node: '', incarnation: 0 });

/** The first round that a proposer runs with both phases. */
export const FIRST_ROUND = 1;

/** The incarnation of a member that starts again: on its disk before it says anything, so no ballot is ever used twice. */
export function nextIncarnation(incarnation: number): number {
  return incarnation + 1;
}

/** A total order over all three fields: below 0 when `a` is lower, 0 when they are the same ballot. */
export function compareBallots(a: Ballot, b: Ballot): number {
  if (a.round !== b.round) return a.round - b.round;
  if (a.node !== b.node) return a.node < b.node ? -1 : 1;
  return a.incarnation - b.incarnation;
}

export function sameBallot(a: Ballot, b: Ballot): boolean {
  return compareBallots(a, b) === 0;
}

export function higherBallot(a: Ballot, b: Ballot): Ballot {
  return compareBallots(a, b) < 0 ? b : a;
}

/** `round/member/incarnation`: `3/n1/7` is the third round, by member n1 in its seventh life. `0` is no ballot. */
export function formatBallot(ballot: Ballot): string {
  return sameBallot(ballot, NO_BALLOT) ? '0' : `${ballot.round}/${ballot.node}/${ballot.incarnation}`;
}

const BALLOT_TEXT = /^(\d{1,15})\/([A-Za-z0-9_-]{1,32})\/(\d{1,15})$/;

/** Reads what `formatBallot` wrote; undefined for anything else. */
export function parseBallot(text: string): Ballot | undefined {
  if (text === '0') return NO_BALLOT;
  const [, round, node, incarnation] = BALLOT_TEXT.exec(text) ?? [];
  if (round === undefined || node === undefined || incarnation === undefined) return undefined;
  return { round: Number(round), node, incarnation: Number(incarnation) };
}
