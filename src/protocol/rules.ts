import { onRequest } from './acceptor.ts';
import { admit, believesRefusal, enrolmentQuorum, foreignTo, mayVote } from './membership.ts';
import { acceptOf, onReply, prepareOf, startRound } from './proposer.ts';
import { findingOf, mayAnswerEmpty, mayJoin, onAnswer, startInquiry } from './reader.ts';
import { mayLeave } from './ready.ts';
import { sameProposal } from './register.ts';
import {
  acceptsOf,
  isFromHome,
  isOpeningSettled,
  mayOpen,
  onOpened,
  openedOf,
  openingBallot,
  outcomesOf,
} from './round-zero.ts';

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
  startRound,
  prepareOf,
  acceptOf,
  onReply,
  /** The home, in round 0. */
  mayOpen,
  isFromHome,
  openingBallot,
  acceptsOf,
  openedOf,
  onOpened,
  isOpeningSettled,
  outcomesOf,
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
  /** What a client is told. */
  sameProposal,
});

export type Rules = { readonly [Name in keyof typeof RULES]: (typeof RULES)[Name] };
