import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { exists } from '../../src/store/files.ts';
import { LockedFile, StoreLock } from '../../src/store/lock/store-lock.ts';
import { openStore } from '../../src/store/open.ts';
import { Database } from '../../src/store/sqlite/database.ts';
import { codeOf } from './code-of.ts';
import { DISK_TIMEOUT_MS, edit, fileOf, freshStore, withStore } from './world.ts';

vi.setConfig({ testTimeout: DISK_TIMEOUT_MS });

const SQLITE_BYTES = { offset: 2 ** 30, length: 512 };

/** Whether nobody has a lock on these bytes of a file. It costs this process the locks of SQLite on it. */
async function isFree(path: string, bytes: { offset: number; length: number }): Promise<boolean> {
  const file = await LockedFile.open(path, 'r+');
  try {
    return (await codeOf(file.lock(path, bytes))) === 'no error';
  } finally {
    await file.close();
  }
}

/** Somebody who has the store open in SQLite alone, as a shell does. */
async function inSqliteAlone(dataDir: string, sql: string): Promise<Database> {
  const database = await Database.open(fileOf(dataDir), 'existing');
  onTestFinished(() => database.close().catch(() => undefined));
  await database.exec(sql);
  return database;
}

describe('the lock of a store', () => {
  test('is not given while SQLite alone has the store, be it to read, and is free again afterwards', async () => {
    const dataDir = await freshStore();
    await withStore(dataDir, async () => undefined);
    const reader = await inSqliteAlone(dataDir, 'PRAGMA journal_mode = DELETE; BEGIN; SELECT count(*) FROM journal');
    expect(await codeOf(StoreLock.take(fileOf(dataDir)))).toBe('STELE_STORE_LOCKED');
    await reader.close();
    await withStore(dataDir, async ({ identity }) => expect(identity.incarnation).toBe(2));
  });

  test('names this very process where it is the one that has the store in SQLite', async () => {
    const dataDir = await freshStore();
    await inSqliteAlone(dataDir, 'BEGIN EXCLUSIVE');
    await expect(openStore({ dataDir })).rejects.toThrow(
      process.platform === 'linux' ? `This very process (${process.pid})` : /does not tell what/,
    );
  });

  test('names nobody for locks on other files, nor this process for one that had its number', async () => {
    const dataDir = await freshStore();
    await withStore(await freshStore(), () =>
      withStore(dataDir, async () => {
        // Takes SQLite's own lock away.
        await readFile(fileOf(dataDir));
        // A signal to 0 would reach this process and those that were started with it.
        for (const text of ['', ...[process.pid, 0].map((pid) => `process ${pid} on ${hostname()} since 1\n`)]) {
          await writeFile(join(dataDir, 'stele.lock'), text);
          await expect(openStore({ dataDir })).rejects.toThrow(/does not tell what/);
        }
      }),
    );
  });

  test('is asked for without touching the store, which would cost this process the locks of SQLite', async () => {
    const dataDir = await freshStore();
    await withStore(dataDir, async () => {
      expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_LOCKED');
      expect(await isFree(fileOf(dataDir), SQLITE_BYTES)).toBe(false);
    });
  });

  test('is on a byte that nobody reads: where a file is locked, Windows does not let others read it', async () => {
    const dataDir = await freshStore();
    await withStore(dataDir, async () => {
      for (const path of [fileOf(dataDir), join(dataDir, 'stele.lock')]) {
        expect(await isFree(path, { offset: 0, length: 2 ** 30 })).toBe(true);
      }
    });
  });

  test('has its file once that is locked, so that nobody else locks it first', async () => {
    const dataDir = await freshStore();
    const lock = await StoreLock.take(fileOf(dataDir));
    const path = join(dataDir, 'stele.lock');
    const wasThere: boolean[] = [];
    const { lock: take } = LockedFile.prototype;
    const spy = vi.spyOn(LockedFile.prototype, 'lock').mockImplementation(async function (this: LockedFile, ...all) {
      wasThere.push(await exists(path));
      await take.apply(this, all);
    });
    onTestFinished(() => spy.mockRestore());
    await lock.claim();
    await lock.release();
    expect(wasThere).toEqual([false]);
    expect(await exists(path)).toBe(true);
  });

  test('is asked for before anything else: what another process writes is not taken for damage', async () => {
    const dataDir = await freshStore();
    await writeFile(`${fileOf(dataDir)}-wal`, 'half written '.repeat(1_000));
    const lock = await StoreLock.take(fileOf(dataDir));
    expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_LOCKED');
    await lock.release();
    expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_CORRUPT');
  });

  test('has its file left as it is by a start that is refused, whoever is named in it', async () => {
    const dataDir = await freshStore();
    const path = join(dataDir, 'stele.lock');
    await writeFile(path, 'process 1 on another-host since 1\n');
    await edit(dataDir, 'PRAGMA user_version = 7');
    expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_VERSION');
    expect(await readFile(path, 'utf8')).toBe('process 1 on another-host since 1\n');
  });

  test('can be claimed again where its file could not be put in its place', async () => {
    const dataDir = await freshStore();
    const lock = await StoreLock.take(fileOf(dataDir));
    const path = join(dataDir, 'stele.lock');
    await mkdir(join(path, 'something'), { recursive: true });
    expect(await codeOf(lock.claim())).not.toBe('no error');
    await rm(path, { recursive: true });
    expect(await codeOf(lock.claim())).toBe('no error');
    expect(await readFile(path, 'utf8')).toContain(`process ${process.pid} on ${hostname()}`);
    await lock.release();
    expect(await readFile(path, 'utf8')).toBe('');
  });
});
