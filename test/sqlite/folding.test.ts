import { rm } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { Store } from '../../src/ports.ts';
import type { RegisterState } from '../../src/protocol/register.ts';
import { runsToMerge } from '../../src/sqlite/merge-plan.ts';
import { openStore } from '../../src/sqlite/store.ts';
import { accepted, change, edit, freshStore, indexOf, peek, plain, withStore } from './world.ts';

vi.setConfig({ testTimeout: 120_000 });

describe('more registers than memory keeps', () => {
  const SAVES = 90;
  const BATCH = 5_000;
  /** A save of so many is cut into commits of 64. */
  const SAVE_COMMITS = 79;
  const NOTED = 10;

  const namesOf = (save: number) => Array.from({ length: BATCH }, (_, at) => `r.${save}.${at}`);

  async function fill(store: Store): Promise<void> {
    for (let save = 1; save <= SAVES; save += 1) {
      const names = namesOf(save);
      expect((await store.load(names)).size).toBe(0);
      const commit = await store.save(names.map((name, at) => change(name, accepted(`${save}/${at}`))));
      expect(commit).toBe(save * SAVE_COMMITS);
      store.noteDecided(commit, names.slice(0, NOTED));
    }
  }

  async function expectAll(store: Store, decided: readonly number[]): Promise<void> {
    expect([store.commits, store.registers]).toEqual([SAVES * SAVE_COMMITS, SAVES * BATCH]);
    for (let save = 1; save <= SAVES; save += 7) {
      const loaded = await store.load(namesOf(save));
      expect(loaded.size).toBe(BATCH);
      for (const at of [0, 1, 4_999]) {
        const state = loaded.get(`r.${save}.${at}`);
        expect(Buffer.from(state?.accepted?.proposal.value ?? []).toString()).toBe(`${save}/${at}`);
      }
      const known = [...loaded.values()].filter((state) => state.decided).length;
      expect(decided).toContain(known);
    }
    expect((await store.load(namesOf(SAVES + 1))).size).toBe(0);
  }

  test('are folded in the background, and all of them are found at any time, after a restart, and without the index', async () => {
    const dataDir = await freshStore();
    await withStore(dataDir, async (store) => {
      await fill(store);
      await expectAll(store, [0, NOTED]);
    });
    const [row] = await peek(dataDir, 'SELECT state FROM state', indexOf(dataDir));
    const { folded, runs } = JSON.parse(String(row?.state));
    expect(folded.commit).toBe(SAVES * SAVE_COMMITS);
    expect(runs.reduce((sum: number, run: { entries: number }) => sum + run.entries, 0)).toBe(SAVES * BATCH);
    await withStore(dataDir, (store) => expectAll(store, [NOTED]));
    await rm(indexOf(dataDir));
    const replayed: number[] = [];
    const store = await openStore({ dataDir, onReplay: ({ commit }) => replayed.push(commit) });
    expect(replayed).toEqual(Array.from({ length: SAVES * SAVE_COMMITS }, (_, at) => at + 1));
    // What was noted is in the index only.
    await expectAll(store, [0]);
    await store.close();
  });

  test('in one save, as many as it takes', async () => {
    const many = Array.from({ length: 300_000 }, (_, at) => change(`many.${at}`, accepted('v')));
    const dataDir = await freshStore();
    await withStore(dataDir, async (store) => {
      await store.save([change('before', accepted('v'))]);
      const saving = store.save(many);
      const loading = store.load(['many.299999', 'before']);
      expect(await saving).toBe(1 + Math.ceil(300_000 / 64));
      expect((await loading).size).toBe(2);
      await store.save([change('after', accepted('v'))]);
      expect(store.registers).toBe(300_002);
    });
    await withStore(dataDir, async (store) => {
      expect((await store.load(['many.0', 'many.150000', 'many.299999', 'before', 'after', 'never'])).size).toBe(5);
    });
  });
});

test('a register that is saved again and again has its last state, over any number of runs and merges', async () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const life = fc.array(fc.uniqueArray(name, { minLength: 1 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 9 }), async (lives) => {
      const dataDir = await freshStore();
      const model = new Map<string, RegisterState>();
      let round = 0;
      for (const saves of lives) {
        await withStore(dataDir, async (store) => {
          expect(plain(await store.load(['a', 'b', 'c', 'd', 'e']))).toEqual(plain(model));
          for (const names of saves) {
            round += 1;
            const changes = names.map((one) => change(one, accepted(`${round}`, `op-${round}`, round), model.get(one)));
            for (const { name: one, after } of changes) model.set(one, after);
            await store.save(changes);
          }
          expect(plain(await store.load(['a', 'b', 'c', 'd', 'e']))).toEqual(plain(model));
          expect(store.registers).toBe(model.size);
        });
      }
    }),
    { numRuns: 12 },
  );
});

test('runs become few: each is at least as large as all behind it together, but for some of the last', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 100_000 }), { maxLength: 300 }), (folded) => {
      let runs: number[] = [];
      for (const entries of folded) {
        runs.push(entries);
        const count = runsToMerge(runs);
        const sum = runs.slice(runs.length - count).reduce((total, one) => total + one, 0);
        if (count > 0) runs = [...runs.slice(0, -count), sum];
        expect(runs.length).toBeLessThan(24);
      }
      expect(runs.reduce((sum, one) => sum + one, 0)).toBe(folded.reduce((sum, one) => sum + one, 0));
    }),
  );
});

test('a merge is due of four runs that are alike, and of half of them where there are 24, whatever their sizes', () => {
  expect(
    [
      [5, 5, 5],
      [5, 5, 5, 5],
      [90, 5, 5, 5, 5],
      [90, 5],
    ].map(runsToMerge),
  ).toEqual([0, 4, 4, 0]);
  // Each is larger than all behind it together.
  const unlike = (runs: number) => Array.from({ length: runs }, (_, at) => 2 ** (runs - at));
  expect([23, 24, 25].map((runs) => runsToMerge(unlike(runs)))).toEqual([0, 12, 12]);
});

test('runs of one size are written anew about once each time that they have doubled', () => {
  let runs: number[] = [];
  let written = 0;
  for (let folded = 0; folded < 1_024; folded += 1) {
    runs.push(1);
    const count = runsToMerge(runs);
    if (count === 0) continue;
    const sum = runs.slice(-count).reduce((total, one) => total + one, 0);
    runs = [...runs.slice(0, -count), sum];
    written += sum;
  }
  expect(written / 1_024).toBeLessThan(10);
  expect(runs.length).toBeLessThan(14);
});

test('nobody else changes the index while its store is open', async () => {
  const dataDir = await freshStore();
  await withStore(dataDir, async (store) => {
    await store.save([change('a', accepted('v'))]);
    await expect(edit(dataDir, 'DELETE FROM pages', indexOf(dataDir))).rejects.toThrow(/SQLITE_BUSY/);
  });
});
