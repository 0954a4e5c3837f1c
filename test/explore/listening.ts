import type { Ballot } from '../../src/protocol/ballot.ts';
import type { Opening } from '../../src/protocol/messages.ts';
import { type OpeningVote, startOpening } from '../../src/protocol/round-zero.ts';
import { type Accepting, isSettled, type Preparing, type Round } from '../../src/protocol/proposer.ts';
import type { Inquiry } from '../../src/protocol/reader.ts';
import { type FenceVote, isShipped } from './fence.ts';
import { isFenceThrough, NO_FENCE_VOTE, onFenced } from './fenced.ts';
import type { Listening } from './hearing.ts';
import { keyOfAccepted, keyOfRound } from './keys.ts';
import type { Rules } from './rules.ts';
import { isSameBallot, NAME } from './world.ts';

/** A round that counts votes. */
export function listeningRound(rules: Rules, start: Preparing | Accepting, members: number): Listening<Round> {
  return {
    start,
    count: (round, from, reply) => (isShipped(reply) ? rules.onReply(round, from, reply, members) : round),
    listensOn: (round) => !isSettled(round) && round.phase === start.phase,
    keyOf: keyOfRound,
  };
}

/** A home that counts what the members made of its opening. What answers something else comes to another inbox. */
export function listeningOpening(rules: Rules, opening: Opening, members: number): Listening<OpeningVote> {
  return {
    start: startOpening(opening),
    count: (vote, from, reply) =>
      isShipped(reply) && reply.type !== 'promised' && reply.type !== 'held'
        ? rules.onOpened(vote, from, rules.openedOf(opening, [reply]))
        : vote,
    listensOn: (vote) => rules.outcomesOf(vote, members).every(({ phase }) => phase !== 'chosen'),
    keyOf: ({ answered, refusals }) => {
      const refused = Array.from(
        refusals.values(),
        ({ by, told }) => `${[...by].sort().join()} ${keyOfAccepted(told)}`,
      );
      return `${[...answered].sort().join()}: ${refused.join()}`;
    },
  };
}

/** A home that gathers answers to its fence. */
export function listeningFence(ballot: Ballot, members: number): Listening<FenceVote> {
  return {
    start: NO_FENCE_VOTE,
    count: (vote, from, reply) =>
      reply.type === 'fenced' && isSameBallot(reply.ballot, ballot) ? onFenced(vote, from, reply.lines) : vote,
    listensOn: (vote) => !isFenceThrough(vote, ballot.node, members),
    keyOf: ({ answered, reported }) => `${[...answered].sort().join()}: ${keyOfAccepted(reported)}`,
  };
}

/** A reader that gathers answers. */
export function listeningInquiry(rules: Rules, members: number): Listening<Inquiry> {
  return {
    start: rules.startInquiry(NAME),
    count: (inquiry, from, reply) => (isShipped(reply) ? rules.onAnswer(inquiry, from, reply) : inquiry),
    listensOn: (inquiry) => {
      const finding = rules.findingOf(inquiry, members).type;
      return finding === 'pending' || finding === 'divided';
    },
    keyOf: ({ answers, told }) => {
      const given = answers.map(({ from, accepted }) => `${from} ${keyOfAccepted(accepted)}`).sort();
      return `${keyOfAccepted(told)}: ${given.join()}`;
    },
  };
}
