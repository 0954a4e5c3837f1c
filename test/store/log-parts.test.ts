import { cp, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { beginFreshLog } from '../../src/store/log/fresh-log.ts';
import { holdsCommit } from '../../src/store/log/log-commit.ts';
import { verifyLog } from '../../src/store/log/verify-log.ts';
import { openStore } from '../../src/store/open.ts';
import { Database } from '../../src/store/sqlite/database.ts';
import { codeOf } from './code-of.ts';
import { accepted, change, fileOf, freshDirectory, freshStore, withStore } from './world.ts';

const HEADER_BYTES = 32;
const FRAME_BYTES = 24 + 4_096;

/** A store as kill -9 leaves it: its log begins with a transaction of several frames. */
async function killedStore(): Promise<{ dataDir: string; log: Buffer }> {
  const source = await freshStore();
  const dataDir = await freshDirectory();
  await withStore(source, (store) => store.save([change('a', accepted('1'))]));
  const database = await Database.open(fileOf(source), 'existing');
  await database.exec("PRAGMA locking_mode = EXCLUSIVE; UPDATE identity SET cluster = cluster || ''");
  await database.exec('BEGIN; CREATE TABLE x (a); INSERT INTO x VALUES (randomblob(9000)); DROP TABLE x; COMMIT');
  await cp(source, dataDir, { recursive: true });
  await database.close();
  return { dataDir, log: await readFile(`${fileOf(dataDir)}-wal`) };
}

function isCommit(log: Buffer, frame: number): boolean {
  return log.readUInt32BE(HEADER_BYTES + frame * FRAME_BYTES + 4) !== 0;
}

describe('a log holds a commit', () => {
  /** A log that begins with a transaction of several frames, and how many those are. */
  async function logOfSeveral(): Promise<{ path: string; log: Buffer; frames: number }> {
    const directory = await freshDirectory();
    const path = join(directory, 'some-wal');
    const database = await Database.open(join(directory, 'some'), 'new');
    await database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA wal_checkpoint(TRUNCATE)');
    await database.exec('BEGIN; CREATE TABLE x (a); INSERT INTO x VALUES (randomblob(9000)); COMMIT');
    const log = await readFile(path);
    await database.close();
    let frames = 1;
    while (!isCommit(log, frames - 1)) frames += 1;
    expect(frames).toBeGreaterThan(2);
    return { path, log, frames };
  }

  test('where its first transaction is whole, and only there', async () => {
    const { path, log, frames } = await logOfSeveral();
    const holds = async (bytes: Buffer) => {
      await writeFile(path, bytes);
      return await holdsCommit(path);
    };
    const end = HEADER_BYTES + frames * FRAME_BYTES;
    expect(await holds(log)).toBe(true);
    expect(await holds(log.subarray(0, end))).toBe(true);
    for (const bytes of [end - 1, end - FRAME_BYTES, HEADER_BYTES + FRAME_BYTES, HEADER_BYTES, 31, 0]) {
      expect(await holds(log.subarray(0, bytes))).toBe(false);
    }
    const sums = [16, 20].map((at) => end - FRAME_BYTES + at);
    for (const at of [1, HEADER_BYTES + 1, HEADER_BYTES + 9, HEADER_BYTES + 13, ...sums, end - 1]) {
      const flipped = Buffer.from(log);
      flipped.writeUInt8(flipped.readUInt8(at) ^ 1, at);
      expect(await holds(flipped)).toBe(false);
    }
  });

  test('not where there is none; and where it cannot be told, that is said', async () => {
    const directory = await freshDirectory();
    expect(await holdsCommit(join(directory, 'none'))).toBe(false);
    const loop = join(directory, 'loop');
    await symlink(loop, loop);
    await expect(holdsCommit(loop)).rejects.toThrow(/ELOOP/);
    await expect(verifyLog(loop, loop)).rejects.toThrow(/ELOOP/);
  });
});

/** A log of two transactions of several frames each, beside a file that has both. */
async function twoTransactions(pageBytes = 4_096) {
  const directory = await freshDirectory();
  const file = join(directory, 'some');
  const frameBytes = 24 + pageBytes;
  const database = await Database.open(file, 'new');
  await database.exec(`PRAGMA page_size = ${pageBytes}; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL`);
  await database.exec('PRAGMA wal_autocheckpoint = 0; CREATE TABLE x (a); PRAGMA wal_checkpoint(TRUNCATE)');
  const insert = `INSERT INTO x VALUES (randomblob(${6 * pageBytes}))`;
  await database.exec(insert);
  const firstBytes = (await readFile(`${file}-wal`)).length;
  await database.exec(insert);
  const log = await readFile(`${file}-wal`);
  await database.close();
  return { file, path: `${file}-wal`, log, frameBytes, first: (firstBytes - HEADER_BYTES) / frameBytes };
}

describe('a log of which a power cut took part of the last transaction is whole', () => {
  test('though frames behind what it took are there, and older ones behind the last', async () => {
    const { file, path, log, frameBytes, first } = await twoTransactions();
    log.fill(0, HEADER_BYTES + first * frameBytes, HEADER_BYTES + (first + 1) * frameBytes);
    await writeFile(path, log);
    expect(await codeOf(verifyLog(path, file))).toBe('no error');
    const older = Buffer.from(log.subarray(HEADER_BYTES, HEADER_BYTES + 2 * frameBytes));
    for (const frame of [0, 1]) older.writeUInt32BE(7, frame * frameBytes + 8);
    await writeFile(path, Buffer.concat([log, older]));
    expect(await codeOf(verifyLog(path, file))).toBe('no error');
  });

  test('and is damaged in its first frame that is not as it was written, where a commit came later', async () => {
    const { file, path, log, frameBytes } = await twoTransactions();
    for (const frame of [1, 2])
      log.fill(7, HEADER_BYTES + frame * frameBytes + 100, HEADER_BYTES + frame * frameBytes + 200);
    await writeFile(path, log);
    await expect(verifyLog(path, file)).rejects.toThrow(/its frame 1 is not as it was written/);
  });
});

test('a log is looked at from its beginning to its end, however long it is', async () => {
  const directory = await freshDirectory();
  const file = join(directory, 'some');
  const path = `${file}-wal`;
  const database = await Database.open(file, 'new');
  await database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0');
  await database.exec('CREATE TABLE x (a)');
  for (const _ of ['first', 'second', 'last']) await database.exec('INSERT INTO x VALUES (zeroblob(1300000))');
  const log = await readFile(path);
  await database.close();
  await writeFile(path, log);
  expect(await codeOf(verifyLog(path, file))).toBe('no error');
  for (const frame of [0, 255, 256, 257, 511, 512, 513, 600]) {
    const damaged = Buffer.from(log);
    damaged.writeUInt8(1, HEADER_BYTES + frame * FRAME_BYTES + 4_000);
    await writeFile(path, damaged);
    await expect(verifyLog(path, file)).rejects.toThrow(`its frame ${frame} is not as it was written`);
  }
});

describe('a fresh log is not begun', () => {
  async function databaseIn(directory: string, sql: string): Promise<Database> {
    const database = await Database.open(join(directory, 'some'), 'new');
    onTestFinished(() => database.close());
    await database.exec(sql);
    return database;
  }

  test('where the file has none', async () => {
    const directory = await freshDirectory();
    const database = await databaseIn(directory, 'CREATE TABLE x (a)');
    expect(await codeOf(beginFreshLog(database, join(directory, 'some')))).toBe('STELE_STORE_FAILED');
  });

  test('where somebody else still reads the old one', async () => {
    const directory = await freshDirectory();
    const database = await databaseIn(
      directory,
      'PRAGMA busy_timeout = 0; PRAGMA journal_mode = WAL; CREATE TABLE x (a)',
    );
    const other = await databaseIn(directory, 'BEGIN; SELECT count(*) FROM x');
    expect(await codeOf(beginFreshLog(database, join(directory, 'some')))).toBe('STELE_STORE_FAILED');
    await other.exec('COMMIT');
    expect(await codeOf(beginFreshLog(database, join(directory, 'some')))).toBe('no error');
  });
});

describe('a log whose header is not whole', () => {
  test('is of no use, and no damage, where nothing is behind it', async () => {
    const { dataDir, log } = await killedStore();
    const before = await freshDirectory();
    await withStore(dataDir, async () => undefined);
    await cp(dataDir, before, { recursive: true });
    await writeFile(`${fileOf(before)}-wal`, log.subarray(0, HEADER_BYTES).fill(7, 20));
    expect(await codeOf(openStore({ dataDir: before }).then((store) => store.close()))).toBe('no error');
  });

  test.each([4_096, 65_536])(
    'is no damage where the file has all that it commits, of pages of %i bytes',
    async (pageBytes) => {
      const { file, path, log, frameBytes, first } = await twoTransactions(pageBytes);
      const whole = Buffer.from(log);
      const torn = log.fill(7, 20, HEADER_BYTES);
      await writeFile(path, torn);
      expect(await codeOf(verifyLog(path, file))).toBe('no error');
      // With the first transaction alone in the file: the second is missing, unless it was never committed.
      const firstOnly = join(await freshDirectory(), 'some');
      const bytes = await readFile(file);
      for (let frame = first; HEADER_BYTES + frame * frameBytes < whole.length; frame += 1) {
        const page = whole.readUInt32BE(HEADER_BYTES + frame * frameBytes);
        bytes.fill(0, (page - 1) * pageBytes, page * pageBytes);
      }
      for (let frame = 0; frame < first; frame += 1) {
        const at = HEADER_BYTES + frame * frameBytes;
        whole.copy(bytes, (whole.readUInt32BE(at) - 1) * pageBytes, at + 24, at + frameBytes);
      }
      await writeFile(firstOnly, bytes);
      expect(await codeOf(verifyLog(path, firstOnly))).toBe('STELE_STORE_CORRUPT');
      await writeFile(path, torn.subarray(0, torn.length - frameBytes));
      expect(await codeOf(verifyLog(path, firstOnly))).toBe('no error');
    },
  );

  test('is damage beside a file that is too short to tell', async () => {
    const { dataDir, log } = await killedStore();
    await writeFile(`${fileOf(dataDir)}-wal`, log.fill(7, 20, HEADER_BYTES));
    await truncate(fileOf(dataDir), 10);
    expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_CORRUPT');
  });
});
