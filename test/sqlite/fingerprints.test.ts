import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fingerprints } from '../../src/sqlite/fingerprints.ts';
import { NameHash, newHashes } from '../../src/sqlite/name-hash.ts';

const halves = fc.oneof(fc.nat(2 ** 32 - 1), fc.constantFrom(0, 1, 2 ** 32 - 1));
const hashes = fc.tuple(halves, halves);

function inOrder(list: readonly (readonly [number, number])[]) {
  return [...list].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
}

function filled(list: readonly (readonly [number, number])[]): Fingerprints {
  const fingerprints = new Fingerprints(list.length);
  for (const [high, low] of list) fingerprints.add(high, low);
  return fingerprints;
}

function find(fingerprints: Fingerprints, ...list: readonly (readonly [number, number])[]): number[][] {
  const found: number[][] = list.map(() => []);
  const hashes = newHashes(list.length);
  hashes.highs.set(list.map(([high]) => high));
  hashes.lows.set(list.map(([, low]) => low));
  fingerprints.find(hashes, (at, entry) => found[at]?.push(entry));
  return found;
}

test('no entry is ever missed: each is found at its own number', () => {
  fc.assert(
    fc.property(fc.array(hashes, { maxLength: 200 }), (list) => {
      const sorted = inOrder(list);
      const fingerprints = filled(sorted);
      expect(fingerprints.added).toBe(list.length);
      for (const [number, found] of find(fingerprints, ...sorted).entries()) expect(found).toContain(number);
    }),
  );
});

test('no entry is missed behind buckets that have none', () => {
  const list = Array.from({ length: 40 }, (_, at): [number, number] => [at < 4 ? 0 : 2 ** 32 - 1, at]);
  for (const [number, found] of find(filled(list), ...list).entries()) expect(found).toEqual([number]);
});

test('nothing is found in a run without entries', () => {
  expect(find(filled([]), [0, 0], [2 ** 32 - 1, 2 ** 32 - 1])).toEqual([[], []]);
});

test('a name that is not there is hardly ever taken for one that may be: about once in two million times', () => {
  const hash = new NameHash([1, 2]);
  const hashOf = (name: string): [number, number] => {
    hash.of(name);
    return [hash.high, hash.low];
  };
  const fingerprints = filled(inOrder(Array.from({ length: 100_000 }, (_, at) => hashOf(`there.${at}`))));
  const others = Array.from({ length: 100_000 }, (_, at) => hashOf(`not.there.${at}`));
  expect(find(fingerprints, ...others).filter((entries) => entries.length > 0).length).toBeLessThan(3);
});

test('an entry that is alike in all bits that are kept is told', () => {
  const fingerprints = filled([[5, 0x01_22_33_44]]);
  // The same bucket, the same lower 24 bits: it may be. Any of those bits differs: it is not.
  expect(find(fingerprints, [9, 0xff_22_33_44], [5, 0x01_23_33_44], [5, 0x01_22_33_45])).toEqual([[0], [], []]);
});

test('the hashes of many names are those of each', () => {
  const hash = new NameHash([3, 4]);
  // Among them one more than it has room for from the beginning, and one more than it then makes.
  for (const length of [1, 1_024, 1_025, 2_051, 9_000]) {
    const names = Array.from({ length }, (_, at) => `r.${at}`);
    const { count, highs, lows } = hash.ofAll(names);
    expect(count).toBe(length);
    const last = names.at(-1) ?? '';
    for (const [at, name] of [...names.entries()].filter(([at]) => at % 10 === 0 || names[at] === last)) {
      hash.of(name);
      expect([highs[at], lows[at]]).toEqual([hash.high, hash.low]);
    }
  }
});

test('names that are much alike have hashes that are not, and another seed gives others', () => {
  const hash = new NameHash([1, 2]);
  const other = new NameHash([1, 3]);
  const seen = new Set<string>();
  const highs = new Set<number>();
  for (let at = 0; at < 200_000; at += 1) {
    hash.of(`orders.${at}`);
    other.of(`orders.${at}`);
    expect(other.high === hash.high && other.low === hash.low).toBe(false);
    seen.add(`${hash.high}/${hash.low}`);
    highs.add(hash.high >>> 16);
  }
  expect(seen.size).toBe(200_000);
  // Spread over all of the upper 16 bits: of 65,536 boxes, 200,000 at random leave 5 % empty.
  expect(highs.size).toBeGreaterThan(61_000);
});
