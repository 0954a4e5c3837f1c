import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { homesOf } from '../../src/protocol/home.ts';

const THREE = ['n1', 'n2', 'n3'];
const names = fc.stringMatching(/^[A-Za-z0-9/=-]{1,12}(\.[A-Za-z0-9/=-]{1,12}){0,2}$/);
const members = fc.uniqueArray(fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/), { minLength: 1, maxLength: 9 });

/** Names, and their homes among three members and among five. */
const GOLDEN: readonly (readonly [name: string, three: string, five: string])[] = [
  ['a', 'n2', 'n4'],
  ['b', 'n1', 'n4'],
  ['r', 'n3', 'n3'],
  ['orders.17', 'n3', 'n3'],
  ['orders.18', 'n1', 'n4'],
  ['orders.19', 'n3', 'n5'],
  ['leader/eu-west.epoch-9', 'n2', 'n2'],
  ['leader/eu-west.epoch-10', 'n3', 'n3'],
  ['0', 'n1', 'n1'],
  ['x=1.y_2', 'n1', 'n1'],
  ['A.B.C', 'n1', 'n4'],
  ['tenant-7.locks.deploy', 'n2', 'n5'],
  ['z'.repeat(255), 'n3', 'n4'],
];

describe('the home of a register', () => {
  it('is one of the members, and the same at every asking', () => {
    fc.assert(
      fc.property(members, names, (list, name) => {
        const home = homesOf(list)(name);
        expect(list).toContain(home);
        expect(homesOf([...list])(name)).toBe(home);
      }),
    );
  });

  it('does not depend on the order in which a member has the list', () => {
    fc.assert(
      fc.property(
        members.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        names,
        ([list, shuffled], name) => {
          expect(homesOf(shuffled)(name)).toBe(homesOf(list)(name));
        },
      ),
    );
  });

  it('does not depend on that order even where the names of two members hash alike', () => {
    // These two have one FNV-1a hash, so they weigh the same for every name.
    const alike = ['liquid', 'costarring'];
    for (let at = 0; at < 50; at += 1) {
      expect(homesOf(alike)(`orders.${at}`)).toBe(homesOf(alike.toReversed())(`orders.${at}`));
    }
  });

  it('moves to nobody but the one who is new when a member is added', () => {
    fc.assert(
      fc.property(members, names, (list, name) => {
        const [added = '', ...others] = list;
        fc.pre(others.length > 0);
        expect([added, homesOf(others)(name)]).toContain(homesOf(list)(name));
      }),
    );
  });

  it('leaves the list that it was given as it was', () => {
    const list = ['n3', 'n1', 'n2'];
    homesOf(list)('orders.17');
    expect(list).toEqual(['n3', 'n1', 'n2']);
  });

  for (const list of [THREE, ['n1', 'n2', 'n3', 'n4', 'n5'], ['eu-west', 'eu-east', 'us-east']]) {
    for (const [kind, nameAt] of [
      ['counted', (at: number) => `orders.${at}`],
      ['counted with leading zeros', (at: number) => `orders.${String(at).padStart(9, '0')}`],
      ['that differ at their start', (at: number) => `${at}.orders`],
      ['of one to four characters', (at: number) => at.toString(36)],
    ] as const) {
      it(`is spread evenly over ${list.join(', ')} for names ${kind}`, () => {
        const total = 30_000;
        const counts = new Map<string, number>();
        const homeOf = homesOf(list);
        for (let at = 0; at < total; at += 1) counts.set(homeOf(nameAt(at)), (counts.get(homeOf(nameAt(at))) ?? 0) + 1);
        for (const member of list) {
          const share = ((counts.get(member) ?? 0) * list.length) / total;
          expect(share, member).toBeGreaterThan(0.95);
          expect(share, member).toBeLessThan(1.05);
        }
      });
    }
  }

  // A cluster that has opened registers must find the same homes for ever: another hash would let two members open one name.
  it('is what it was in the first release', () => {
    const homeOf = homesOf(THREE);
    const homeAmongFive = homesOf([...THREE, 'n4', 'n5']);
    expect(GOLDEN.map(([name]) => [name, homeOf(name), homeAmongFive(name)])).toEqual(GOLDEN);
  });
});
