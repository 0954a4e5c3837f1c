import type { MemberId } from './ballot.ts';

/**
 * The members in the order in which they take charge of getting registers decided, the same for all of them. The first is the
 * **home** of every register: round 0 belongs to it alone, so all members must agree on this for ever, and neither the order
 * nor the list of members may change under a cluster that has opened registers. Which of the others stands in for it while it
 * cannot be reached is a matter of speed only: they propose from round 1 up, as anyone may.
 */
export function succession(members: readonly MemberId[]): readonly MemberId[] {
  return [...members].sort();
}

/** Whether a member is the home, and so may open registers. */
export function isHome(member: MemberId, [home]: readonly MemberId[]): boolean {
  return member === home;
}

/**
 * Whether a member stands in: it takes the clients' writes where nobody ahead of it in the succession does.
 * @param ahead whether each of the members ahead of it is gone.
 * @param standsIn whether it does so now.
 */
export function mustStandIn(ahead: readonly boolean[], _standsIn: boolean): boolean {
  return ahead.every((isGone) => isGone);
}
