import type { Opening } from '../../src/protocol/messages.ts';
import { type Accepting, isSettled, type Preparing, type Round } from '../../src/protocol/proposer.ts';
import type { Inquiry } from '../../src/protocol/reader.ts';
import { type OpeningVote, startOpening } from '../../src/protocol/round-zero.ts';
import type { Listening } from './hearing.ts';
import { keyOfAccepted, keyOfRound } from './keys.ts';
import type { Rules } from './rules.ts';
import { NAME } from './world.ts';

/** A round that counts votes. */
export function listeningRound(rules: Rules, start: Preparing | Accepting, members: number): Listening<Round> {
  return {
    start,
    count: (round, from, reply) => rules.onReply(round, from, reply, members),
    listensOn: (round) => !isSettled(round) && round.phase === start.phase,
    keyOf: keyOfRound,
  };
}

/** A home that counts what the members made of its opening. What answers something else comes to another inbox. */
export function listeningOpening(rules: Rules, opening: Opening, members: number): Listening<OpeningVote> {
  return {
    start: startOpening(opening),
    count: (vote, from, reply) =>
      reply.type !== 'promised' && reply.type !== 'held'
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

/** A reader that gathers answers. */
export function listeningInquiry(rules: Rules, members: number): Listening<Inquiry> {
  return {
    start: rules.startInquiry(NAME),
    count: (inquiry, from, reply) => rules.onAnswer(inquiry, from, reply),
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
