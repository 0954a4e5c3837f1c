import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from '../../src/protocol/invariant.ts';
import type { Reply } from '../../src/protocol/messages.ts';
import { type Finding, findingOf, onAnswer, startInquiry } from '../../src/protocol/reader.ts';
import { type Accepted, sameAccepted } from '../../src/protocol/register.ts';
import { accepted, acceptedReply, ballot, decidedReply, heldReply, NAME, promisedReply } from '../support/paxos.ts';
import { foundAt } from './arbitraries.ts';

type Answer = readonly [from: string, reply: Reply];

function ask(answers: readonly Answer[], members = 3): Finding {
  const inquiry = answers.reduce((next, [from, reply]) => onAnswer(next, from, reply), startInquiry(NAME));
  return findingOf(inquiry, members);
}

const one = accepted('1/n1/1', 'alice');
const other = accepted('2/n2/1', 'alice');

describe('Paxos Made Simple §2.3: what a majority of answers says', () => {
  it('a minority says nothing', () => {
    expect(ask([])).toEqual({ type: 'pending' });
    expect(ask([['n1', heldReply(null)]])).toEqual({ type: 'pending' });
    expect(ask([['n1', heldReply(one)]])).toEqual({ type: 'pending' });
    expect(
      ask(
        [
          ['n1', heldReply(one)],
          ['n2', heldReply(one)],
        ],
        5,
      ),
    ).toEqual({ type: 'pending' });
  });

  it('a majority that accepted nothing says that the register is empty', () => {
    const answers: Answer[] = [
      ['n1', heldReply(null)],
      ['n3', heldReply(null)],
    ];
    expect(ask(answers)).toEqual({ type: 'empty' });
    expect(ask([...answers, ['n2', heldReply(one)]])).toEqual({ type: 'empty' });
  });

  it('the same acceptance at a majority is a decision', () => {
    const answers: Answer[] = [
      ['n1', heldReply(one)],
      ['n2', heldReply(accepted('1/n1/1', 'alice'))],
    ];
    expect(ask(answers)).toEqual({ type: 'decided', decision: one });
    expect(ask([['n3', heldReply(null)], ...answers])).toEqual({ type: 'decided', decision: one });
  });

  it('the same value at two ballots is not a decision: a majority for neither has been seen', () => {
    expect(
      ask([
        ['n1', heldReply(one)],
        ['n2', heldReply(other)],
      ]),
    ).toEqual({ type: 'divided' });
  });

  it('one acceptance and one empty answer are divided, until the third member settles it', () => {
    const answers: Answer[] = [
      ['n1', heldReply(one)],
      ['n2', heldReply(null)],
    ];
    expect(ask(answers)).toEqual({ type: 'divided' });
    expect(ask([...answers, ['n3', heldReply(one)]])).toEqual({ type: 'decided', decision: one });
    expect(ask([...answers, ['n3', heldReply(null)]])).toEqual({ type: 'empty' });
    expect(ask([...answers, ['n3', heldReply(other)]])).toEqual({ type: 'divided' });
  });

  it('one member that knows the decision is enough, whatever the others hold', () => {
    expect(ask([['n2', decidedReply('1/n1/1', 'alice')]])).toEqual({ type: 'decided', decision: one });
    expect(
      ask([
        ['n1', heldReply(null)],
        ['n3', heldReply(null)],
        ['n2', decidedReply('1/n1/1', 'alice')],
      ]),
    ).toEqual({ type: 'decided', decision: one });
  });
});

describe('what was accepted in round 0', () => {
  const opened = accepted('0/n1/2', 'alice');

  it('is a decision where the home is among the majority that holds it', () => {
    for (const other of ['n2', 'n3']) {
      expect(
        ask([
          [other, heldReply(opened)],
          ['n1', heldReply(opened)],
        ]),
      ).toEqual({ type: 'decided', decision: opened });
    }
  });

  it('is divided where the majority that holds it is without the home: it may never have been chosen', () => {
    const answers: Answer[] = [
      ['n2', heldReply(opened)],
      ['n3', heldReply(opened)],
    ];
    expect(ask(answers)).toEqual({ type: 'divided' });
    expect(ask([...answers, ['n1', heldReply(null)]])).toEqual({ type: 'divided' });
    expect(ask([...answers, ['n1', heldReply(accepted('0/n1/3', 'bob'))]])).toEqual({ type: 'divided' });
    expect(ask([...answers, ['n1', heldReply(opened)]])).toEqual({ type: 'decided', decision: opened });
  });

  it('is divided at any majority of five without the home, and decided at any with it', () => {
    const answers = ['n2', 'n3', 'n4', 'n5'].map((from): Answer => [from, heldReply(opened)]);
    expect(ask(answers, 5)).toEqual({ type: 'divided' });
    expect(ask([...answers.slice(2), ['n1', heldReply(opened)]], 5)).toEqual({ type: 'decided', decision: opened });
  });

  it('by two lives of the home is divided, though the proposal is the same', () => {
    expect(
      ask([
        ['n1', heldReply(opened)],
        ['n2', heldReply(accepted('0/n1/1', 'alice'))],
      ]),
    ).toEqual({ type: 'divided' });
  });
});

describe('what does not count', () => {
  it('a second answer of the same member changes nothing: the very same object is returned', () => {
    const inquiry = onAnswer(startInquiry(NAME), 'n1', heldReply(null));
    expect(onAnswer(inquiry, 'n1', heldReply(null))).toBe(inquiry);
    expect(onAnswer(inquiry, 'n1', heldReply(one))).toBe(inquiry);
  });

  it('an answer to something else changes nothing', () => {
    const inquiry = startInquiry(NAME);
    expect(onAnswer(inquiry, 'n1', promisedReply('1/n1/1', one))).toBe(inquiry);
    expect(onAnswer(inquiry, 'n1', acceptedReply('1/n1/1'))).toBe(inquiry);
  });
});

describe('against an oracle that tries every majority', () => {
  const held = fc.constantFrom(null, ...['0/n0/1', '1/n1/1', '2/n2/1', '3/n3/1'].map((at) => foundAt(ballot(at))));

  it('the finding is the one that some quorum of the answers proves, and no other', () => {
    fc.assert(
      fc.property(fc.constantFrom(1, 2, 3, 4, 5), fc.array(held, { maxLength: 5 }), (members, holdings) => {
        const answered = holdings.slice(0, members);
        const finding = ask(
          answered.map((holding, index): Answer => [`n${index}`, heldReply(holding)]),
          members,
        );
        expect(finding).toEqual(oracle(answered, members));
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Every subset of the answers that is a majority of the members, and what it proves by itself. The first is the home's. */
function oracle(answered: readonly (Accepted | null)[], members: number): Finding {
  let majorities = 0;
  let empty = false;
  let decision: Accepted | undefined;
  for (let mask = 1; mask < 1 << answered.length; mask += 1) {
    const group = answered.filter((_, index) => mask & (1 << index));
    if (2 * group.length <= members) continue;
    majorities += 1;
    const [first] = group;
    if (group.every((holding) => holding === null)) empty = true;
    else if (first && group.every((holding) => holding !== null && sameAccepted(holding, first))) {
      if (first.ballot.round > 0 || mask & 1) decision = first;
    }
  }
  if (empty) return { type: 'empty' };
  if (decision !== undefined) return { type: 'decided', decision };
  return { type: majorities > 0 ? 'divided' : 'pending' };
}

it('two members that know different decisions break an invariant: nobody is answered on it', () => {
  const told = onAnswer(startInquiry(NAME), 'n1', { type: 'decided', name: NAME, decision: accepted('1/n1/1', 'a') });
  expect(onAnswer(told, 'n2', { type: 'decided', name: NAME, decision: accepted('2/n2/1', 'a') })).toBe(told);
  expect(() => onAnswer(told, 'n2', { type: 'decided', name: NAME, decision: accepted('2/n2/1', 'b') })).toThrow(
    InvariantError,
  );
});
