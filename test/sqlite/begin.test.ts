import { mkdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { begin } from '../../src/sqlite/begin.ts';
import { checkStore } from '../../src/sqlite/check.ts';
import { Database } from '../../src/sqlite/database.ts';
import { openStore } from '../../src/sqlite/store.ts';
import { StoreLock } from '../../src/sqlite/store-lock.ts';
import { snapshotOf } from '../support/snapshot.ts';
import { codeOf } from './code-of.ts';
import { accepted, change, DISK_TIMEOUT_MS, fileOf, freshStore, indexOf, withStore } from './world.ts';

vi.setConfig({ testTimeout: DISK_TIMEOUT_MS });

test('a start that SQLite refuses at the last moment has written nothing', async () => {
  const dataDir = await freshStore();
  const file = fileOf(dataDir);
  const before = await snapshotOf(dataDir);
  const lock = await StoreLock.take(file);
  onTestFinished(() => lock.release());
  const checked = await checkStore(file, lock);
  // Somebody who knows of SQLite's lock only takes it between the check and the start.
  lock.leaveToSqlite();
  const other = await Database.open(file, 'existing');
  onTestFinished(() => other.close());
  await other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT');
  const starting = begin(file, lock, checked, { cacheBytesMax: 1_000, onReplay: () => undefined });
  await expect(starting).rejects.toThrow(/SQLITE_BUSY/);
  expect(await snapshotOf(dataDir)).toEqual(before);
});

test('a start that cannot say who has the store has written nothing, and lets the store go', async () => {
  const dataDir = await freshStore();
  await mkdir(join(dataDir, 'stele.lock.new'));
  const before = await snapshotOf(dataDir);
  for (const _ of ['once', 'and again']) expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_FAILED');
  expect(await snapshotOf(dataDir)).toEqual(before);
  await rmdir(join(dataDir, 'stele.lock.new'));
  await withStore(dataDir, async ({ identity }) => expect(identity.incarnation).toBe(1));
});

test('a start that fails while it goes through the journal lets the store and its index go', async () => {
  const dataDir = await freshStore();
  await withStore(dataDir, (store) => store.save([change('a', accepted('1'))]));
  await rm(indexOf(dataDir));
  const onReplay = () => {
    throw new Error('of the caller');
  };
  for (const _ of ['once', 'and again']) {
    expect(await codeOf(openStore({ dataDir, onReplay }))).toBe('STELE_STORE_FAILED');
  }
  await withStore(dataDir, async (store) => expect((await store.load(['a'])).size).toBe(1));
});
