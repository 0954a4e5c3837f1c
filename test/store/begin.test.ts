import { cp, mkdir, readdir, readlink, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { checkStore } from '../../src/store/check.ts';
import { initStore } from '../../src/store/init.ts';
import { StoreLock } from '../../src/store/lock/store-lock.ts';
import { begin, openStore } from '../../src/store/open.ts';
import { Database } from '../../src/store/sqlite/database.ts';
import { INDEX_PRAGMAS, prepare, prepareToRead } from '../../src/store/sqlite/pragmas.ts';
import { snapshotOf } from '../support/snapshot.ts';
import { codeOf } from './code-of.ts';
import {
  accepted,
  change,
  DISK_TIMEOUT_MS,
  edit,
  fileOf,
  freshDirectory,
  freshStore,
  indexOf,
  MEMBERS,
  openWithParts,
  withStore,
} from './world.ts';

vi.setConfig({ testTimeout: DISK_TIMEOUT_MS });

test('a start that SQLite refuses at the last moment has written nothing', async () => {
  const dataDir = await freshStore();
  const file = fileOf(dataDir);
  const before = await snapshotOf(dataDir);
  const lock = await StoreLock.take(file);
  onTestFinished(() => lock.release());
  const checked = await checkStore(file, lock);
  // Somebody who knows of SQLite's lock only reads since the check.
  lock.leaveToSqlite();
  const other = await Database.open(file, 'existing');
  onTestFinished(() => other.close());
  await other.exec('BEGIN; SELECT count(*) FROM journal');
  const starting = begin(file, lock, checked, 1_000, () => undefined);
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

test('what a start found of the journal is remembered by the next one, though the process was killed in between', async () => {
  const source = await freshStore();
  const killed = await freshDirectory();
  const killedAgain = await freshDirectory();
  await withStore(source, async (store) => {
    for (const name of ['a', 'b', 'c']) await store.save([change(name, accepted('1'))]);
    await cp(source, killed, { recursive: true });
  });
  await withStore(killed, async () => cp(killed, killedAgain, { recursive: true }));
  await edit(killedAgain, 'DELETE FROM journal WHERE id = 3');
  await rm(indexOf(killedAgain));
  expect(await codeOf(openStore({ dataDir: killedAgain }))).toBe('STELE_STORE_CORRUPT');
});

test('a path may have characters that a URI gives a meaning', async () => {
  const dataDir = join(await freshDirectory(), 'a?b#c%20d e&mode=memory');
  const killed = join(await freshDirectory(), 'x?y#%3f');
  await initStore({ dataDir, member: 'n1', members: MEMBERS });
  for (const life of [1, 2]) {
    await withStore(dataDir, async (store) => {
      await store.save([change(`r.${life}`, accepted('1'))]);
      await cp(dataDir, killed, { recursive: true });
    });
  }
  for (const directory of [dataDir, killed]) {
    await withStore(directory, async ({ registers }) => expect(registers).toBe(2));
  }
});

test.skipIf(process.platform !== 'linux')(
  'no descriptor is left of a store that was closed, or that was refused',
  async () => {
    const dataDir = await freshStore();
    const openFiles = async () => {
      const paths = await Promise.all(
        (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
      );
      return paths.filter((path) => path.startsWith(dataDir));
    };
    await withStore(dataDir, (store) => store.save([change('a', accepted('1'))]));
    expect(await openFiles()).toEqual([]);
    const killed = await freshDirectory();
    await withStore(dataDir, async (store) => {
      await store.save([change('b', accepted('1'))]);
      await cp(dataDir, killed, { recursive: true });
      const before = await openFiles();
      expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_LOCKED');
      expect(await openFiles()).toEqual(before);
    });
    await rm(dataDir, { recursive: true });
    await cp(killed, dataDir, { recursive: true });
    await withStore(dataDir, async ({ registers }) => expect(registers).toBe(2));
    await edit(dataDir, 'UPDATE identity SET incarnation = 9');
    expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_CORRUPT');
    await writeFile(`${fileOf(dataDir)}-wal`, 'damage '.repeat(1_000));
    expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_CORRUPT');
    expect(await openFiles()).toEqual([]);
  },
);

describe('SQLite works', () => {
  const COMMON = {
    busy_timeout: 0,
    locking_mode: 'exclusive',
    trusted_schema: 0,
    cell_size_check: 1,
    fullfsync: 1,
    cache_size: -4_096,
    journal_mode: 'wal',
  };

  async function settingsOf(database: Database, names: readonly string[]) {
    const values = names.map(async (name) => [name, Object.values((await database.all(`PRAGMA ${name}`))[0] ?? {})[0]]);
    return Object.fromEntries(await Promise.all(values));
  }

  test('on a store with each commit synced, nobody else let in, and damage looked for', async () => {
    const settings = { ...COMMON, synchronous: 2, wal_autocheckpoint: 1_000 };
    const { parts } = await openWithParts(await freshStore());
    expect(await settingsOf(parts.database, Object.keys(settings))).toEqual(settings);
  });

  test('on an index, which can be made anew, with the order of its commits kept', async () => {
    const settings = { ...COMMON, synchronous: 1, wal_autocheckpoint: 256 };
    const database = await Database.open(join(await freshDirectory(), 'index.sqlite'), 'new');
    onTestFinished(() => database.close());
    await prepare(database, INDEX_PRAGMAS);
    expect(await settingsOf(database, Object.keys(settings))).toEqual(settings);
  });

  test('on a store that is only looked at as carefully', async () => {
    const spy = vi.spyOn(Database.prototype, 'exec');
    onTestFinished(() => spy.mockRestore());
    const file = fileOf(await freshStore());
    const lock = await StoreLock.take(file);
    await checkStore(file, lock);
    await lock.release();
    const said = spy.mock.calls.map(([sql]) => sql);
    for (const sql of [
      'locking_mode = EXCLUSIVE',
      'trusted_schema = OFF',
      'cell_size_check = ON',
      'synchronous = FULL',
    ]) {
      expect(said).toContain(`PRAGMA ${sql}`);
    }
  });

  test('on a file that is only read as carefully', async () => {
    const database = await Database.openToRead(fileOf(await freshStore()));
    onTestFinished(() => database.close());
    await prepareToRead(database);
    const settings = { busy_timeout: 0, locking_mode: 'exclusive', trusted_schema: 0, cell_size_check: 1 };
    expect(await settingsOf(database, Object.keys(settings))).toEqual(settings);
  });
});
