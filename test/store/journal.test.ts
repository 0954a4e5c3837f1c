import { expect, test, vi } from 'vitest';
import { accepted, change, DISK_TIMEOUT_MS, freshStore, openWithParts, withStore } from './world.ts';

vi.setConfig({ testTimeout: DISK_TIMEOUT_MS });

/** So many registers, each in a commit of its own. */
function namesOf(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `r.${at}`);
}

test('registers of more commits than are read at once are all found, each with its own value', async () => {
  const dataDir = await freshStore();
  const names = namesOf(40);
  await withStore(dataDir, async (store) => {
    await Promise.all(names.map((name) => store.save([change(name, accepted(name))])));
    expect(store.commits).toBe(40);
  });
  const loaded = await withStore(dataDir, (store) => store.load(names));
  const values = names.map((name) => Buffer.from(loaded.get(name)?.accepted?.proposal.value ?? []).toString());
  expect(values).toEqual(names);
});

test('a journal is gone through up to the commit that is asked for, and no further', async () => {
  const { store, parts } = await openWithParts(await freshStore());
  for (const name of namesOf(9)) await store.save([change(name, accepted('v'))]);
  const commits: number[] = [];
  for await (const { commit } of parts.journal.after(2, 6)) commits.push(commit);
  expect(commits).toEqual([3, 4, 5, 6]);
});

test('what appends so many commits at once is prepared once, and appends as many each time', async () => {
  const { store, parts } = await openWithParts(await freshStore());
  const prepare = vi.spyOn(parts.database, 'prepare');
  for (const commits of [3, 1, 3, 1, 2, 1]) {
    const before = store.commits;
    await store.save(namesOf(64 * commits).map((name) => change(`${name}.${before}`, accepted('v'))));
    expect(store.commits).toBe(before + commits);
  }
  expect(prepare).toHaveBeenCalledTimes(3);
  expect((await store.load(namesOf(64).map((name) => `${name}.3`))).size).toBe(64);
});
