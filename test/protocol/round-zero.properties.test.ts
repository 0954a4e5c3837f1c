import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Opened, Opening } from '../../src/protocol/messages.ts';
import { isOpeningSettled, onOpened, outcomesOf, startOpening } from '../../src/protocol/round-zero.ts';
import { ballot, proposal } from '../support/paxos.ts';

const MEMBERS = ['n1', 'n2', 'n3', 'n4', 'n5'];
const NAMES = ['a', 'b', 'c'];
const OPENING: Opening = {
  ballot: ballot('0/n1/1'),
  number: 1,
  writes: NAMES.map((name) => ({ name, proposal: proposal(name) })),
  chosen: [],
};

/** Some members, each with the names that it refuses, in the order in which they answer; some of them twice. */
const answers = fc
  .tuple(fc.constantFrom(1, 2, 3, 4, 5), fc.array(fc.tuple(fc.nat({ max: 4 }), fc.subarray(NAMES)), { maxLength: 8 }))
  .map(([members, list]) => ({
    members,
    list: list.map(([at, names]) => [MEMBERS[at % members] ?? '', names] as const),
  }));

const opened = (names: readonly string[]): Opened => ({
  number: 1,
  refusals: names.map((name) => ({ type: 'rejected', name, ballot: OPENING.ballot, promised: ballot('1/n2/1') })),
});

describe('an opening against an oracle', () => {
  it('a write is chosen exactly when those whose first answer took it are a majority with the home', () => {
    let chosen = 0;
    let beaten = 0;
    fc.assert(
      fc.property(answers, ({ members, list }) => {
        const vote = list.reduce((next, [from, names]) => onOpened(next, from, opened(names)), startOpening(OPENING));
        const first = new Map(list.toReversed());
        for (const [at, outcome] of outcomesOf(vote, members).entries()) {
          const takers = [...first].filter(([, names]) => !names.includes(NAMES[at] ?? '')).map(([from]) => from);
          const isChosen = 2 * takers.length > members && takers.includes('n1');
          expect(outcome.phase).toBe(isChosen ? 'chosen' : 'beaten');
          if (isChosen) chosen += 1;
          else beaten += 1;
        }
        expect(isOpeningSettled(vote, members)).toBe(2 * first.size > members && first.has('n1'));
      }),
      { numRuns: 1_000, seed: 11 },
    );
    expect(Math.min(chosen, beaten)).toBeGreaterThan(100);
  });

  it('the order of the answers of different members does not matter', () => {
    fc.assert(
      fc.property(answers, ({ members, list }) => {
        const once = [...new Map(list)];
        const count = (order: typeof once) =>
          outcomesOf(
            order.reduce((next, [from, names]) => onOpened(next, from, opened(names)), startOpening(OPENING)),
            members,
          );
        expect(count(once.toReversed())).toEqual(count(once));
      }),
    );
  });

  it('what was chosen stays so, whoever answers later', () => {
    fc.assert(
      fc.property(answers, ({ members, list }) => {
        let vote = startOpening(OPENING);
        let chosen: readonly string[] = [];
        for (const [from, names] of list) {
          vote = onOpened(vote, from, opened(names));
          const now = outcomesOf(vote, members).flatMap(({ phase, name }) => (phase === 'chosen' ? [name] : []));
          expect(now).toEqual(expect.arrayContaining([...chosen]));
          chosen = now;
        }
      }),
    );
  });
});
