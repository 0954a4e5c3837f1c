import { open, readFile, truncate, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../../src/sqlite/store.ts';
import { codeOf } from './code-of.ts';
import { accepted, change, edit, fileOf, freshDirectory, freshStore, withStore } from './world.ts';

const MARK = 'a value that is easy to find in the file';

/** A closed store with a decided register, `marked`, one with a promise only, `promised`, and a peer. */
async function filledStore(): Promise<string> {
  const dataDir = await freshStore();
  await withStore(dataDir, async (store) => {
    const state = accepted(MARK, 'op-1', 7);
    await store.save([change('marked', { ...state, decided: true }), change('promised', { ...state, accepted: null })]);
    await store.savePeer('n2', { storeId: 'other', incarnation: 1, session: 'session', enrolled: true, commits: 5 });
    await store.save(Array.from({ length: 500 }, (_, at) => change(`filler.${at}`, accepted(Buffer.alloc(100, at)))));
  });
  return dataDir;
}

describe('a store with a row that is not as it was written does not open: no register ever reads as untouched for it', () => {
  test.each([
    ['its value changed', "UPDATE registers SET value = x'00' WHERE name = 'marked'"],
    ['its value emptied', "UPDATE registers SET value = x'' WHERE name = 'marked'"],
    ['its value gone', "UPDATE registers SET value = NULL WHERE name = 'marked'"],
    ['its acceptance gone', "UPDATE registers SET accepted = NULL, op_id = NULL, value = NULL WHERE name = 'marked'"],
    ['its acceptance at another ballot', "UPDATE registers SET accepted = '6/n1/1' WHERE name = 'marked'"],
    ['another operation', "UPDATE registers SET op_id = 'op-2' WHERE name = 'marked'"],
    ['a lower promise', "UPDATE registers SET promised = '1/n1/1' WHERE name = 'marked'"],
    ['no promise', "UPDATE registers SET promised = '0' WHERE name = 'marked'"],
    ['its decision forgotten', "UPDATE registers SET decided = 0 WHERE name = 'marked'"],
    ['another name', "UPDATE registers SET name = 'marked.' WHERE name = 'marked'"],
    ['its row gone', "DELETE FROM registers WHERE name = 'marked'"],
    ['another checksum', "UPDATE registers SET checksum = checksum + 1 WHERE name = 'marked'"],
    [
      "another register's row in its place",
      `UPDATE registers SET (promised, accepted, op_id, value, decided, checksum) =
      (SELECT promised, accepted, op_id, value, decided, checksum FROM registers WHERE name = 'promised')
      WHERE name = 'marked'`,
    ],
  ])('%s', async (_, sql) => {
    const dataDir = await filledStore();
    await edit(dataDir, sql);
    expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_CORRUPT');
  });

  test('a row copied under another name', async () => {
    const dataDir = await filledStore();
    await edit(
      dataDir,
      `INSERT INTO registers SELECT 'copied', promised, accepted, op_id, value, decided, checksum
       FROM registers WHERE name = 'marked'`,
    );
    expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_CORRUPT');
  });

  test.each([
    ['a value', MARK],
    ['a name', 'filler.250'],
  ])('one bit of %s flipped on the disk', async (_, text) => {
    const dataDir = await filledStore();
    const at = (await readFile(fileOf(dataDir))).indexOf(text);
    expect(at).toBeGreaterThan(0);
    await flipBit(fileOf(dataDir), at + 3);
    expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_CORRUPT');
  });
});

describe('a store does not open when', () => {
  test.each([
    ['its incarnation was set back', 'UPDATE identity SET incarnation = incarnation - 1'],
    ['its id was changed', "UPDATE identity SET store_id = 'another'"],
    ['it was given to another member', "UPDATE identity SET member = 'n2'"],
    ['its membership was changed', `UPDATE identity SET members = '["n1"]'`],
    ['its commits were set back', 'UPDATE identity SET commits = 0'],
    ['its count of registers was changed', 'UPDATE identity SET registers = 0'],
    ['its identity is gone', 'DELETE FROM identity'],
    ["a peer's store id was changed", "UPDATE peers SET store_id = 'another'"],
    ["a peer's record was given to another", "UPDATE peers SET member = 'n3'"],
    ["a peer's commits were set back", 'UPDATE peers SET commits = 0'],
    ['a table is gone', 'DROP TABLE registers'],
    ['a table was added', 'CREATE TABLE more (one INTEGER)'],
    ['a trigger was added', 'CREATE TRIGGER t AFTER INSERT ON registers BEGIN DELETE FROM peers; END'],
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
    await edit(dataDir, 'PRAGMA user_version = 2; CREATE TABLE journal (batch BLOB)');
    await expect(openStore({ dataDir })).rejects.toMatchObject({ code: 'STELE_STORE_VERSION' });
    await expect(openStore({ dataDir })).rejects.toThrow(/schema 2; this one knows up to 1/);
  });
});

describe('a refused file is left as it was, to the byte:', () => {
  let foreign: Buffer;
  beforeAll(async () => {
    foreign = Buffer.alloc(8_192, 'not a database ');
  });

  test.each([
    ['another SQLite file', 'PRAGMA application_id = 1; PRAGMA journal_mode = DELETE'],
    ['a later version', 'PRAGMA user_version = 2; PRAGMA journal_mode = DELETE'],
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
