import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Block } from '../../src/sqlite/block.ts';
import { BlockCache } from '../../src/sqlite/block-cache.ts';
import { BlockWriter } from '../../src/sqlite/block-writer.ts';
import type { Place } from '../../src/sqlite/entries.ts';
import { Folding } from '../../src/sqlite/folding.ts';
import { IndexFile } from '../../src/sqlite/index-file.ts';
import { newIndexState } from '../../src/sqlite/index-state.ts';
import { RUNS_MAX } from '../../src/sqlite/merge-plan.ts';
import { NameHash } from '../../src/sqlite/name-hash.ts';
import { Overlays } from '../../src/sqlite/overlays.ts';
import { readRun } from '../../src/sqlite/run.ts';
import { type Likely, Runs } from '../../src/sqlite/runs.ts';
import { accepted, change, DISK_TIMEOUT_MS, freshDirectory } from './world.ts';

vi.setConfig({ testTimeout: DISK_TIMEOUT_MS });

const NOTES_MS = 200;

/** An index without a journal: commits are taken in, folded and merged as in a store, one step of a test at a time. */
async function indexWorld() {
  const file = await IndexFile.create(join(await freshDirectory(), 'index.sqlite'));
  onTestFinished(() => file.close().catch(() => undefined));
  const hash = new NameHash([1, 2]);
  const cache = new BlockCache(100_000_000);
  const overlays = new Overlays(hash, cache);
  const runs = new Runs(file, newIndexState('store'), []);
  const folded: number[] = [];
  const failures: unknown[] = [];
  const input = {
    overlays,
    runs,
    beforeFold: async (commit: number) => void folded.push(commit),
    onFailed: (error: unknown) => void failures.push(error),
  };
  const folding = new Folding(input);
  onTestFinished(() => folding.end());
  // One that has ended only folds what it is told to: it neither rests nor merges.
  const ended = new Folding(input);
  await ended.end();
  let commit = 0;

  function save(names: readonly string[]): Block {
    commit += 1;
    const writer = new BlockWriter();
    for (const name of names) writer.add(change(name, accepted('v')), undefined);
    const block = new Block(writer.finish(commit, 0, { peers: [], before: 0 }));
    cache.set(block);
    overlays.add(block, names);
    return block;
  }

  function saveMany(entries: number): string[] {
    const names = Array.from({ length: entries }, (_, at) => `r.${commit}.${at}`);
    save(names);
    return names;
  }

  /** Makes one run of so many registers, before anything else is folded or merged. */
  async function makeRun(entries: number): Promise<string[]> {
    const names = saveMany(entries);
    await ended.foldRest();
    return names;
  }

  /** Makes one run more of what was saved, while others are merged. */
  async function fold(): Promise<void> {
    overlays.freeze();
    await folding.room();
  }

  /** Where the index says that each is. */
  async function placesOf(names: readonly string[]): Promise<Place[][]> {
    const places = names.map((): Place[] => []);
    const hashes = hash.ofAll(names);
    const likely: Likely[] = [];
    overlays.find(hashes, (at, place) => places[at]?.push(place));
    runs.find(hashes, (at, run, entry) => {
      likely.push({ run, entry, high: hashes.highs[at] ?? 0, low: hashes.lows[at] ?? 0, places: places[at] ?? [] });
    });
    await runs.readPlaces(likely);
    return places;
  }

  const sizes = () => runs.all.map(({ entries }) => entries);
  return { file, overlays, runs, folding, ended, folded, failures, save, saveMany, makeRun, fold, placesOf, sizes };
}

function withoutTime(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
}

describe('who waits for room', () => {
  test('is let go at once where nothing is frozen', async () => {
    const { folding } = await indexWorld();
    await folding.room();
  });

  test('waits for no pause, neither one that has begun nor those between the steps of a merge that is due before', async () => {
    const { file, overlays, folding, makeRun, save, sizes } = await indexWorld();
    for (let run = 0; run < RUNS_MAX; run += 1) await makeRun(1);
    save(['late']);
    overlays.freeze();
    withoutTime();
    folding.start();
    await folding.room();
    // It was folded once the runs had become few.
    expect(sizes()).toEqual([RUNS_MAX, 1]);
    // It rests by now.
    await file.readState();
    save(['later']);
    overlays.freeze();
    folding.start();
    await folding.room();
    expect(sizes()).toEqual([RUNS_MAX, 1, 1]);
  });
});

describe('what is frozen', () => {
  test('waits for notes for 0.2 s, and takes those along that come meanwhile', async () => {
    const { file, overlays, folding, folded, save, placesOf, sizes } = await indexWorld();
    const block = save(['a', 'b']);
    overlays.freeze();
    withoutTime();
    folding.start();
    await vi.advanceTimersByTimeAsync(NOTES_MS - 1);
    expect(folded).toEqual([]);
    overlays.noteDecided(1, [block], ['b']);
    await vi.advanceTimersByTimeAsync(1);
    expect(folded).toEqual([1]);
    await folding.room();
    expect(sizes()).toEqual([2]);
    expect((await placesOf(['a', 'b'])).flat().map(({ isDecided }) => isDecided)).toEqual([false, true]);
    save(['c']);
    overlays.freeze();
    await folding.room();
    // Nobody waits for room any more: it rests again.
    save(['d']);
    overlays.freeze();
    folding.start();
    for (let look = 0; look < 5; look += 1) await file.readState();
    expect(folded).toEqual([1, 2]);
  });

  test('is folded although it was frozen in the moment in which there was nothing more to do', async () => {
    const { overlays, folding, save } = await indexWorld();
    save(['a']);
    folding.start();
    overlays.freeze();
    folding.start();
    await vi.waitFor(() => expect(overlays.frozen).toBeUndefined(), { timeout: DISK_TIMEOUT_MS });
  });
});

describe('an end', () => {
  test('waits for the step that is under way', async () => {
    const { overlays, folding, save, sizes } = await indexWorld();
    save(['a']);
    overlays.freeze();
    folding.start();
    await folding.end();
    expect([sizes(), overlays.frozen]).toEqual([[1], undefined]);
  });

  test('waits for no other step', async () => {
    const { folding, makeRun, sizes } = await indexWorld();
    for (let run = 0; run < 4; run += 1) await makeRun(5_000);
    folding.start();
    await folding.end();
    expect(sizes()).toEqual([5_000, 5_000, 5_000, 5_000]);
  });

  test('leaves in memory what would be one run too many, however often a store is opened and closed', async () => {
    const { ended, makeRun, placesOf, save, sizes } = await indexWorld();
    for (let run = 0; run < RUNS_MAX; run += 1) await makeRun(1);
    save(['late']);
    await ended.foldRest();
    expect(sizes().length).toBe(RUNS_MAX);
    expect((await placesOf(['late'])).flat().length).toBe(1);
  });
});

test('merges make one of the last runs, one merge after the other, and nothing is left of what they were made of', async () => {
  const { file, runs, folding, makeRun, saveMany, fold, sizes } = await indexWorld();
  const large = 20_000;
  for (const entries of [large, 1, 1, 1, 1]) await makeRun(entries);
  folding.start();
  await vi.waitFor(() => expect(sizes()).toEqual([large, 4]), { timeout: DISK_TIMEOUT_MS });
  for (const entries of [1, 1, 2 * large]) {
    saveMany(entries);
    await fold();
  }
  await vi.waitFor(() => expect(sizes()).toEqual([3 * large + 6]), { timeout: DISK_TIMEOUT_MS });
  await folding.end();
  const [last] = runs.all;
  const left = await Promise.all(
    Array.from({ length: last?.id ?? 0 }, (_, run) => file.readRange({ run, page: 0 }, 2 ** 19)),
  );
  expect(left.flat()).toEqual([]);
});

test('a page that is damaged when its run is merged is found: no merge goes on without it', async () => {
  const { file, folding, failures, makeRun, sizes } = await indexWorld();
  for (let run = 0; run < 4; run += 1) await makeRun(1_000);
  await file.removePages({ run: 3, page: 1 }, 1);
  folding.start();
  await vi.waitFor(() => expect(failures).toMatchObject([{ code: 'STELE_STORE_CORRUPT' }]), {
    timeout: DISK_TIMEOUT_MS,
  });
  expect(sizes()).toEqual([1_000, 1_000, 1_000, 1_000]);
});

test('before and after each step the file is what a start takes for whole, and everything that was saved is found', async () => {
  const { file, runs, folding, makeRun, save, saveMany, fold, placesOf, sizes } = await indexWorld();
  const names = (await makeRun(17_000)).filter((_, at) => at % 50 === 0);
  for (let run = 0; run < 3; run += 1) names.push(...(await makeRun(1)));

  async function expectWhole(): Promise<void> {
    // In memory or in the file, and, between the two, in both.
    const places = await placesOf(names);
    expect(names.filter((_, at) => places[at]?.length === 0)).toEqual([]);
    const state = await file.readState();
    for (const { id, entries } of state?.runs ?? []) expect(await readRun(file, id, entries)).toBeDefined();
  }

  for (const method of ['insertPages', 'writeState', 'removePages'] as const) {
    const real = file[method].bind(file) as (...parameters: unknown[]) => Promise<void>;
    vi.spyOn(file, method).mockImplementation(async (...parameters: unknown[]) => {
      await expectWhole();
      await real(...parameters);
      await expectWhole();
    });
  }
  for (const late of ['a', 'b']) {
    save([late]);
    names.push(late);
    await fold();
  }
  await vi.waitFor(() => expect(sizes()).toEqual([17_000, 4, 1]), { timeout: DISK_TIMEOUT_MS });
  names.push(...saveMany(17_000).filter((_, at) => at % 50 === 0));
  await fold();
  await vi.waitFor(() => expect(sizes()).toEqual([34_005]), { timeout: DISK_TIMEOUT_MS });
  await folding.end();
  expect(runs.folded.commit).toBe(7);
});
