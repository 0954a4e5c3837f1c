import { onRequest } from './acceptor.ts';
import type { MemberId } from './ballot.ts';
import { isHome, mustStandIn } from './home.ts';
import { Learner } from './learner.ts';
import {
  admit,
  believesRefusal,
  enrolmentQuorum,
  foreignTo,
  hasFallenSilent,
  mayServe,
  mayVote,
  mustLeave,
} from './membership.ts';
import { outcomeInVain, outcomeOf } from './outcome.ts';
import { acceptOf, onReply, prepareOf, startRound } from './proposer.ts';
import { findingOf, mayAnswerEmpty, mayJoin, onAnswer, startInquiry } from './reader.ts';
import { mayLeave } from './ready.ts';
import {
  acceptsOf,
  isFromHome,
  isOpeningSettled,
  isWhole,
  mayOpen,
  onOpened,
  openedOf,
  openingBallot,
  outcomesOf,
} from './round-zero.ts';
import { Rounds } from './rounds.ts';

/**
 * Every rule that the proof leans on. A member is given them as one object: `npm run explore` searches these very functions,
 * the simulation runs them, and a planted mistake is one of them exchanged.
 */
export const RULES = Object.freeze({
  /** The acceptor. */
  onRequest,
  mayLeave,
  mayVote,
  /** The proposer. */
  newRounds: (member: MemberId, incarnation: number) => new Rounds(member, incarnation),
  startRound,
  prepareOf,
  acceptOf,
  onReply,
  /** The home, in round 0. */
  isHome,
  mayOpen,
  isFromHome,
  openingBallot,
  acceptsOf,
  openedOf,
  onOpened,
  isOpeningSettled,
  outcomesOf,
  isWhole,
  /** The learner. */
  newLearner: () => new Learner(),
  /** The reader. */
  startInquiry,
  onAnswer,
  findingOf,
  mayAnswerEmpty,
  mayJoin,
  /** Membership. */
  admit,
  foreignTo,
  believesRefusal,
  enrolmentQuorum,
  mayServe,
  mustLeave,
  hasFallenSilent,
  /** Who is in charge. */
  mustStandIn,
  /** The outcomes that clients are told. */
  outcomeOf,
  outcomeInVain,
});

export type Rules = { readonly [Name in keyof typeof RULES]: (typeof RULES)[Name] };
