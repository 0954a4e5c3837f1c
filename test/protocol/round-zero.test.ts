import { describe, expect, it } from 'vitest';
import { onBatch } from '../../src/protocol/batch.ts';
import { InvariantError } from '../../src/protocol/invariant.ts';
import type { Opened, Opening } from '../../src/protocol/messages.ts';
import {
  acceptsOf,
  isOpeningSettled,
  onOpened,
  openedOf,
  openingBallot,
  outcomesOf,
  startOpening,
} from '../../src/protocol/round-zero.ts';
import {
  accept,
  accepted,
  acceptedReply,
  ballot,
  decidedReply,
  heldReply,
  NAME,
  promisedReply,
  proposal,
  rejectedReply,
  state,
} from '../support/paxos.ts';

type Refusals = Opened['refusals'];

const OPENING: Opening = {
  ballot: ballot('0/n1/3'),
  number: 7,
  writes: [
    { name: NAME, proposal: proposal('alice') },
    { name: 'orders.18', proposal: proposal('bob') },
  ],
  chosen: [],
};
const ALL = { number: 7, refusals: [] };

/** Counts these answers in this order. */
function counted(answers: readonly (readonly [from: string, opened: Opened])[], opening = OPENING) {
  return answers.reduce((vote, [from, opened]) => onOpened(vote, from, opened), startOpening(opening));
}

/** All was accepted but the first register, against which this stands. */
const refused = (...refusals: Refusals): Opened => ({ number: 7, refusals });
const rejected = (promised: string) => rejectedReply('0/n1/3', promised) as Refusals[number];
const decided = (at: string, opId: string) => decidedReply(at, opId) as Refusals[number];

const phases = (vote: ReturnType<typeof counted>, members = 3) => outcomesOf(vote, members).map(({ phase }) => phase);

describe('what an opening asks', () => {
  it('is at round 0, of the home, in its incarnation', () => {
    expect(openingBallot('n1', 3)).toEqual(ballot('0/n1/3'));
  });

  it('is one accept for each write, at the ballot of the opening', () => {
    expect(acceptsOf(OPENING)).toEqual([accept('0/n1/3', 'alice'), { ...accept('0/n1/3', 'bob'), name: 'orders.18' }]);
  });

  it('is never at a round that has a phase 1: that stops the member', () => {
    expect(() => startOpening({ ...OPENING, ballot: ballot('1/n1/3') })).toThrow(InvariantError);
  });
});

describe("an acceptor's answer to an opening", () => {
  it('names what was refused, and nothing else', () => {
    const replies = [acceptedReply('0/n1/3'), rejectedReply('0/n1/3', '1/n2/1'), decidedReply('1/n2/1', 'carol')];
    expect(openedOf(OPENING, replies)).toEqual({ number: 7, refusals: replies.slice(1) });
  });

  it('comes of an acceptor as it is: untouched it takes all, with a promise or a decision it refuses that register', () => {
    const answer = (held: Parameters<typeof onBatch>[0]) =>
      openedOf(OPENING, onBatch(held, [acceptsOf(OPENING)]).answer.flat());
    expect(answer(new Map())).toEqual(ALL);
    expect(answer(new Map([[NAME, state('1/n2/1')]]))).toEqual(refused(rejected('1/n2/1')));
    expect(answer(new Map([[NAME, state('1/n2/1', accepted('1/n2/1', 'carol'), true)]]))).toEqual(
      refused(decided('1/n2/1', 'carol')),
    );
  });

  it('takes the place of an opening of an earlier life, and is refused by one of a later life', () => {
    const answer = (at: string) =>
      openedOf(
        OPENING,
        onBatch(new Map([[NAME, state(at, accepted(at, 'carol'))]]), [acceptsOf(OPENING)]).answer.flat(),
      );
    expect(answer('0/n1/2')).toEqual(ALL);
    expect(answer('0/n1/4')).toEqual(refused(rejected('0/n1/4')));
  });

  it('is never a promise, nor what answers a query: that stops the member', () => {
    expect(() => openedOf(OPENING, [promisedReply('0/n1/3')])).toThrow(InvariantError);
    expect(() => openedOf(OPENING, [heldReply(null)])).toThrow(InvariantError);
  });
});

describe('the count of an opening', () => {
  it('one member counts once, whatever it sends later: the very same object is returned', () => {
    const vote = counted([['n1', ALL]]);
    expect(onOpened(vote, 'n1', ALL)).toBe(vote);
    expect(onOpened(vote, 'n1', refused(rejected('1/n2/1')))).toBe(vote);
    expect(isOpeningSettled(vote, 3)).toBe(false);
  });

  it('an answer to another opening changes nothing', () => {
    const vote = counted([['n1', ALL]]);
    expect(onOpened(vote, 'n2', { number: 6, refusals: [] })).toBe(vote);
    expect(onOpened(vote, 'n2', { number: 8, refusals: [] })).toBe(vote);
  });

  it('a refusal of a name that is not in the opening changes no outcome', () => {
    const stray = { ...rejected('9/n2/1'), name: 'orders.99' };
    expect(
      phases(
        counted([
          ['n1', ALL],
          ['n2', refused(stray)],
        ]),
      ),
    ).toEqual(['chosen', 'chosen']);
  });

  for (const [members, home, others] of [
    [1, ['n1'], []],
    [2, ['n1', 'n2'], ['n2']],
    [3, ['n1', 'n3'], ['n2', 'n3']],
    [4, ['n1', 'n2', 'n4'], ['n2', 'n3', 'n4']],
    [5, ['n1', 'n4', 'n5'], ['n2', 'n3', 'n4', 'n5']],
  ] as const) {
    it(`of ${members} is won by a majority with the home, however it comes in, and never without the home`, () => {
      const answers = home.map((from) => [from, ALL] as const);
      for (const order of [answers, answers.toReversed()]) {
        expect(isOpeningSettled(counted(order.slice(1)), members)).toBe(false);
        expect(phases(counted(order.slice(1)), members)).toEqual(['beaten', 'beaten']);
        expect(isOpeningSettled(counted(order), members)).toBe(true);
        expect(outcomesOf(counted(order), members)).toEqual([
          { phase: 'chosen', name: NAME, decision: accepted('0/n1/3', 'alice'), here: true },
          { phase: 'chosen', name: 'orders.18', decision: accepted('0/n1/3', 'bob'), here: true },
        ]);
      }
      const without = counted(others.map((from) => [from, ALL]));
      expect(isOpeningSettled(without, members)).toBe(false);
      expect(phases(without, members)).toEqual(['beaten', 'beaten']);
    });
  }

  it('a home alone is no quorum of two', () => {
    expect(isOpeningSettled(counted([['n1', ALL]]), 2)).toBe(false);
    expect(phases(counted([['n1', ALL]]), 2)).toEqual(['beaten', 'beaten']);
  });
});

describe('what stands against a write', () => {
  it('a refusal is of one register: the others of the opening are chosen all the same', () => {
    expect(
      phases(
        counted([
          ['n1', ALL],
          ['n2', refused(rejected('1/n2/1'))],
        ]),
      ),
    ).toEqual(['beaten', 'chosen']);
  });

  it('a register that one of three refused is chosen by the other two, if the home is one of them', () => {
    const answers = [
      ['n1', ALL],
      ['n2', refused(rejected('1/n2/1'))],
      ['n3', ALL],
    ] as const;
    expect(phases(counted(answers))).toEqual(['chosen', 'chosen']);
  });

  it('a register that the home refused is not chosen, whoever else accepted', () => {
    const answers = [
      ['n1', refused(rejected('1/n2/1'))],
      ['n2', ALL],
      ['n3', ALL],
    ] as const;
    expect(phases(counted(answers))).toEqual(['beaten', 'chosen']);
  });

  it('one that is beaten goes on above the highest ballot that anybody named, in whatever order they did', () => {
    const answers = [
      ['n2', refused(rejected('2/n2/5'))],
      ['n3', refused(rejected('4/n3/1'))],
      ['n1', refused(rejected('3/n2/9'))],
    ] as const;
    for (const order of [answers, answers.toReversed()]) {
      const [outcome] = outcomesOf(counted(order), 3);
      expect(outcome).toEqual({ phase: 'beaten', name: NAME, ballot: ballot('0/n1/3'), highest: ballot('4/n3/1') });
    }
  });

  it('one that nobody refused and too few answered goes on above its own ballot', () => {
    const [outcome] = outcomesOf(counted([['n1', ALL]]), 3);
    expect(outcome).toEqual({ phase: 'beaten', name: NAME, ballot: ballot('0/n1/3'), highest: ballot('0/n1/3') });
  });

  it('one that somebody knows to be decided is settled by that, though it is not what was opened, and not chosen here', () => {
    const answers = [['n3', refused(decided('1/n2/1', 'carol'))]] as const;
    const [told, open] = outcomesOf(counted(answers), 3);
    expect(told).toEqual({ phase: 'chosen', name: NAME, decision: accepted('1/n2/1', 'carol'), here: false });
    expect(open?.phase).toBe('beaten');
  });

  it('a decision that was told stays, whoever rejects after it', () => {
    const answers = [
      ['n3', refused(decided('1/n2/1', 'carol'))],
      ['n2', refused(rejected('2/n2/1'))],
      ['n1', ALL],
    ] as const;
    expect(outcomesOf(counted(answers), 3)[0]).toMatchObject({ decision: accepted('1/n2/1', 'carol'), here: false });
  });
});
