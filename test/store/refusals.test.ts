import { cp, mkdir, open, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { initStore } from '../../src/store/init.ts';
import { openStore } from '../../src/store/open.ts';
import { Database } from '../../src/store/sqlite/database.ts';
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
  withStore,
} from './world.ts';

vi.setConfig({ testTimeout: DISK_TIMEOUT_MS });

/** A store of a few commits, with an index of some of them, and a peer. */
async function filledStore(): Promise<string> {
  const dataDir = await freshStore();
  for (const round of [1, 2, 3]) {
    await withStore(dataDir, async (store) => {
      await store.save(Array.from({ length: 100 }, (_, at) => change(`r.${round}.${at}`, accepted(`v.${at}`))));
      await store.savePeer('n2', { storeId: 'other', incarnation: 1, session: 's', enrolled: true, commits: round });
    });
  }
  return dataDir;
}

/** The same change to a store, as a process leaves it that is killed after the commit: it stands in the log only. */
async function editInLog(dataDir: string, sql: string): Promise<string> {
  const killed = await freshDirectory();
  const database = await Database.open(fileOf(dataDir), 'existing');
  await database.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; BEGIN; ${sql}; COMMIT`);
  await cp(dataDir, killed, { recursive: true });
  await database.close();
  return killed;
}

async function expectUnchanged(dataDir: string, code: string): Promise<void> {
  const before = await snapshotOf(dataDir);
  for (const _ of ['once', 'and again']) expect(await codeOf(openStore({ dataDir }))).toBe(code);
  expect(await snapshotOf(dataDir)).toEqual(before);
}

const CORRUPT = 'STELE_STORE_CORRUPT';
const VERSION = 'STELE_STORE_VERSION';

describe('a start changes nothing, whether the store was closed or its process killed, that is refused for', () => {
  test.each([
    ['a later version', 'PRAGMA user_version = 4', VERSION],
    ['an earlier version', 'PRAGMA user_version = 1', VERSION],
    ['no version', 'PRAGMA user_version = 0', CORRUPT],
    ['a file of something else', 'PRAGMA application_id = 1', CORRUPT],
    ['another table', 'CREATE TABLE mine (a)', CORRUPT],
    ['a table that is gone', 'DROP TABLE peers', CORRUPT],
    ['a damaged identity', "UPDATE identity SET member = 'n2'", CORRUPT],
    ['no identity', 'DELETE FROM identity', CORRUPT],
    ['a damaged peer', 'UPDATE peers SET commits = 9', CORRUPT],
    ['a damaged commit', "UPDATE journal SET block = CAST(substr(block, 1, 60) || 'x' AS BLOB) WHERE id = 2", CORRUPT],
    ['a damaged last commit', "UPDATE journal SET block = x'00' WHERE id = 6", CORRUPT],
    ['a missing commit', 'DELETE FROM journal WHERE id = 2', CORRUPT],
    ['a missing end', 'DELETE FROM journal WHERE id > 3', CORRUPT],
    ['a missing beginning', 'DELETE FROM journal WHERE id = 1', CORRUPT],
    ['an empty journal', 'DELETE FROM journal', CORRUPT],
  ])('%s', async (_, sql, code) => {
    const dataDir = await filledStore();
    const killed = await editInLog(dataDir, sql);
    await expectUnchanged(killed, code);
    await expectUnchanged(dataDir, code);
    // Nor is an index made, or one that is of no use put away.
    await writeFile(indexOf(killed), 'no index');
    await expectUnchanged(killed, code);
    await rm(indexOf(killed));
    await expectUnchanged(killed, code);
  });

  test('a journal that lacks what its index knows of', async () => {
    const dataDir = await filledStore();
    const old = await freshDirectory();
    await cp(dataDir, old, { recursive: true });
    await withStore(dataDir, (store) => store.save([change('later', accepted('v'))]));
    await withStore(dataDir, async () => undefined);
    await cp(indexOf(dataDir), indexOf(old));
    await expectUnchanged(old, CORRUPT);
    await expectUnchanged(await editInLog(old, 'UPDATE identity SET incarnation = incarnation'), CORRUPT);
  });

  test('a log that is damaged', async () => {
    const dataDir = await filledStore();
    const killed = await freshDirectory();
    await withStore(dataDir, async (store) => {
      for (const at of [1, 2, 3]) await store.save([change(`s.${at}`, accepted(Buffer.alloc(9_000, at)))]);
      await cp(dataDir, killed, { recursive: true });
    });
    const log = await open(`${fileOf(killed)}-wal`, 'r+');
    await log.write('damage', 5_000);
    await log.close();
    await expectUnchanged(killed, CORRUPT);
  });

  test('a damaged store that has both logs, of which one is of no use', async () => {
    const killed = await editInLog(await filledStore(), "UPDATE identity SET member = 'n2'");
    // As a power cut may leave the one that was done with when the write-ahead log was turned on.
    await writeFile(`${fileOf(killed)}-journal`, Buffer.alloc(512));
    await expectUnchanged(killed, CORRUPT);
  });

  test('a log without a commit beside a store that is damaged', async () => {
    const dataDir = await filledStore();
    const killed = await editInLog(dataDir, 'DELETE FROM identity');
    for (const bytes of [40, 32, 10, 0]) {
      await truncate(`${fileOf(killed)}-wal`, bytes);
      await edit(dataDir, 'DELETE FROM identity');
      await cp(fileOf(dataDir), fileOf(killed));
      await expectUnchanged(killed, CORRUPT);
    }
  });

  test.each([
    ['a file that is no database', (file: string) => writeFile(file, 'something else '.repeat(400)), CORRUPT],
    ['an empty file', (file: string) => truncate(file, 0), CORRUPT],
    ['a file that was cut', (file: string) => truncate(file, 6_000), CORRUPT],
    [
      'a directory in the place of the file',
      async (file: string) => {
        await rm(file);
        await mkdir(file);
      },
      'STELE_STORE_FAILED',
    ],
    [
      'a link that leads nowhere',
      async (file: string) => {
        await rm(file);
        await symlink('nowhere', file);
      },
      'STELE_NO_STORE',
    ],
    [
      'a link that leads to itself',
      async (file: string) => {
        await rm(file);
        await symlink(file, file);
      },
      'STELE_STORE_FAILED',
    ],
    ['a file that is gone', (file: string) => rm(file), 'STELE_NO_STORE'],
  ])('%s', async (_, damage, code) => {
    const dataDir = await filledStore();
    const killed = await editInLog(dataDir, 'UPDATE identity SET incarnation = incarnation');
    await damage(fileOf(dataDir));
    await expectUnchanged(dataDir, code);
    await damage(fileOf(killed));
    await expectUnchanged(killed, code);
  });

  test('a setting that is wrong', async () => {
    const dataDir = await editInLog(await filledStore(), 'UPDATE identity SET incarnation = incarnation');
    const before = await snapshotOf(dataDir);
    expect(await codeOf(openStore({ dataDir, cacheBytesMax: 0 }))).toBe('STELE_BAD_INPUT');
    expect(await snapshotOf(dataDir)).toEqual(before);
  });
});

test('a store as a killed process left it starts, once nothing refuses it', async () => {
  const killed = await editInLog(await filledStore(), 'UPDATE identity SET incarnation = incarnation');
  await withStore(killed, async ({ registers }) => expect(registers).toBe(300));
});

test('a store whose first start was cut short, as it turned the log on, starts', async () => {
  const dataDir = await freshStore();
  const cut = await freshDirectory();
  const database = await Database.open(fileOf(dataDir), 'existing');
  await database.exec(
    'PRAGMA cache_spill = 1; PRAGMA cache_size = 1; BEGIN; UPDATE identity SET incarnation = 9; CREATE TABLE x (a)',
  );
  await database.exec(
    'INSERT INTO x WITH RECURSIVE n (i) AS (SELECT 1 UNION SELECT i + 1 FROM n WHERE i < 99) SELECT randomblob(4000) FROM n',
  );
  await cp(dataDir, cut, { recursive: true });
  await database.exec('ROLLBACK');
  await database.close();
  await withStore(cut, async ({ identity, registers }) => expect([identity.incarnation, registers]).toEqual([1, 0]));
});

describe('an init changes nothing that is refused for', () => {
  const LEFT = ['', '-wal', '-journal'].map((end) => `stele.sqlite${end}`);
  test.each([...LEFT, 'stele-index.sqlite', 'stele-index.sqlite-wal', 'stele.lock'])(
    '%s that is there',
    async (name) => {
      const dataDir = await freshDirectory();
      await writeFile(join(dataDir, name), 'something');
      await writeFile(join(dataDir, 'stele.sqlite.draft-0'), 'an interrupted try');
      const before = await snapshotOf(dataDir);
      expect(await codeOf(initStore({ dataDir, member: 'n1', members: MEMBERS }))).toBe('STELE_STORE_EXISTS');
      expect(await snapshotOf(dataDir)).toEqual(before);
    },
  );

  test('a store that is open', async () => {
    const dataDir = await freshStore();
    await withStore(dataDir, async () => {
      const before = await snapshotOf(dataDir);
      expect(await codeOf(initStore({ dataDir, member: 'n1', members: MEMBERS }))).toBe('STELE_STORE_EXISTS');
      expect(await snapshotOf(dataDir)).toEqual(before);
    });
  });

  test.each([
    ['a bad id', { member: 'n 1', members: ['n 1'] }],
    ['a bad list of members', { member: 'n1', members: ['n2'] }],
  ])('%s', async (_, input) => {
    const above = await freshDirectory();
    const before = await snapshotOf(above);
    expect(await codeOf(initStore({ dataDir: join(above, 'a', 'b'), ...input }))).toBe('STELE_BAD_INPUT');
    expect(await snapshotOf(above)).toEqual(before);
  });
});
