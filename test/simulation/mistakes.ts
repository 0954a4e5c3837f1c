import { compareBallots, sameBallot } from '../../src/protocol/ballot.ts';
import { Learner } from '../../src/protocol/learner.ts';
import type { Opening, Reply } from '../../src/protocol/messages.ts';
import type { Round } from '../../src/protocol/proposer.ts';
import { majority } from '../../src/protocol/quorum.ts';
import { type Accepted, sameAccepted } from '../../src/protocol/register.ts';
import { RULES, type Rules } from '../../src/protocol/rules.ts';

/*
 * Rules got wrong, one by one. What they do not get wrong they leave to the shipped ones.
 */

/** A quorum of so many, whoever is asked. */
export function quorumOf(members: number): Partial<Rules> {
  return {
    onReply: (round, from, reply) => RULES.onReply(round, from, reply, members),
    isOpeningSettled: (vote) => RULES.isOpeningSettled(vote, members),
    outcomesOf: (vote) => RULES.outcomesOf(vote, members),
    findingOf: (inquiry) => RULES.findingOf(inquiry, members),
  };
}

export const takesSecondValue: Rules['onRequest'] = (state, request) => {
  if (state.decided) return RULES.onRequest(state, request);
  const { name } = request;
  if (request.type === 'prepare' && sameBallot(request.ballot, state.promised)) {
    return { state, reply: { type: 'promised', name, ballot: request.ballot, accepted: state.accepted } };
  }
  if (request.type !== 'accept' || state.accepted === null || !sameBallot(state.accepted.ballot, request.ballot)) {
    return RULES.onRequest(state, request);
  }
  const { ballot, proposal } = request;
  return { state: { ...state, accepted: { ballot, proposal } }, reply: { type: 'accepted', name, ballot } };
};

export const ownInPlaceOfFound: Rules['onReply'] = (round, from, reply, members) => {
  const next = RULES.onReply(round, from, reply, members);
  const own = round.phase === 'preparing' ? round.own : null;
  return next.phase === 'accepting' && own !== null ? { ...next, proposal: own } : next;
};

export const lowestFound: Rules['onReply'] = (round, from, reply, members) => {
  const next = RULES.onReply(round, from, reply, members);
  if (next === round || round.phase !== 'preparing' || reply.type !== 'promised') return next;
  const found = lower(round.found, reply.accepted);
  if (next.phase === 'preparing') return { ...next, found };
  return next.phase === 'accepting' ? { ...next, proposal: found?.proposal ?? next.proposal } : next;
};

export const hidesAccepted: Rules['onRequest'] = (state, request) => {
  const verdict = RULES.onRequest(state, request);
  return verdict.reply?.type === 'promised' ? { ...verdict, reply: { ...verdict.reply, accepted: null } } : verdict;
};

export const acceptsBelowPromise: Rules['onRequest'] = (state, request) => {
  if (request.type !== 'accept' || state.decided || compareBallots(request.ballot, state.promised) >= 0) {
    return RULES.onRequest(state, request);
  }
  const { name, ballot, proposal } = request;
  return {
    state: { promised: ballot, accepted: { ballot, proposal }, decided: false },
    reply: { type: 'accepted', name, ballot },
  };
};

export const acceptsWithoutPromising: Rules['onRequest'] = (state, request) => {
  const verdict = RULES.onRequest(state, request);
  if (request.type !== 'accept' || verdict.state === state) return verdict;
  return { ...verdict, state: { ...verdict.state, promised: state.promised } };
};

export const promisesBelowPromise: Rules['onRequest'] = (state, request) => {
  if (request.type !== 'prepare' || state.decided) return RULES.onRequest(state, request);
  const { name, ballot } = request;
  return {
    state: { ...state, promised: ballot },
    reply: { type: 'promised', name, ballot, accepted: state.accepted },
  };
};

/** Takes every ballot of the promised round for the promised one. */
export const comparesRoundsOnly: Rules['onRequest'] = (state, request) => {
  const isSameRound = 'ballot' in request && request.ballot.round === state.promised.round;
  return RULES.onRequest(isSameRound ? { ...state, promised: request.ballot } : state, request);
};

export const countsTwice: Rules['onReply'] = (round, from, reply, members) => {
  const before = 'votes' in round ? round.votes.yes.filter((voter) => voter.startsWith(from)).length : 0;
  return RULES.onReply(round, before === 0 ? from : `${from} again`, reply, members);
};

/** Counts a vote whatever ballot it is of. */
export const countsStale: Rules['onReply'] = (round, from, reply, members) =>
  RULES.onReply(round, from, ofThisBallot(round, reply), members);

function ofThisBallot(round: Round, reply: Reply): Reply {
  if (!('ballot' in round) || !('ballot' in reply)) return reply;
  return { ...reply, ballot: round.ballot };
}

export const readsUnfinished: Rules['findingOf'] = (inquiry, members) => {
  const [accepted] = inquiry.answers.flatMap((answer) => answer.accepted ?? []);
  if (inquiry.told !== null || accepted === undefined) return RULES.findingOf(inquiry, members);
  return { type: 'decided', decision: accepted };
};

export const emptyByOne: Rules['findingOf'] = (inquiry, members) => {
  const isNothing = inquiry.answers.some(({ accepted }) => accepted === null);
  return inquiry.told === null && isNothing ? { type: 'empty' } : RULES.findingOf(inquiry, members);
};

/** What an opening came to, if any majority will do. */
export const wonByAnyMajority: Partial<Rules> = {
  isOpeningSettled: ({ answered }, members) => answered.length >= majority(members),
  outcomesOf: (vote, members) => {
    const { ballot, writes } = vote.opening;
    return RULES.outcomesOf(vote, members).map((outcome, at) => {
      const write = writes[at];
      const refused = vote.refusals.get(write?.name ?? '')?.by.length ?? 0;
      if (write === undefined || vote.answered.length - refused < majority(members)) return outcome;
      return { phase: 'chosen', name: write.name, decision: { ballot, proposal: write.proposal }, here: true };
    });
  },
};

/** What a reader was told by any majority. */
export const heldByAnyMajority: Rules['findingOf'] = (inquiry, members) => {
  const held = inquiry.answers.flatMap(({ accepted }) => accepted ?? []);
  const of = (one: Accepted) => held.filter((other) => sameAccepted(one, other)).length;
  const decision = held.find((one) => of(one) >= majority(members));
  return decision === undefined ? RULES.findingOf(inquiry, members) : { type: 'decided', decision };
};

export const refusalsAsVotes: Rules['outcomesOf'] = (vote, members) => {
  const told = new Map([...vote.refusals].filter(([, refusal]) => refusal.told !== null));
  return RULES.outcomesOf({ ...vote, refusals: told }, members);
};

export const openedTwice: Rules['onOpened'] = (vote, from, opened) =>
  RULES.onOpened(vote, vote.answered.includes(from) ? `${from} again` : from, opened);

export const openedOfAnother: Rules['onOpened'] = (vote, from, opened) =>
  RULES.onOpened(vote, from, { ...opened, number: vote.opening.number });

/** Takes all that was saved for chosen. */
export class HastyLearner extends Learner {
  override onSaved(opening: Opening, replies: readonly Reply[]): ReturnType<Learner['onSaved']> {
    super.onSaved(opening, replies);
    const names = replies.filter(({ type }) => type === 'accepted').map(({ name }) => name);
    return { decides: [], marked: names };
  }
}

/** Believes that another cluster's members are its own where their name and their list are. */
export const byNameAndList: Rules['foreignTo'] = (known, hello) => {
  const foreign = RULES.foreignTo(known, hello);
  return foreign === 'other-stores' ? undefined : foreign;
};

/** Takes a member that knows another store in this one's place for a peer. */
export const unknownTaken: Rules['foreignTo'] = (known, hello) => {
  const remembered = hello.remembers.find(({ member }) => member === known.own.member);
  const own =
    known.own.enrolled || remembered === undefined ? known.own : { ...known.own, storeId: remembered.storeId };
  return RULES.foreignTo({ ...known, own }, hello);
};

function lower(a: Accepted | null, b: Accepted | null): Accepted | null {
  if (a === null || b === null) return a ?? b;
  return compareBallots(a.ballot, b.ballot) <= 0 ? a : b;
}
