import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BlocksInMemory, Keydir, SEGMENTS } from '../../src/store/index/keydir.ts';
import { NameHash } from '../../src/store/index/name-hash.ts';
import { Segment } from '../../src/store/index/segment.ts';

const MANY = 200_000;

describe('a segment', () => {
  const prints = fc.integer({ min: 0, max: 2 ** 24 - 1 });
  const commits = fc.integer({ min: 1, max: 2 ** 39 - 1 });

  test('has every entry that was added, whatever its print and its commit, and a copy of it too', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.oneof(prints, fc.constantFrom(0, 2 ** 24 - 1)), commits)), (added) => {
        const segment = new Segment();
        for (const [print, commit] of added) segment.add(print, commit);
        for (const one of [segment, new Segment(segment.copy())]) {
          expect(one.entries).toBe(added.length);
          for (const [print] of added) {
            const found: number[] = [];
            for (let slot = one.find(print); slot !== -1; slot = one.find(print, slot)) found.push(one.commitAt(slot));
            const expected = added.filter(([other]) => other === print).map(([, commit]) => commit);
            expect(found.sort()).toEqual(expected.sort());
          }
        }
      }),
    );
  });

  test('marks one entry as decided, and no other, until the entry moves to a later commit', () => {
    const segment = new Segment();
    for (const commit of [5, 6]) segment.add(9, commit);
    const slot = segment.find(9);
    segment.markDecided(slot);
    const later = segment.find(9, slot);
    expect([slot, later].map((at) => [segment.commitAt(at), segment.isDecidedAt(at)])).toEqual([
      [5, true],
      [6, false],
    ]);
    segment.move(slot, 9, 2 ** 39 - 1);
    expect([segment.commitAt(slot), segment.isDecidedAt(slot), segment.entries]).toEqual([2 ** 39 - 1, false, 2]);
  });
});

describe('the keydir', () => {
  const neverAsked: BlocksInMemory = {
    get: () => {
      throw new Error('no two names look alike here');
    },
  };

  test('never misses a register, and hardly ever names a commit for one that was never saved', () => {
    const keydir = new Keydir(new NameHash([1, 2]));
    for (let at = 0; at < MANY; at += 1) keydir.set(`r.${at}`, 1 + Math.floor(at / 64), true, neverAsked);
    let missed = 0;
    let wrong = 0;
    for (let at = 0; at < MANY; at += 1) {
      if (!keydir.find(`r.${at}`).some(({ commit }) => commit === 1 + Math.floor(at / 64))) missed += 1;
      if (keydir.mayHave(`never.${at}`)) wrong += 1;
    }
    expect(missed).toBe(0);
    // 780 entries a segment, 24 bits each: nine or ten are expected.
    expect(wrong).toBeLessThan(40);
  });

  test('spreads registers evenly over its segments, whatever their names have in common', () => {
    const keydir = new Keydir(new NameHash([3, 4]));
    for (let at = 0; at < MANY; at += 1) keydir.set(`tenant.orders.2026.${at}`, 1, true, neverAsked);
    const sizes = Array.from({ length: SEGMENTS }, (_, number) => keydir.segment(number).entries);
    expect(sizes.reduce((sum, one) => sum + one, 0)).toBe(MANY);
    expect(Math.max(...sizes)).toBeLessThan(2 * (MANY / SEGMENTS));
  });

  test('takes 8 bytes a register, and what growth leaves free', () => {
    const keydir = new Keydir(new NameHash([5, 6]));
    for (let at = 0; at < MANY; at += 1) keydir.set(`r.${at}`, 1, true, neverAsked);
    let bytes = 0;
    for (let number = 0; number < SEGMENTS; number += 1) bytes += keydir.segment(number).copy().byteLength;
    expect(bytes / MANY).toBeLessThan(12);
  });

  test('lists the latest commit first', () => {
    const keydir = new Keydir(new NameHash([1, 2]));
    for (const commit of [3, 9, 5]) keydir.set('a', commit, true, neverAsked);
    expect(keydir.find('a').map(({ commit }) => commit)).toEqual([9, 5, 3]);
  });
});
