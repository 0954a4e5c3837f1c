import { type Ballot, compareBallots, FIRST_ROUND, higherBallot, type MemberId, sameBallot } from './ballot.ts';
import { invariant, unreachable } from './invariant.ts';
import type { Accept, AcceptedReply, Prepare, Promised, Rejected, Reply } from './messages.ts';
import { tally } from './quorum.ts';
import { type Accepted, type Decision, type Proposal, sameProposal } from './register.ts';

/** Who voted, and how. A member is in it once, whatever it sends. */
interface Votes {
  readonly yes: readonly MemberId[];
  readonly no: readonly MemberId[];
}

interface RoundOf {
  readonly name: string;
  readonly ballot: Ballot;
  readonly votes: Votes;
  /** The highest ballot that a rejection named; the round's own until one did. */
  readonly highest: Ballot;
}

/** Phase 1: asking for promises. */
export interface Preparing extends RoundOf {
  readonly phase: 'preparing';
  /** The proposal to make where nothing was accepted before; null for a round that only finishes what others began. */
  readonly own: Proposal | null;
  /** The accepted proposal of the highest ballot among the promises so far. */
  readonly found: Accepted | null;
}

/** Phase 2: asking to accept. The ballot is bound to this proposal from here on. */
export interface Accepting extends RoundOf {
  readonly phase: 'accepting';
  readonly proposal: Proposal;
}

/** A majority accepted it, or somebody knew that one had. */
export interface Chosen {
  readonly phase: 'chosen';
  readonly name: string;
  readonly decision: Decision;
  /** Whether this round got it chosen, rather than being told so. */
  readonly here: boolean;
}

/** A majority promised, none of it had accepted anything, and there is nothing of its own to propose. */
export interface Empty {
  readonly phase: 'empty';
  readonly name: string;
  readonly ballot: Ballot;
}

/** A higher ballot is about: start over above `highest`. */
export interface Beaten {
  readonly phase: 'beaten';
  readonly name: string;
  readonly ballot: Ballot;
  readonly highest: Ballot;
}

/** One proposer's work on one register at one ballot. */
export type Round = Preparing | Accepting | Chosen | Empty | Beaten;

const NO_VOTES: Votes = { yes: [], no: [] };

/** Starts phase 1 (Paxos Made Simple §2.2, phase 1a). */
export function startRound(name: string, ballot: Ballot, own: Proposal | null): Preparing {
  invariant(ballot.round >= FIRST_ROUND, `Register ${name}: round ${ballot.round} is not one for both phases`);
  return { phase: 'preparing', name, ballot, own, votes: NO_VOTES, found: null, highest: ballot };
}

export function prepareOf(round: Preparing): Prepare {
  return { type: 'prepare', name: round.name, ballot: round.ballot };
}

export function acceptOf(round: Accepting): Accept {
  return { type: 'accept', name: round.name, ballot: round.ballot, proposal: round.proposal };
}

export function isSettled(round: Round): round is Chosen | Empty | Beaten {
  return round.phase === 'chosen' || round.phase === 'empty' || round.phase === 'beaten';
}

/**
 * Counts one reply of one member. What belongs to another ballot or phase, comes twice from the same member, or comes
 * after the round is settled changes nothing: the very same object is returned.
 * @param members how many members there are, not how many answered.
 */
export function onReply(round: Round, from: MemberId, reply: Reply, members: number): Round {
  invariant(round.name === reply.name, `A reply about ${reply.name} was counted for ${round.name}`);
  if (isSettled(round)) return round;
  switch (reply.type) {
    case 'promised':
      return onPromised(round, from, reply, members);
    case 'accepted':
      return onAccepted(round, from, reply, members);
    case 'rejected':
      return onRejected(round, from, reply, members);
    case 'decided':
      return { phase: 'chosen', name: round.name, decision: reply.decision, here: false };
    case 'held':
      return round;
    default:
      return unreachable(reply);
  }
}

/**
 * Paxos Made Simple §2.2, phase 2a: with promises from a majority, propose the value of the highest-numbered proposal
 * among them, or any value where there is none.
 */
function onPromised(round: Preparing | Accepting, from: MemberId, reply: Promised, members: number): Round {
  if (round.phase !== 'preparing' || !counts(round, from, reply.ballot)) return round;
  const found = higherAccepted(round.found, reply.accepted);
  const votes: Votes = { ...round.votes, yes: [...round.votes.yes, from] };
  const next: Preparing = { ...round, found, votes };
  switch (tally(votes.yes.length, votes.no.length, members)) {
    case 'pending':
      return next;
    case 'lost':
      return beaten(next);
    case 'won': {
      const proposal = found?.proposal ?? round.own;
      const { name, ballot, highest } = round;
      if (proposal === null) return { phase: 'empty', name, ballot };
      return { phase: 'accepting', name, ballot, highest, proposal, votes: NO_VOTES };
    }
  }
}

/** Paxos Made Simple §2.1 and §2.3: a proposal that a majority has accepted is chosen. */
function onAccepted(round: Preparing | Accepting, from: MemberId, reply: AcceptedReply, members: number): Round {
  if (round.phase !== 'accepting' || !counts(round, from, reply.ballot)) return round;
  const votes: Votes = { ...round.votes, yes: [...round.votes.yes, from] };
  const next: Accepting = { ...round, votes };
  switch (tally(votes.yes.length, votes.no.length, members)) {
    case 'pending':
      return next;
    case 'lost':
      return beaten(next);
    case 'won': {
      const { name, ballot, proposal } = round;
      return { phase: 'chosen', name, decision: { ballot, proposal }, here: true };
    }
  }
}

/**
 * Paxos Made Simple §2.5: a proposer gives up a proposal once it learns that a higher-numbered one has begun. A rejection
 * that names no higher ballot answers a duplicate of this round's own prepare, and says nothing.
 */
function onRejected(round: Preparing | Accepting, from: MemberId, reply: Rejected, members: number): Round {
  if (!counts(round, from, reply.ballot) || compareBallots(reply.promised, round.ballot) <= 0) return round;
  const votes: Votes = { ...round.votes, no: [...round.votes.no, from] };
  const next = { ...round, votes, highest: higherBallot(round.highest, reply.promised) };
  return tally(votes.yes.length, votes.no.length, members) === 'lost' ? beaten(next) : next;
}

/** A vote counts for its exact ballot, once for each member. */
function counts({ ballot, votes }: RoundOf, from: MemberId, voted: Ballot): boolean {
  return sameBallot(ballot, voted) && !votes.yes.includes(from) && !votes.no.includes(from);
}

function beaten({ name, ballot, highest }: RoundOf): Beaten {
  return { phase: 'beaten', name, ballot, highest };
}

function higherAccepted(a: Accepted | null, b: Accepted | null): Accepted | null {
  if (a === null || b === null) return a ?? b;
  const order = compareBallots(a.ballot, b.ballot);
  invariant(order !== 0 || sameProposal(a.proposal, b.proposal), 'Two proposals were accepted at one ballot');
  return order < 0 ? b : a;
}
