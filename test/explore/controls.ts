import { compareBallots, NO_BALLOT } from '../../src/protocol/ballot.ts';
import type { Reply } from '../../src/protocol/messages.ts';
import type { Round } from '../../src/protocol/proposer.ts';
import type { Inquiry } from '../../src/protocol/reader.ts';
import type { Accepted } from '../../src/protocol/register.ts';
import { type Control, control } from './control.ts';
import { type Rules, SHIPPED } from './rules.ts';
import { proposalOf } from './world.ts';
import { reader, world, writer } from './worlds.ts';

const DUEL = world('two writers, a round each', [writer('n1', 'alice'), writer('n2', 'bob')]);
const LONG_DUEL = world('two writers, two rounds each', [writer('n1', 'alice', 2), writer('n2', 'bob', 2)]);
const CRASH = world('two writers, one crashes', [writer('n1', 'alice', 2, 1), writer('n2', 'bob')]);
const READER = world('two writers and a reader', [writer('n1', 'alice'), writer('n2', 'bob'), reader('n3')]);
const LOST_DISK = world('two writers, one disk lost', [writer('n1', 'alice'), writer('n2', 'bob')], { diskLosses: 1 });

const QUORUM_OF_ONE = 1;

/** The mistakes of PITFALLS and more, each as a small change to the shipped rules. */
export const CONTROLS: readonly Control[] = [
  control('a quorum of one', DUEL, {
    onReply: (round, from, reply) => SHIPPED.onReply(round, from, reply, QUORUM_OF_ONE),
  }),
  control('a read that takes one answer for a quorum', READER, {
    findingOf: (inquiry) => SHIPPED.findingOf(inquiry, QUORUM_OF_ONE),
  }),
  control('a promise forgotten at restart', DUEL, {
    restarted: (saved) => ({ ...saved, promised: saved.accepted?.ballot ?? NO_BALLOT }),
  }),
  control('a reply before the save', DUEL, { mayLeave: () => true }),
  control('a ballot used again after a restart', CRASH, { nextIncarnation: (incarnation) => incarnation }),
  control('the own value in place of the highest accepted', DUEL, {
    onReply: (round, from, reply, members) => {
      const next = SHIPPED.onReply(round, from, reply, members);
      const own = round.phase === 'preparing' ? round.own : null;
      return next.phase === 'accepting' && own !== null ? { ...next, proposal: own } : next;
    },
  }),
  control('the lowest accepted in place of the highest', LONG_DUEL, { onReply: lowestFound }),
  control('an accept below the promise', DUEL, {
    onRequest: (state, request) => {
      if (request.type !== 'accept' || state.decided) return SHIPPED.onRequest(state, request);
      const verdict = SHIPPED.onRequest({ ...state, promised: NO_BALLOT, accepted: null }, request);
      return { ...verdict, state: { ...verdict.state, promised: state.promised } };
    },
  }),
  control('an accept that promises nothing', LONG_DUEL, {
    onRequest: (state, request) => {
      const verdict = SHIPPED.onRequest(state, request);
      if (request.type !== 'accept' || verdict.state === state) return verdict;
      return { ...verdict, state: { ...verdict.state, promised: state.promised } };
    },
  }),
  control('a promise that hides what was accepted', DUEL, {
    onRequest: (state, request) => {
      const verdict = SHIPPED.onRequest(state, request);
      return verdict.reply?.type === 'promised' ? { ...verdict, reply: { ...verdict.reply, accepted: null } } : verdict;
    },
  }),
  control('two values at one ballot', CRASH, {
    sends: (accept) => [accept, { ...accept, proposal: proposalOf('alice2') }],
  }),
  control('a vote counted twice', DUEL, { onReply: countedTwice }),
  control('a rejection counted as a vote', DUEL, {
    onReply: (round, from, reply, members) => SHIPPED.onReply(round, from, asVote(round, reply), members),
  }),
  control('a stale promise counted for a newer ballot', LONG_DUEL, {
    onReply: (round, from, reply, members) => {
      const stale = reply.type === 'promised' && round.phase === 'preparing' && reply.ballot.node === round.ballot.node;
      return SHIPPED.onReply(round, from, stale ? { ...reply, ballot: round.ballot } : reply, members);
    },
  }),
  control('a stale vote counted for a newer ballot', LONG_DUEL, {
    onReply: (round, from, reply, members) => {
      const stale = reply.type === 'accepted' && round.phase === 'accepting' && reply.ballot.node === round.ballot.node;
      return SHIPPED.onReply(round, from, stale ? { ...reply, ballot: round.ballot } : reply, members);
    },
  }),
  control('a read that returns what it did not finish', READER, {
    findingOf: (inquiry, members) => {
      const finding = SHIPPED.findingOf(inquiry, members);
      const seen = highestOf(inquiry);
      return finding.type === 'divided' && seen !== null ? { type: 'decided', decision: seen } : finding;
    },
  }),
  control('a divided read taken for an empty one', READER, {
    findingOf: (inquiry, members) => {
      const finding = SHIPPED.findingOf(inquiry, members);
      return finding.type === 'divided' ? { type: 'empty' } : finding;
    },
  }),
  control('a lost disk let back in', LOST_DISK, {
    admit: (own, record, hello) => {
      const admission = SHIPPED.admit(own, record, hello);
      const forgiven = !admission.admitted && admission.refusal === 'lost-disk';
      return forgiven ? SHIPPED.admit(own, undefined, hello) : admission;
    },
  }),
];

function lowestFound(...[round, from, reply, members]: Parameters<Rules['onReply']>): Round {
  const next = SHIPPED.onReply(round, from, reply, members);
  if (next === round || round.phase !== 'preparing' || reply.type !== 'promised') return next;
  const found = lower(round.found, reply.accepted);
  if (next.phase === 'preparing') return { ...next, found };
  return next.phase === 'accepting' ? { ...next, proposal: found?.proposal ?? next.proposal } : next;
}

function countedTwice(...[round, from, reply, members]: Parameters<Rules['onReply']>): Round {
  const before = 'votes' in round ? round.votes.yes.filter((voter) => voter.startsWith(from)).length : 0;
  return SHIPPED.onReply(round, before === 0 ? from : `${from} again`, reply, members);
}

function asVote(round: Round, reply: Reply): Reply {
  if (reply.type !== 'rejected' || round.phase !== 'accepting') return reply;
  return { type: 'accepted', name: reply.name, ballot: reply.ballot };
}

function highestOf({ answers }: Inquiry): Accepted | null {
  const held = answers.map(({ accepted }) => accepted).filter((accepted) => accepted !== null);
  return held.sort((a, b) => compareBallots(b.ballot, a.ballot))[0] ?? null;
}

function lower(a: Accepted | null, b: Accepted | null): Accepted | null {
  if (a === null || b === null) return a ?? b;
  return compareBallots(a.ballot, b.ballot) <= 0 ? a : b;
}
