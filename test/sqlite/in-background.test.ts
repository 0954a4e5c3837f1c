import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  accepted,
  change,
  DISK_TIMEOUT_MS,
  freshDirectory,
  freshStore,
  indexOf,
  openWithParts,
  peek,
  withStore,
} from './world.ts';

vi.setConfig({ testTimeout: DISK_TIMEOUT_MS });

const N2 = { storeId: 'store-of-n2', incarnation: 1, session: 'session', enrolled: true, commits: 1 };

/** Resolves once what is frozen has been folded. */
async function folded({ parts }: Awaited<ReturnType<typeof openWithParts>>): Promise<void> {
  await vi.waitFor(() => expect(parts.overlays.frozen).toBeUndefined(), { timeout: DISK_TIMEOUT_MS });
}

/** How many entries each run of a closed store's index has. */
async function runsOf(dataDir: string): Promise<number[]> {
  const [row] = await peek(dataDir, 'SELECT state FROM state', indexOf(dataDir));
  return JSON.parse(String(row?.state)).runs.map(({ entries }: { entries: number }) => entries);
}

test('what is frozen is folded although nobody waits for room', async () => {
  const one = await openWithParts(await freshStore());
  await one.store.save([change('a', accepted('1'))]);
  one.parts.overlays.freeze();
  await one.store.save([change('b', accepted('2'))]);
  await folded(one);
  expect(one.parts.runs.folded.commit).toBe(1);
  expect((await one.store.load(['a', 'b'])).size).toBe(2);
});

test('what blocks noted of peers is in the table before they fold away, and outlives a crash', async () => {
  const dataDir = await freshStore();
  const one = await openWithParts(dataDir);
  await one.store.savePeer('n2', N2);
  one.store.notePeerCommits('n2', 7);
  await one.store.save([change('a', accepted('1'))]);
  one.parts.overlays.freeze();
  await one.store.save([change('b', accepted('2'))]);
  await folded(one);
  const crashed = await freshDirectory();
  await cp(dataDir, crashed, { recursive: true });
  await withStore(crashed, async ({ peers }) => expect(peers.get('n2')?.commits).toBe(7));
});

test('what waits to be folded can still be noted as decided, and is at hand', async () => {
  const { store, parts } = await openWithParts(await freshStore());
  const commit = await store.save([change('a', accepted('1')), change('b', accepted('2'))]);
  parts.overlays.freeze();
  store.noteDecided(commit, ['a']);
  expect(Buffer.from(store.recall('a')?.proposal.value ?? []).toString()).toBe('1');
  expect(store.recall('b')).toBeUndefined();
  const states = await store.load(['a', 'b']);
  expect(['a', 'b'].map((name) => states.get(name)?.decided)).toEqual([true, false]);
});

test('saves that wait for room are made before the store closes', async () => {
  const dataDir = await freshStore();
  const { store } = await openWithParts(dataDir, { entriesMax: 2 });
  const saving = [1, 2, 3, 4].map((save) =>
    store.save([change(`a.${save}`, accepted('1')), change(`b.${save}`, accepted('2'))]),
  );
  await store.close();
  expect(await Promise.all(saving)).toEqual([1, 2, 3, 4]);
  expect((await runsOf(dataDir)).reduce((sum, entries) => sum + entries, 0)).toBe(8);
  await withStore(dataDir, async ({ registers }) => expect(registers).toBe(8));
});

test('a store that is closed has nothing left that would go on later', async () => {
  const { store } = await openWithParts(await freshStore(), { entriesMax: 2 });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  for (const save of [1, 2]) {
    await store.save([change(`a.${save}`, accepted('1')), change(`b.${save}`, accepted('2'))]);
  }
  expect(vi.getTimerCount()).toBe(1);
  await store.close();
  expect(vi.getTimerCount()).toBe(0);
});

test('the lock goes last, once nothing of the store is open', async () => {
  const { store, parts } = await openWithParts(await freshStore());
  const release = parts.lock.release.bind(parts.lock);
  let isOpen: boolean | undefined;
  parts.lock.release = async () => {
    isOpen = await parts.database.all('SELECT 1').then(
      () => true,
      () => false,
    );
    await release();
  };
  await store.close();
  expect(isOpen).toBe(false);
});

test('a load has read its places before a merge that ends later removes them', async () => {
  const dataDir = await freshStore();
  await withStore(dataDir, (store) => store.save([change('a', accepted('1'))]));
  const { store, parts } = await openWithParts(dataDir);
  const [run] = parts.runs.all;
  const saving = store.save([change('b', accepted('2'))]);
  const loading = store.load(['a', 'b']);
  await parts.runs.file.removePages({ run: run?.id ?? -1, page: 0 }, 1);
  expect((await loading).size).toBe(2);
  await saving;
});

test('a run that comes while others are merged stays, behind what they became; pages that are of no more use go', async () => {
  const source = await freshStore();
  const dataDir = await freshDirectory();
  const names: string[] = [];
  for (let runs = 0; runs < 4; runs = (await runsOf(source)).length) {
    names.push(`r.${names.length}`);
    await withStore(source, (store) => store.save([change(names.at(-1) ?? '', accepted('1'))]));
  }
  const index = await readFile(indexOf(source));
  await withStore(source, async (store) => {
    await store.save([change('later', accepted('1'))]);
    await cp(source, dataDir, { recursive: true });
  });
  // As it was before that life, which may have begun to merge.
  await rm(`${indexOf(dataDir)}-wal`, { force: true });
  await writeFile(indexOf(dataDir), index);
  expect((await runsOf(dataDir)).length).toBeGreaterThanOrEqual(4);
  const { store, parts } = await openWithParts(dataDir, { isFrozen: true });
  await vi.waitFor(() => expect(parts.runs.all.length).toBe(2), { timeout: DISK_TIMEOUT_MS });
  expect((await store.load([...names, 'later'])).size).toBe(names.length + 1);
  await store.close();
  expect(await runsOf(dataDir)).toEqual([names.length, 1]);
  expect(await peek(dataDir, 'SELECT count(*) AS pages FROM pages', indexOf(dataDir))).toEqual([{ pages: 2 }]);
  await withStore(dataDir, async (again) =>
    expect((await again.load([...names, 'later'])).size).toBe(names.length + 1),
  );
});
