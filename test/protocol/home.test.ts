import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { succession } from '../../src/protocol/home.ts';

const members = fc.uniqueArray(fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/), { minLength: 1, maxLength: 9 });
const shuffled = members.chain((list) =>
  fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
);

/** Lists of members, and who takes charge in which order. The first is the home of every register. */
const GOLDEN: readonly (readonly [members: readonly string[], inOrder: readonly string[]])[] = [
  [['n1'], ['n1']],
  [
    ['n3', 'n1', 'n2'],
    ['n1', 'n2', 'n3'],
  ],
  [
    ['n5', 'n4', 'n3', 'n2', 'n1'],
    ['n1', 'n2', 'n3', 'n4', 'n5'],
  ],
  [
    ['eu-west', 'us-east', 'eu-east'],
    ['eu-east', 'eu-west', 'us-east'],
  ],
  // By their characters as they are coded: numbers are no numbers, and capitals come first.
  [
    ['n9', 'n10', 'n1'],
    ['n1', 'n10', 'n9'],
  ],
  [
    ['b', 'A', 'a', 'B', '_', '-', '0'],
    ['-', '0', 'A', 'B', '_', 'a', 'b'],
  ],
];

describe('the order in which members take charge', () => {
  it('has each of them in it once', () => {
    fc.assert(
      fc.property(members, (list) => {
        const inOrder = succession(list);
        expect(inOrder).toHaveLength(list.length);
        expect(new Set(inOrder)).toEqual(new Set(list));
      }),
    );
  });

  it('does not depend on the order in which a member has the list, so all of them have one home', () => {
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        expect(succession(other)).toEqual(succession(list));
        expect(succession(other)[0]).toBe(succession(list)[0]);
      }),
    );
  });

  it('stays what it is for the others when one of them is left out', () => {
    fc.assert(
      fc.property(members, fc.nat(), (list, at) => {
        const gone = list[at % list.length];
        const others = list.filter((member) => member !== gone);
        expect(succession(others)).toEqual(succession(list).filter((member) => member !== gone));
      }),
    );
  });

  it('leaves the list that it was given as it was', () => {
    const list = ['n3', 'n1', 'n2'];
    succession(list);
    expect(list).toEqual(['n3', 'n1', 'n2']);
  });

  // A cluster that has opened registers must find the same home for ever: two of them could both open one name.
  it.each(GOLDEN)('of %j is %j', (list, inOrder) => {
    expect(succession(list)).toEqual(inOrder);
  });
});
