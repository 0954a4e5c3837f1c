import { type Ballot, FIRST_ROUND, type MemberId } from './ballot.ts';
import { invariant } from './invariant.ts';

/** Of a vote: not settled yet, a majority said yes, or a majority answered and not all of it said yes. */
export type Tally = 'pending' | 'won' | 'lost';

/** The size of a majority: any two majorities of the same members share one (Paxos Made Simple §2.1). */
export function majority(members: number): number {
  return Math.floor(members / 2) + 1;
}

/**
 * Whether a proposal that these distinct members accepted at a ballot is chosen. It takes a majority; in round 0, which has
 * no phase 1, one that the home is in: so what the home's own store does not hold, no opening of it was chosen for.
 */
export function isQuorum(ballot: Ballot, voters: readonly MemberId[], members: number): boolean {
  return voters.length >= majority(members) && (ballot.round >= FIRST_ROUND || voters.includes(ballot.node));
}

/**
 * Counts votes of distinct members. It is lost as soon as a majority has answered without a majority of yes: waiting on
 * for the rest might still win it, but would make everyone wait for a member that may be dead.
 */
export function tally(yes: number, no: number, members: number): Tally {
  invariant(yes + no <= members, `${yes} + ${no} votes counted of ${members} members`);
  if (yes >= majority(members)) return 'won';
  return yes + no >= majority(members) ? 'lost' : 'pending';
}
