import { expect, test } from 'vitest';
import { openStore } from '../../src/sqlite/store.ts';
import { accepted, change, freshStore, withStore } from './world.ts';

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
