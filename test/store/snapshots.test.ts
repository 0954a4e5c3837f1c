import { cp, readFile, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { Change } from '../../src/protocol/batch.ts';
import type { RegisterState } from '../../src/protocol/register.ts';
import { SEGMENTS } from '../../src/store/index/keydir.ts';
import { openStore } from '../../src/store/open.ts';
import {
  accepted,
  change,
  DISK_TIMEOUT_MS,
  edit,
  freshDirectory,
  freshStore,
  indexOf,
  openWithParts,
  peek,
  plain,
  withStore,
} from './world.ts';

vi.setConfig({ testTimeout: DISK_TIMEOUT_MS });

const BATCH = 1_000;

function batch(save: number) {
  return Array.from({ length: BATCH }, (_, at) => change(`r.${save}.${at}`, accepted(`${save}/${at}`)));
}

/** How many commits a start goes through that are not in the index. */
async function replayedBy(dataDir: string): Promise<number> {
  let replayed = 0;
  const onReplay = () => {
    replayed += 1;
  };
  await (await openStore({ dataDir, onReplay })).close();
  return replayed;
}

async function segmentsOf(dataDir: string): Promise<{ saved: number; first: number; last: number }> {
  const sql = 'SELECT count(*) AS saved, min(last) AS first, max(last) AS last FROM segments';
  const [row] = await peek(dataDir, sql, indexOf(dataDir));
  return row as { saved: number; first: number; last: number };
}

test('the index is saved in step with the journal, a part of it at a time, while the store is open', async () => {
  const dataDir = await freshStore();
  const killed = await freshDirectory();
  const { store } = await openWithParts(dataDir);
  for (let save = 0; save < 5; save += 1) await store.save(batch(save));
  await vi.waitFor(async () => {
    await cp(dataDir, killed, { recursive: true, force: true });
    expect((await segmentsOf(killed)).saved).toBe(8);
  });
  await withStore(killed, async (again) => {
    const loaded = await again.load([0, 1, 2, 3, 4].flatMap((save) => batch(save).map(({ name }) => name)));
    expect(loaded.size).toBe(5 * BATCH);
    expect((await again.load(batch(5).map(({ name }) => name))).size).toBe(0);
  });
});

test('a close saves all of it, and leaves nothing to the next start', async () => {
  const dataDir = await freshStore();
  await withStore(dataDir, (store) => store.save([change('a', accepted('1'))]));
  expect(await segmentsOf(dataDir)).toEqual({ saved: SEGMENTS, first: 1, last: 1 });
  expect(await replayedBy(dataDir)).toBe(0);
});

test('what blocks noted of peers is in the table before the index covers them, and outlives a crash', async () => {
  const dataDir = await freshStore();
  const { store } = await openWithParts(dataDir);
  await store.savePeer('n2', { storeId: 'of-n2', incarnation: 1, session: 's', enrolled: true, commits: 1 });
  store.notePeerCommits('n2', 7);
  await store.save([change('a', accepted('1'))]);
  for (let save = 0; save < 135; save += 1) await store.save(batch(save));
  await vi.waitFor(
    async () => {
      const crashed = await freshDirectory();
      await cp(dataDir, crashed, { recursive: true });
      expect((await segmentsOf(crashed)).first).toBeGreaterThan(1);
      expect(await peek(crashed, 'SELECT commits FROM peers')).toEqual([{ commits: 7 }]);
    },
    { timeout: DISK_TIMEOUT_MS, interval: 200 },
  );
});

test('an index of which parts are older, damaged or missing gives the same registers as a whole one', async () => {
  const names = fc.constantFrom(...Array.from({ length: 40 }, (_, at) => `r.${at}`));
  const saves = fc.array(fc.uniqueArray(names, { minLength: 1 }), { maxLength: 6 });
  const damages = fc.constantFrom(
    'SELECT 1',
    'DELETE FROM segments WHERE number % 3 = 0',
    "UPDATE segments SET entries = x'00' WHERE number % 2 = 1",
  );
  const lives = fc.array(fc.record({ saves, damage: damages, isMuch: fc.boolean(), goesBack: fc.boolean() }), {
    minLength: 1,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(lives, async (history) => {
      const dataDir = await freshStore();
      const model = new Map<string, RegisterState>();
      for (const [life, { saves: ofLife, damage, isMuch, goesBack }] of history.entries()) {
        const old = await readFile(indexOf(dataDir)).catch(() => undefined);
        await withStore(dataDir, async (store) => {
          for (const [at, one] of ofLife.entries()) await store.save(changesTo(model, one, 10 * life + at + 1));
          if (isMuch) for (const save of [1, 2, 3]) await store.save(batch(1_000 * life + save));
        });
        if (goesBack && old !== undefined) await writeFile(indexOf(dataDir), old);
        await edit(dataDir, damage, indexOf(dataDir));
        await withStore(dataDir, async (store) => {
          expect(plain(await store.load([...model.keys(), 'never.saved']))).toEqual(plain(model));
        });
      }
    }),
    { numRuns: 15 },
  );
});

/** Changes of these registers to states of a round, which the model then has. */
function changesTo(model: Map<string, RegisterState>, names: readonly string[], round: number): Change[] {
  return names.map((name) => {
    const after = accepted(`${round}`, `op-${round}`, round);
    const one = change(name, after, model.get(name));
    model.set(name, after);
    return one;
  });
}

test('nobody else changes the index while its store is open', async () => {
  const dataDir = await freshStore();
  await withStore(dataDir, async (store) => {
    await store.save([change('a', accepted('v'))]);
    await expect(edit(dataDir, 'DELETE FROM segments', indexOf(dataDir))).rejects.toThrow(/SQLITE_BUSY/);
  });
});
