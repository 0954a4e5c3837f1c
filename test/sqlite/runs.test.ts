import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Block } from '../../src/sqlite/block.ts';
import { BlockCache } from '../../src/sqlite/block-cache.ts';
import { BlockWriter } from '../../src/sqlite/block-writer.ts';
import { ENTRY_WORDS, type Place, placeHigh, placeLow } from '../../src/sqlite/entries.ts';
import { Fingerprints } from '../../src/sqlite/fingerprints.ts';
import { Folding } from '../../src/sqlite/folding.ts';
import { IndexFile } from '../../src/sqlite/index-file.ts';
import { newIndexState } from '../../src/sqlite/index-state.ts';
import { Merge } from '../../src/sqlite/merge.ts';
import { NameHash } from '../../src/sqlite/name-hash.ts';
import { Overlay } from '../../src/sqlite/overlay.ts';
import { Overlays } from '../../src/sqlite/overlays.ts';
import { entriesOfPage, PAGE_ENTRIES, PageWriter, pagesFor } from '../../src/sqlite/pages.ts';
import { type Run, readPages, readRun } from '../../src/sqlite/run.ts';
import { type Likely, Runs } from '../../src/sqlite/runs.ts';
import { accepted, change, DISK_TIMEOUT_MS, freshDirectory } from './world.ts';

vi.setConfig({ testTimeout: DISK_TIMEOUT_MS });

async function freshIndex(): Promise<IndexFile> {
  const file = await IndexFile.create(join(await freshDirectory(), 'index.sqlite'));
  onTestFinished(() => file.close().catch(() => undefined));
  return file;
}

/** So many entries of a commit, with hashes at random, and some that are the same. */
function entriesOf(commit: number, count: number, random: () => number): Uint32Array {
  const overlay = new Overlay(count);
  for (let index = 0; index < count; index += 1) {
    const high = index % 10 === 0 ? 5 : Math.floor(random() * 2 ** 32);
    overlay.set(high, Math.floor(random() * 2 ** 32), placeLow(commit), placeHigh(commit, index));
  }
  return overlay.sorted();
}

async function writeRun(file: IndexFile, id: number, words: Uint32Array): Promise<Run> {
  const entries = words.length / ENTRY_WORDS;
  const writer = new PageWriter(id, 0, pagesFor(entries));
  const fingerprints = new Fingerprints(entries);
  for (let at = 0; at < words.length; at += ENTRY_WORDS) {
    writer.add(words, at);
    fingerprints.add(words[at] ?? 0, words[at + 1] ?? 0);
  }
  const { pages, bytes } = writer.finish();
  await file.insertPages({ run: id, page: 0 }, pages, bytes);
  return { id, entries, fingerprints };
}

function listOf(words: Uint32Array): string[] {
  return Array.from({ length: words.length / ENTRY_WORDS }, (_, at) =>
    words.subarray(at * ENTRY_WORDS, (at + 1) * ENTRY_WORDS).join('/'),
  );
}

test('a merge has all entries of its runs, in order, and leaves them as they are', async () => {
  const counts = fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 500, max: 20_000 })), {
    minLength: 2,
    maxLength: 5,
  });
  await fc.assert(
    fc.asyncProperty(counts, fc.noShrink(fc.integer()), async (sizes, seed) => {
      let state = seed >>> 0;
      const random = () => {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        return state / 2 ** 32;
      };
      const file = await freshIndex();
      const all = sizes.map((size, at) => entriesOf(at + 1, size, random));
      const inputs = await Promise.all(all.map((words, at) => writeRun(file, at + 1, words)));
      const merge = new Merge(file, inputs, 99);
      let output: Run | undefined;
      while (output === undefined) output = await merge.step();
      const pages = await readPages(file, output, 0, pagesFor(output.entries));
      const merged = pages?.flatMap(listOf) ?? [];
      expect([...merged].sort()).toEqual(all.flatMap(listOf).sort());
      // It is what a start takes for whole: in order, page by page.
      const read = await readRun(file, output.id, output.entries);
      expect(read?.fingerprints).toEqual(output.fingerprints);
      for (const run of inputs) expect(await readRun(file, run.id, run.entries)).toBeDefined();
    }),
    { numRuns: 15 },
  );
});

describe('a run that is read again', () => {
  const words = entriesOf(1, 3 * PAGE_ENTRIES, Math.random);

  test('is refused where a page is missing, of another run, or not in order', async () => {
    const file = await freshIndex();
    await writeRun(file, 1, words);
    expect(await readRun(file, 1, 3 * PAGE_ENTRIES)).toBeDefined();
    expect(await readRun(file, 1, 3 * PAGE_ENTRIES + 1)).toBeUndefined();
    expect(await readRun(file, 1, 3 * PAGE_ENTRIES - 1)).toBeUndefined();
    await writeRun(file, 2, Uint32Array.from(words).reverse());
    expect(await readRun(file, 2, 3 * PAGE_ENTRIES)).toBeUndefined();
    const half = words.length / 3;
    const swapped = new Uint32Array([...words.subarray(half, 2 * half), ...words.subarray(0, half)]);
    await writeRun(file, 3, swapped);
    expect(await readRun(file, 3, 2 * PAGE_ENTRIES)).toBeUndefined();
    await file.removePages({ run: 1, page: 0 }, 1);
    expect(await readRun(file, 1, 3 * PAGE_ENTRIES)).toBeUndefined();
  });
});

test('a run in which a hash is there more than once is whole: a register that was saved often, on one page and over its end', async () => {
  const file = await freshIndex();
  const overlay = new Overlay(2 * PAGE_ENTRIES);
  for (let commit = 1; commit <= PAGE_ENTRIES + 1; commit += 1)
    overlay.set(7, 7, placeLow(commit), placeHigh(commit, 0));
  await writeRun(file, 1, overlay.sorted());
  expect((await readRun(file, 1, PAGE_ENTRIES + 1))?.fingerprints.added).toBe(PAGE_ENTRIES + 1);
});

test('a page is taken for itself alone: not for another of its run, whose order nobody looks at once the store is open', () => {
  const writer = new PageWriter(5, 3, 1);
  writer.add(Uint32Array.of(1, 2, placeLow(7), placeHigh(7, 3)), 0);
  const { bytes } = writer.finish();
  expect(entriesOfPage(bytes, 5, 3, 1)?.length).toBe(ENTRY_WORDS);
  expect(entriesOfPage(bytes, 5, 4, 1)).toBeUndefined();
});

test('a page that is gone while a store is open is damage, not a register that was never saved', async () => {
  const file = await freshIndex();
  const hash = new NameHash([1, 2]);
  hash.of('a');
  const run = await writeRun(file, 1, Uint32Array.of(hash.high, hash.low, placeLow(7), placeHigh(7, 3)));
  const placesIn = async (runs: Runs) => {
    const places: Place[] = [];
    const likely: Likely[] = [];
    runs.find(hash.ofAll(['a']), (_, found, entry) => {
      likely.push({ run: found, entry, high: hash.high, low: hash.low, places });
    });
    await runs.readPlaces(likely);
    return places;
  };
  const [warm, cold] = [1, 2].map(() => new Runs(file, newIndexState('store'), [run]));
  const place = { commit: 7, index: 3, isDecided: false };
  expect(await placesIn(warm as Runs)).toEqual([place]);
  await file.removePages({ run: 1, page: 0 }, 1);
  await expect(placesIn(cold as Runs)).rejects.toMatchObject({ code: 'STELE_STORE_CORRUPT' });
  // It was whole when it was read, and what it said never changes.
  expect(await placesIn(warm as Runs)).toEqual([place]);
});

test('runs stay what they were where the file does not take a change of them', async () => {
  const file = await freshIndex();
  const runs = new Runs(file, newIndexState('store'), []);
  const run = await writeRun(file, 1, entriesOf(1, 3, Math.random));
  await file.close();
  await expect(runs.replace([run], { commit: 1, checksum: 1 })).rejects.toThrow();
  expect([runs.all, runs.folded.commit]).toEqual([[], 0]);
});

test('the id of a run is higher than those of all that there are: none of its pages takes the place of another', async () => {
  const file = await freshIndex();
  const run = await writeRun(file, 7, entriesOf(1, 3, Math.random));
  const other = await writeRun(file, 5, entriesOf(2, 3, Math.random));
  const runs = new Runs(file, newIndexState('store'), [run, other]);
  expect([runs.newId(), runs.newId()]).toEqual([8, 9]);
});

test('what is of no run goes, and nothing of those that stay, whatever their ids and their order', async () => {
  const file = await freshIndex();
  for (const id of [1, 9, 10, 11, 100, 101]) await writeRun(file, id, entriesOf(1, 3, Math.random));
  await file.removeAllBut([100, 9, 10]);
  const pages = await Promise.all([1, 9, 10, 11, 100, 101].map((run) => file.readRange({ run, page: 0 }, 2 ** 20)));
  expect(pages.map(({ length }) => length)).toEqual([0, 1, 1, 0, 1, 0]);
});

test('what is asked for of the index is read before it is removed', async () => {
  const file = await freshIndex();
  await writeRun(file, 1, entriesOf(1, PAGE_ENTRIES, Math.random));
  const reading = file.readSome([{ run: 1, page: 0 }]);
  const removing = file.removePages({ run: 1, page: 0 }, 1);
  expect((await reading).length).toBe(1);
  await removing;
  expect((await file.readSome([{ run: 1, page: 0 }])).length).toBe(0);
});

test('a folding that fails says so, lets go who waits for room, and keeps what it could not fold', async () => {
  const file = await freshIndex();
  const hash = new NameHash([1, 2]);
  const overlays = new Overlays(hash, new BlockCache(1_000_000), 2);
  const failures: unknown[] = [];
  const folding = new Folding({
    overlays,
    runs: new Runs(file, newIndexState('store'), []),
    beforeFold: async () => undefined,
    onFailed: (error) => failures.push(error),
  });
  const writer = new BlockWriter();
  writer.add(change('a', accepted('v')), undefined);
  overlays.add(new Block(writer.finish(1, 1, { peers: [], before: 0 })), ['a']);
  expect(overlays.makeRoomFor(2)).toBe(true);
  expect(overlays.makeRoomFor(3)).toBe(false);
  await file.close();
  await folding.room();
  expect(failures.length).toBe(1);
  expect(overlays.makeRoomFor(3)).toBe(false);
  const places: Place[] = [];
  overlays.find(hash.ofAll(['a']), (_, place) => places.push(place));
  expect(places.length).toBe(1);
  await folding.room();
  await folding.end();
});

test('entries are due to be folded after so many commits, few as they are, and nobody waits for it', () => {
  const overlays = new Overlays(new NameHash([1, 2]), new BlockCache(1_000_000), 100, 3);
  for (let commit = 1; commit <= 9; commit += 1) {
    expect(overlays.makeRoomFor(1)).toBe(true);
    expect(overlays.frozen?.last.commit).toBe(commit > 3 ? 3 : undefined);
    const writer = new BlockWriter();
    writer.add(change(`r.${commit}`, accepted('v')), undefined);
    overlays.add(new Block(writer.finish(commit, commit, { peers: [], before: 0 })), [`r.${commit}`]);
  }
  overlays.thaw();
  expect(overlays.makeRoomFor(1)).toBe(true);
  expect(overlays.frozen?.last.commit).toBe(9);
  const writer = new BlockWriter();
  writer.add(change('r.10', accepted('v')), undefined);
  overlays.add(new Block(writer.finish(10, 10, { peers: [], before: 0 })), ['r.10']);
  overlays.thaw();
  // One commit is not as many.
  expect(overlays.makeRoomFor(1)).toBe(true);
  expect(overlays.frozen).toBeUndefined();
});

test('there is room for a save that is larger than what gathers otherwise, whatever it is that has to be folded before', () => {
  const overlays = new Overlays(new NameHash([1, 2]), new BlockCache(1_000_000), 4, 1);
  const save = (commit: number) => {
    const writer = new BlockWriter();
    writer.add(change('a', accepted('v')), undefined);
    overlays.add(new Block(writer.finish(commit, commit, { peers: [], before: 0 })), ['a']);
  };
  // A second save of as many finds the same room, and has nothing folded for it.
  for (const isAnother of [false, true]) expect([isAnother, overlays.makeRoomFor(40)]).toEqual([isAnother, true]);
  save(1);
  // It would fit; what is there has waited for long enough.
  for (const isAnother of [false, true]) expect([isAnother, overlays.makeRoomFor(30)]).toEqual([isAnother, true]);
  expect(overlays.frozen?.last.commit).toBe(1);
  save(2);
  overlays.thaw();
  for (const isAnother of [false, true]) expect([isAnother, overlays.makeRoomFor(50)]).toEqual([isAnother, true]);
  expect(overlays.frozen?.last.commit).toBe(2);
});
