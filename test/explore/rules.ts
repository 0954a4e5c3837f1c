import { nextIncarnation } from '../../src/protocol/ballot.ts';
import type { Accept } from '../../src/protocol/messages.ts';
import type { RegisterState } from '../../src/protocol/register.ts';
import { type Rules as ProtocolRules, RULES } from '../../src/protocol/rules.ts';

/** What the rules stand on: how processes, disks and inboxes behave. A world in which they do otherwise is a broken one. */
export interface Ground {
  /** What leaves of an accept that a proposer sends: that one. */
  readonly sends: (accept: Accept) => readonly Accept[];
  /** What is on a disk after a restart: what was saved. */
  readonly restarted: (saved: RegisterState) => RegisterState;
  /** The incarnation of a member that restarts, after this one. */
  readonly nextIncarnation: (incarnation: number) => number;
  /** Whether a home's acceptor takes an opening of the home's earlier lives: it was handed over in memory, and died there. */
  readonly takesEarlierOpenings: boolean;
  /** Whether what was said to an opening of an earlier life comes to the inbox of the present one. */
  readonly hearsEarlierOpenings: boolean;
}

/** The rules under search, which are those that a member runs by, and what they stand on. */
export type Rules = ProtocolRules & Ground;

export const SHIPPED: Rules = Object.freeze({
  ...RULES,
  sends: (accept: Accept) => [accept],
  restarted: (saved: RegisterState) => saved,
  nextIncarnation,
  takesEarlierOpenings: false,
  hearsEarlierOpenings: false,
});
