import { open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { codeOf } from './code-of.ts';
import { accepted, change, edit, fileOf, freshDirectory, freshStore, indexOf, withStore } from './world.ts';

const MARK = 'a value that is easy to find in the file';

/** A closed store of three commits: a decided register, `marked`, and one with a promise only; another; and 60 more. */
async function filledStore(): Promise<string> {
  const dataDir = await freshStore();
  await withStore(dataDir, async (store) => {
    const state = accepted(MARK, 'op-1', 7);
    await store.save([change('marked', { ...state, decided: true }), change('promised', { ...state, accepted: null })]);
    await store.savePeer('n2', { storeId: 'other', incarnation: 1, session: 'session', enrolled: true, commits: 5 });
    await store.save([change('between', state)]);
    await store.save(Array.from({ length: 60 }, (_, at) => change(`filler.${at}`, accepted(Buffer.alloc(1_000, at)))));
  });
  return dataDir;
}

describe('a store with a commit that is not as it was written does not open: no register ever reads as untouched for it', () => {
  test.each([
    [
      'its block changed',
      "UPDATE journal SET block = CAST(substr(block, 1, 60) || 'x' || substr(block, 62) AS BLOB) WHERE id = 1",
    ],
    ['its block cut', 'UPDATE journal SET block = substr(block, 1, length(block) - 1) WHERE id = 1'],
    ['its block longer', "UPDATE journal SET block = CAST(block || 'x' AS BLOB) WHERE id = 1"],
    ['its block emptied', "UPDATE journal SET block = x'' WHERE id = 1"],
    ['its row gone, the first', 'DELETE FROM journal WHERE id = 1'],
    ['its row gone, one in the middle', 'DELETE FROM journal WHERE id = 2'],
    ['its row gone, the last', 'DELETE FROM journal WHERE id = 3'],
    ['all rows gone', 'DELETE FROM journal'],
    ['another number', 'UPDATE journal SET id = 4 WHERE id = 3'],
    [
      "another's block in its place",
      'UPDATE journal SET block = (SELECT block FROM journal WHERE id = 3) WHERE id = 2',
    ],
    ['its block a second time', 'INSERT INTO journal SELECT 4, block FROM journal WHERE id = 3'],
    [
      'its place changed with another',
      'UPDATE journal SET id = -2 WHERE id = 2; UPDATE journal SET id = 2 WHERE id = 3; UPDATE journal SET id = 3 WHERE id = -2',
    ],
  ])('%s', async (_, sql) => {
    const dataDir = await filledStore();
    await edit(dataDir, sql);
    expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_CORRUPT');
    // Nor with an index that is made anew from what is left.
    await rm(indexOf(dataDir));
    expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_CORRUPT');
  });

  test.each([
    ['a value', MARK],
    ['a name', 'filler.25'],
  ])('one bit of %s flipped on the disk', async (_, text) => {
    const dataDir = await filledStore();
    const bytes = await readFile(fileOf(dataDir));
    // SQLite leaves older copies of rows where it moved them from: the last one counts.
    const at = bytes.lastIndexOf(text);
    expect(at).toBeGreaterThan(0);
    await flipBit(fileOf(dataDir), at + 3);
    expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_CORRUPT');
  });
});

describe('in a journal that is too long to be read from its beginning to its end', () => {
  test('a commit that is not as it was written opens, and ends the store when it is read: it never reads as untouched', async () => {
    const dataDir = await filledStore();
    await withStore(dataDir, async (store) => {
      await store.save(
        Array.from({ length: 1_100 }, (_, at) => change(`large.${at}`, accepted(Buffer.alloc(65_000, at)))),
      );
    });
    await edit(
      dataDir,
      "UPDATE journal SET block = CAST(substr(block, 1, 60) || 'x' || substr(block, 62) AS BLOB) WHERE id = 1",
    );
    const store = await openStore({ dataDir });
    expect((await store.load(['between', 'filler.7', 'never'])).size).toBe(2);
    expect(await codeOf(store.load(['filler.8', 'marked']))).toBe('STELE_STORE_CORRUPT');
    expect(await codeOf(store.load(['between']))).toBe('STELE_STORE_CORRUPT');
    await store.close();
    await edit(dataDir, 'DELETE FROM journal WHERE id = 2');
    const again = await openStore({ dataDir });
    expect(await codeOf(again.load(['between']))).toBe('STELE_STORE_CORRUPT');
    await again.close();
  });
});

describe('a store does not open when', () => {
  test.each([
    ['its incarnation was set back', 'UPDATE identity SET incarnation = incarnation - 1'],
    ['its id was changed', "UPDATE identity SET store_id = 'another'"],
    ['it was given to another member', "UPDATE identity SET member = 'n2'"],
    ['its membership was changed', `UPDATE identity SET members = '["n1"]'`],
    ['its commits were set back', 'UPDATE identity SET commits = 0'],
    ['its identity is gone', 'DELETE FROM identity'],
    ["a peer's store id was changed", "UPDATE peers SET store_id = 'another'"],
    ["a peer's record was given to another", "UPDATE peers SET member = 'n3'"],
    ["a peer's commits were set back", 'UPDATE peers SET commits = 0'],
    ['a table is gone', 'DROP TABLE journal'],
    ['a table was added', 'CREATE TABLE more (one INTEGER)'],
    ['a trigger was added', 'CREATE TRIGGER t AFTER INSERT ON journal BEGIN DELETE FROM peers; END'],
    ['it is another SQLite file', 'PRAGMA application_id = 1'],
    ['its schema version was set back', 'PRAGMA user_version = 0'],
  ])('%s', async (_, sql) => {
    const dataDir = await filledStore();
    await edit(dataDir, sql);
    expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_CORRUPT');
  });

  test.each([0, 1, 100, 4_096, 20_000])('its file was cut to %i bytes', async (bytes) => {
    const dataDir = await filledStore();
    await truncate(fileOf(dataDir), bytes);
    expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_CORRUPT');
  });

  test('its file is garbage', async () => {
    const dataDir = await freshDirectory();
    await writeFile(fileOf(dataDir), Buffer.alloc(12_288, 'not a database '));
    expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_CORRUPT');
  });
});

describe('a store of a later version', () => {
  test('is refused with both versions named', async () => {
    const dataDir = await filledStore();
    await edit(dataDir, 'PRAGMA user_version = 4; CREATE TABLE fences (batch BLOB)');
    await expect(openStore({ dataDir })).rejects.toMatchObject({ code: 'STELE_STORE_VERSION' });
    await expect(openStore({ dataDir })).rejects.toThrow(/schema 4; this one knows up to 3/);
  });
});

describe('a store from before the first release', () => {
  test('is refused, and says what to do', async () => {
    const dataDir = await filledStore();
    await edit(dataDir, 'PRAGMA user_version = 1');
    await expect(openStore({ dataDir })).rejects.toMatchObject({ code: 'STELE_STORE_VERSION' });
    await expect(openStore({ dataDir })).rejects.toThrow(/schema 1.*make new stores/s);
  });
});

describe('a refused file is left as it was, to the byte:', () => {
  let foreign: Buffer;
  beforeAll(async () => {
    foreign = Buffer.alloc(8_192, 'not a database ');
  });

  test.each([
    ['another SQLite file', 'PRAGMA application_id = 1; PRAGMA journal_mode = DELETE'],
    ['a later version', 'PRAGMA user_version = 4; PRAGMA journal_mode = DELETE'],
    ['a damaged identity', 'UPDATE identity SET incarnation = 9; PRAGMA journal_mode = DELETE'],
  ])('%s', async (_, sql) => {
    const dataDir = await filledStore();
    await edit(dataDir, sql);
    const before = await readFile(fileOf(dataDir));
    expect(await codeOf(openStore({ dataDir }))).toMatch(/^STELE_STORE_(CORRUPT|VERSION)$/);
    expect((await readFile(fileOf(dataDir))).equals(before)).toBe(true);
  });

  test('garbage', async () => {
    const dataDir = await freshDirectory();
    await writeFile(fileOf(dataDir), foreign);
    expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_CORRUPT');
    expect((await readFile(fileOf(dataDir))).equals(foreign)).toBe(true);
  });
});

async function flipBit(file: string, at: number): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, at);
    await handle.write(Buffer.from([byte.readUInt8(0) ^ 1]), 0, 1, at);
  } finally {
    await handle.close();
  }
}
