import { RULES } from '../../src/protocol/rules.ts';
import { type Control, CROWDED, SCATTERED, WIDE } from './control.ts';
import {
  HastyLearner,
  heldByAnyMajority,
  openedOfAnother,
  openedTwice,
  refusalsAsVotes,
  wonByAnyMajority,
} from './mistakes.ts';

/** Mistakes with round 0, its home, and what is told of it. */
export const OPENING_CONTROLS: readonly Control[] = [
  {
    name: 'a quorum of round 0 without the home',
    rules: wonByAnyMajority,
    faults: { openingStrikeShare: 0.05 },
  },
  {
    name: 'a read that takes a majority of round 0 without the home for a quorum',
    rules: { findingOf: heldByAnyMajority },
    faults: { openingStrikeShare: 0.05 },
  },
  {
    name: 'an opening without a look at the own store',
    rules: { mayOpen: (_, isOpened) => !isOpened },
    faults: { crashMeanMs: 300 },
  },
  {
    name: 'opened again before the first vote is saved',
    rules: { mayOpen: (state) => state === undefined },
    faults: { slowCommitShare: 0.3 },
  },
  {
    name: 'an incarnation used again in openings',
    rules: {
      openingBallot: (home) => RULES.openingBallot(home, 1),
      isFromHome: (opening, { member }, home) => RULES.isFromHome(opening, { member, incarnation: 1 }, home),
    },
    faults: { crashMeanMs: 300 },
  },
  {
    name: 'a refusal of an opening counted as a vote for it',
    rules: { outcomesOf: refusalsAsVotes },
    faults: SCATTERED,
    world: CROWDED,
  },
  {
    name: 'an answer to an opening counted twice',
    rules: { onOpened: openedTwice },
    faults: { duplicateShare: 0.4, openingStrikeShare: 0.05 },
    world: { members: 5 },
  },
  {
    name: 'an answer to one opening counted for another',
    rules: { onOpened: openedOfAnother },
    tampering: { crossesAnswers: true },
    faults: { lossShare: 0.1, lateShare: 0.2 },
  },
  {
    name: 'news of an opening that was not chosen whole',
    rules: { isWhole: (outcomes) => outcomes.some((outcome) => outcome.phase === 'chosen' && outcome.here) },
    faults: { ...SCATTERED, lossShare: 0.05 },
    world: WIDE,
  },
  { name: 'what is not chosen noted as decided', rules: { newLearner: () => new HastyLearner() } },
  {
    name: 'two members that both take themselves for the home',
    rules: {
      isHome: () => true,
      isFromHome: (opening, sender) => RULES.isFromHome(opening, sender, sender.member),
    },
    faults: SCATTERED,
  },
];
