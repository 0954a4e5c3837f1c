import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ENTRY_WORDS, laterFirst, type Place, placeHigh, placeLow, placeOf } from '../../src/sqlite/entries.ts';
import { Overlay } from '../../src/sqlite/overlay.ts';

const ENTRIES_MAX = 64;
/** Few different ones, and the highest of all, so that hashes are equal, and chains go over the end. */
const halves = fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1);
const hashes = fc.tuple(fc.oneof(halves, fc.nat(2 ** 32 - 1)), halves);
const places = fc.record({
  commit: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(2 ** 32, 2 ** 33, 2 ** 43 - 1)),
  index: fc.oneof(fc.nat(300), fc.constant(2 ** 20 - 1)),
});
const lists = fc.array(fc.tuple(hashes, places), { maxLength: ENTRIES_MAX });

function filled(entries: readonly (readonly [readonly [number, number], Omit<Place, 'isDecided'>])[]): Overlay {
  const overlay = new Overlay(ENTRIES_MAX);
  for (const [[high, low], { commit, index }] of entries) {
    overlay.set(high, low, placeLow(commit), placeHigh(commit, index));
  }
  return overlay;
}

function placesOf(overlay: Overlay, high: number, low: number): Place[] {
  const found: Place[] = [];
  for (let slot = overlay.find(high, low); slot !== -1; slot = overlay.findNext(high, low, slot)) {
    expect([overlay.commitAt(slot), overlay.indexAt(slot)]).toEqual([
      overlay.place(slot).commit,
      overlay.place(slot).index,
    ]);
    found.push(overlay.place(slot));
  }
  return found.sort(laterFirst);
}

test('it has every entry under its hash, and no others', () => {
  fc.assert(
    fc.property(lists, hashes, (entries, other) => {
      const overlay = filled(entries);
      expect(overlay.entries).toBe(entries.length);
      for (const [high, low] of [...entries.map(([hash]) => hash), other]) {
        const expected = entries.filter(([hash]) => hash[0] === high && hash[1] === low);
        expect(placesOf(overlay, high, low)).toEqual(
          expected.map(([, place]) => ({ ...place, isDecided: false })).sort(laterFirst),
        );
      }
    }),
  );
});

test('its sorted copy has the same entries, in order of their hashes', () => {
  fc.assert(
    fc.property(lists, (entries) => {
      const words = filled(entries).sorted();
      const sorted = Array.from({ length: words.length / ENTRY_WORDS }, (_, at) => [
        ...words.subarray(at * ENTRY_WORDS, (at + 1) * ENTRY_WORDS),
      ]);
      const expected = entries.map(([[high, low], { commit, index }]) => [
        high,
        low,
        placeLow(commit),
        placeHigh(commit, index),
      ]);
      const byHash = (a: number[], b: number[]) => (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0);
      const byAll = (a: number[], b: number[]) => (String(a) < String(b) ? -1 : 1);
      expect(sorted.map(([high, low]) => [high, low])).toEqual(
        [...expected].sort(byHash).map(([high, low]) => [high, low]),
      );
      expect([...sorted].sort(byAll)).toEqual([...expected].sort(byAll));
    }),
  );
});

test('it is half empty when it has all that it has room for: a search for what is not there ends soon', () => {
  for (const entriesMax of [1, 2, 3, ENTRIES_MAX]) {
    const overlay = new Overlay(entriesMax);
    expect([overlay.hasRoomFor(entriesMax), overlay.hasRoomFor(entriesMax + 1)]).toEqual([true, false]);
    overlay.set(2 ** 32 - 1, 0, placeLow(1), placeHigh(1, 0));
    // The highest hash has the last slot.
    expect(overlay.find(2 ** 32 - 1, 0) + 1).toBeGreaterThanOrEqual(2 * entriesMax);
  }
});

test('an entry that takes the place of another is the only one of the two', () => {
  const overlay = filled([
    [[7, 7], { commit: 1, index: 0 }],
    [[7, 7], { commit: 2, index: 0 }],
  ]);
  overlay.set(7, 7, placeLow(3), placeHigh(3, 5), overlay.find(7, 7));
  expect(overlay.entries).toBe(2);
  expect(placesOf(overlay, 7, 7).map(({ commit }) => commit)).toEqual([3, 2]);
});

test('an entry that is noted as decided stays what it was besides', () => {
  const overlay = filled([[[2 ** 32 - 1, 0], { commit: 2 ** 43 - 1, index: 2 ** 20 - 1 }]]);
  // It may be noted more than once.
  for (let note = 0; note < 3; note += 1) overlay.setDecided(overlay.find(2 ** 32 - 1, 0));
  expect(placesOf(overlay, 2 ** 32 - 1, 0)).toEqual([{ commit: 2 ** 43 - 1, index: 2 ** 20 - 1, isDecided: true }]);
});

test('a place comes back from its two halves, far beyond 2^32 commits', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 43 - 1 }), fc.nat(2 ** 20 - 1), (commit, index) => {
      expect(placeOf(placeLow(commit), placeHigh(commit, index))).toEqual({ commit, index, isDecided: false });
      // Its halves are what a word of 32 bits keeps.
      expect([...Uint32Array.of(placeLow(commit), placeHigh(commit, index))]).toEqual([
        placeLow(commit),
        placeHigh(commit, index),
      ]);
    }),
  );
});
