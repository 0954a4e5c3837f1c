import { cp } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { accepted, change, freshDirectory, freshStore, withStore } from './world.ts';

test('a new store is not enrolled; once it is, it stays so over saves and starts', async () => {
  const dataDir = await freshStore();
  await withStore(dataDir, async (store) => {
    expect(store.enrolled).toBe(false);
    await store.enrol();
    expect(store.enrolled).toBe(true);
    await store.save([change('a', accepted('v'))]);
  });
  const store = await openStore({ dataDir });
  expect(store.enrolled).toBe(true);
  expect(store.registers).toBe(1);
  await store.close();
});

test('an enrolment is on the disk once it is told, so that a crash does not take it', async () => {
  const dataDir = await freshStore();
  const crashed = await freshDirectory();
  await withStore(dataDir, async (store) => {
    await store.enrol();
    await cp(dataDir, crashed, { recursive: true });
  });
  await withStore(crashed, async ({ enrolled }) => expect(enrolled).toBe(true));
});

test('a store that was not enrolled is not for having been closed and opened', async () => {
  const dataDir = await freshStore();
  for (const _ of [1, 2, 3]) await withStore(dataDir, async ({ enrolled }) => expect(enrolled).toBe(false));
});
