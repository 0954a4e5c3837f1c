import { cp, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { describe, expect, test, vi } from 'vitest';
import { readIndex } from '../../src/store/index/index-open.ts';
import { SEGMENTS } from '../../src/store/index/keydir.ts';
import { openStore } from '../../src/store/open.ts';
import { Database } from '../../src/store/sqlite/database.ts';
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
  peek,
  withStore,
} from './world.ts';

vi.setConfig({ testTimeout: DISK_TIMEOUT_MS });

const SAVES = 3;
const BATCH = 700;
/** A save of so many is cut into commits of 64. */
const COMMITS = SAVES * 11;

function nameOf(save: number, at: number): string {
  return `r.${save}.${at}`;
}

/** A closed store of three saves, whose index is whole. */
async function indexedStore(): Promise<string> {
  const dataDir = await freshStore();
  await withStore(dataDir, async (store) => {
    for (let save = 1; save <= SAVES; save += 1) {
      await store.save(Array.from({ length: BATCH }, (_, at) => change(nameOf(save, at), accepted(`${save}/${at}`))));
    }
  });
  const [row] = await peek(dataDir, 'SELECT count(*) AS segments, min(last) AS last FROM segments', indexOf(dataDir));
  expect(row).toEqual({ segments: SEGMENTS, last: COMMITS });
  return dataDir;
}

/** Every register is there, and none that is not; how many commits were gone through to know that. */
async function expectWhole(dataDir: string): Promise<number> {
  let replayed = 0;
  const store = await openStore({
    dataDir,
    onReplay: ({ commit, lastCommit }) => {
      expect(lastCommit).toBe(COMMITS);
      expect(commit).toBe(COMMITS - lastCommit + commit);
      replayed += 1;
    },
  });
  try {
    expect([store.commits, store.registers]).toEqual([COMMITS, SAVES * BATCH]);
    for (let save = 1; save <= SAVES; save += 1) {
      const loaded = await store.load(Array.from({ length: BATCH }, (_, at) => nameOf(save, at)));
      const values = Array.from(loaded.values(), ({ accepted: held }) =>
        Buffer.from(held?.proposal.value ?? []).toString(),
      );
      expect(values.sort()).toEqual(Array.from({ length: BATCH }, (_, at) => `${save}/${at}`).sort());
    }
    expect((await store.load(Array.from({ length: BATCH }, (_, at) => nameOf(4, at)))).size).toBe(0);
  } finally {
    await store.close();
  }
  return replayed;
}

test('a whole index is taken as it is: nothing of the journal is gone through again', async () => {
  expect(await expectWhole(await indexedStore())).toBe(0);
});

describe('an index that is not as it was written is rebuilt from the journal, and nothing reads as untouched for it:', () => {
  test.each([
    ['its state changed', "UPDATE state SET state = replace(state, 'seed', 'sead')"],
    ['its state gone', 'DELETE FROM state'],
    ['its state another kind of thing', "UPDATE state SET state = 'nonsense'"],
    [
      'a segment changed',
      "UPDATE segments SET entries = CAST(substr(entries, 1, 90) || 'x' || substr(entries, 92) AS BLOB) WHERE number = 7",
    ],
    ['a segment cut', 'UPDATE segments SET entries = substr(entries, 1, 64) WHERE number = 255'],
    ['the last segment gone', 'DELETE FROM segments WHERE number = 255'],
    ['the first segment gone', 'DELETE FROM segments WHERE number = 0'],
    ['all segments gone', 'DELETE FROM segments'],
    [
      'a segment in place of all others',
      'UPDATE segments SET (entries, checksum) = (SELECT entries, checksum FROM segments LIMIT 1)',
    ],
    ['a segment moved', 'UPDATE segments SET number = number + 5 WHERE number = 255'],
    ['a segment that says that it has later commits', 'UPDATE segments SET last = last + 1 WHERE number = 9'],
    ['a table gone', 'DROP TABLE segments'],
    ['another version', 'PRAGMA user_version = 77'],
  ])('%s', async (_, sql) => {
    const dataDir = await indexedStore();
    await edit(dataDir, sql, indexOf(dataDir));
    expect(await expectWhole(dataDir)).toBe(COMMITS);
    expect(await expectWhole(dataDir)).toBe(0);
  });

  test.each([0, 1, 100, 8_192, 30_000])('its file cut to %i bytes', async (bytes) => {
    const dataDir = await indexedStore();
    await truncate(indexOf(dataDir), bytes);
    expect(await expectWhole(dataDir)).toBe(COMMITS);
  });

  test('its file gone, or garbage, or one bit of it flipped', async () => {
    const dataDir = await indexedStore();
    await rm(indexOf(dataDir));
    expect(await expectWhole(dataDir)).toBe(COMMITS);
    await writeFile(indexOf(dataDir), Buffer.alloc(50_000, 'garbage '));
    expect(await expectWhole(dataDir)).toBe(COMMITS);
    const bytes = await readFile(indexOf(dataDir));
    const at = bytes.findLastIndex((byte) => byte !== 0);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    await writeFile(indexOf(dataDir), bytes);
    expect(await expectWhole(dataDir)).toBe(COMMITS);
  });

  test('logs of both kinds beside it, as a power cut may leave them when it has just been made anew', async () => {
    const dataDir = await indexedStore();
    const cut = await freshDirectory();
    const keep = async (end: string) => await cp(`${indexOf(dataDir)}${end}`, `${indexOf(cut)}${end}`);
    const database = await Database.open(indexOf(dataDir), 'existing');
    await database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; UPDATE state SET state = state');
    await keep('-wal');
    await database.exec('PRAGMA journal_mode = DELETE; PRAGMA cache_spill = 1; PRAGMA cache_size = 1');
    await database.exec(
      'BEGIN; CREATE TABLE x (a); INSERT INTO x WITH RECURSIVE n (i) AS (SELECT 1 UNION SELECT i + 1 FROM n WHERE i < 99) SELECT randomblob(4000) FROM n; UPDATE segments SET entries = zeroblob(8192)',
    );
    for (const end of ['', '-journal']) await keep(end);
    await database.close();
    for (const end of ['', '-wal', '-journal']) await cp(`${indexOf(cut)}${end}`, `${indexOf(dataDir)}${end}`);
    expect(await expectWhole(dataDir)).toBe(COMMITS);
    expect(await expectWhole(dataDir)).toBe(0);
  });

  test("another store's in its place", async () => {
    const dataDir = await indexedStore();
    await cp(indexOf(await indexedStore()), indexOf(dataDir));
    expect(await expectWhole(dataDir)).toBe(COMMITS);
  });

  test('an older one of its own: what came after it is read from the journal', async () => {
    const dataDir = await freshStore();
    await withStore(dataDir, (store) => store.save([change('a', accepted('1'))]));
    const old = await readFile(indexOf(dataDir));
    await withStore(dataDir, (store) => store.save([change('b', accepted('2'))]));
    await writeFile(indexOf(dataDir), old);
    await withStore(dataDir, async (store) => expect((await store.load(['a', 'b'])).size).toBe(2));
  });
});

describe('a store does not open', () => {
  test('with a journal that is older than its index, for it would have forgotten votes', async () => {
    const dataDir = await freshStore();
    await withStore(dataDir, (store) => store.save([change('a', accepted('1'))]));
    const old = await readFile(fileOf(dataDir));
    await withStore(dataDir, (store) => store.save([change('a', accepted('2', 'op', 2), accepted('1'))]));
    await writeFile(fileOf(dataDir), old);
    await expect(openStore({ dataDir })).rejects.toMatchObject({ code: 'STELE_STORE_CORRUPT' });
    await expect(openStore({ dataDir })).rejects.toThrow(/its index knows of commit 2/);
  });

  test('with a journal that is older than its index, though the index has lost a segment', async () => {
    const dataDir = await freshStore();
    await withStore(dataDir, (store) => store.save([change('a', accepted('1'))]));
    const old = await readFile(fileOf(dataDir));
    await withStore(dataDir, (store) => store.save([change('b', accepted('2'))]));
    await writeFile(fileOf(dataDir), old);
    await edit(dataDir, 'DELETE FROM segments WHERE number = 100', indexOf(dataDir));
    expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_CORRUPT');
  });

  test('with a journal that took another course than its index', async () => {
    const dataDir = await freshStore();
    await withStore(dataDir, (store) => store.save([change('a', accepted('1'))]));
    const copy = await freshDirectory();
    await cp(dataDir, copy, { recursive: true });
    await withStore(dataDir, (store) => store.save([change('b', accepted('2'))]));
    await withStore(copy, (store) => store.save([change('c', accepted('3'))]));
    await cp(indexOf(copy), indexOf(dataDir));
    expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_CORRUPT');
  });

  test('where its index cannot be written', async () => {
    const dataDir = await freshStore();
    await mkdir(indexOf(dataDir));
    // Nor is what it cannot read taken for damage: an index that is thrown away tells of no forgotten votes.
    await expect(readIndex(indexOf(dataDir), 'any')).rejects.toThrow(/EISDIR|CANTOPEN/);
    expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_FAILED');
  });
});
