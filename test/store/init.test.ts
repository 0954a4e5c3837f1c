import { readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { initStore } from '../../src/store/init.ts';
import { openStore } from '../../src/store/open.ts';
import { Database } from '../../src/store/sqlite/database.ts';
import { codeOf } from './code-of.ts';
import { DISK_TIMEOUT_MS, fileOf, freshDirectory, freshStore, MEMBERS, withStore } from './world.ts';

vi.setConfig({ testTimeout: DISK_TIMEOUT_MS });

describe('a new store', () => {
  test('says whose it is', async () => {
    const dataDir = join(await freshDirectory(), 'not', 'there', 'yet');
    const { storeId } = await initStore({ dataDir, member: 'n2', members: MEMBERS, cluster: 'blue' });
    await withStore(dataDir, async ({ identity }) => {
      expect(identity).toEqual({ cluster: 'blue', member: 'n2', members: MEMBERS, storeId, incarnation: 1 });
    });
  });

  test('has an id of its own, and belongs to the cluster stele unless told', async () => {
    const first = await withStore(await freshStore(), async (store) => store.identity);
    const second = await withStore(await freshStore(), async (store) => store.identity);
    expect(first.cluster).toBe('stele');
    expect(first.storeId).not.toBe(second.storeId);
  });

  test('is one file, and nothing else', async () => {
    expect(await readdir(await freshStore())).toEqual(['stele.sqlite']);
  });

  test('does not take the place of one that is there, not even of a damaged one', async () => {
    const dataDir = await freshStore();
    for (const content of [await readFile(fileOf(dataDir)), Buffer.from('damaged'), Buffer.alloc(0)]) {
      await writeFile(fileOf(dataDir), content);
      expect(await codeOf(initStore({ dataDir, member: 'n1', members: MEMBERS }))).toBe('STELE_STORE_EXISTS');
      expect(await readFile(fileOf(dataDir))).toEqual(content);
    }
  });

  test('is not made beside what is left of a store whose file is gone: SQLite would take its log for its own', async () => {
    const dataDir = await freshDirectory();
    for (const name of ['stele.sqlite-wal', 'stele.sqlite-journal', 'stele-index.sqlite']) {
      await writeFile(join(dataDir, name), 'commits');
      expect(await codeOf(initStore({ dataDir, member: 'n1', members: MEMBERS }))).toBe('STELE_STORE_EXISTS');
      expect(await readdir(dataDir)).toEqual([name]);
      await rm(join(dataDir, name));
    }
  });

  test('is made once, when several try at the same time', async () => {
    for (let round = 0; round < 10; round += 1) {
      const dataDir = await freshDirectory();
      const tries = Array.from({ length: 5 }, () => initStore({ dataDir, member: 'n1', members: MEMBERS }));
      const codes = (await Promise.all(tries.map(codeOf))).sort();
      expect(codes).toEqual([...Array.from({ length: 4 }, () => 'STELE_STORE_EXISTS'), 'no error']);
      const winners = (await Promise.allSettled(tries)).filter((one) => one.status === 'fulfilled');
      await withStore(dataDir, async ({ identity }) => expect(identity.storeId).toBe(winners[0]?.value.storeId));
      expect((await readdir(dataDir)).sort()).toEqual(['stele-index.sqlite', 'stele.lock', 'stele.sqlite']);
    }
  });
});

describe('directories that an init made', () => {
  test('go with it where it fails', async () => {
    const above = await freshDirectory();
    const spy = vi.spyOn(Database, 'open').mockRejectedValue(new Error('of the disk'));
    onTestFinished(() => spy.mockRestore());
    expect(await codeOf(initStore({ dataDir: join(above, 'a', 'b', 'c'), member: 'n1', members: MEMBERS }))).toBe(
      'STELE_STORE_FAILED',
    );
    expect(await readdir(above)).toEqual([]);
  });

  test('go also where it fails at one below them', async () => {
    const above = await freshDirectory();
    const dataDir = join(above, 'a', 'x'.repeat(300));
    expect(await codeOf(initStore({ dataDir, member: 'n1', members: MEMBERS }))).toBe('STELE_STORE_FAILED');
    expect(await readdir(above)).toEqual([]);
  });

  test('stay where another process put something there since, and what failed is still said', async () => {
    const dataDir = join(await freshDirectory(), 'a');
    const spy = vi.spyOn(Database, 'open').mockImplementation(async () => {
      await writeFile(join(dataDir, 'notes.txt'), 'of another');
      throw new Error('of the disk');
    });
    onTestFinished(() => spy.mockRestore());
    const made = initStore({ dataDir, member: 'n1', members: MEMBERS });
    await expect(made).rejects.toMatchObject({ code: 'STELE_STORE_FAILED' });
    await expect(made).rejects.toThrow(/could not be made: of the disk/);
    expect(await readdir(dataDir)).toEqual(['notes.txt']);
  });

  test.each(['', 'below', 'far/below'])(
    'are not looked for without end behind a link that leads nowhere: %j',
    async (below) => {
      const above = await freshDirectory();
      await symlink(join(above, 'nowhere'), join(above, 'link'));
      const dataDir = join(above, 'link', below);
      expect(await codeOf(initStore({ dataDir, member: 'n1', members: MEMBERS }))).toBe('STELE_STORE_FAILED');
      expect(await readdir(above)).toEqual(['link']);
    },
  );
});

describe('what an interrupted init leaves', () => {
  test('is not taken for a store, does not block the next try, and goes with it', async () => {
    const dataDir = await freshDirectory();
    await writeFile(
      join(dataDir, 'stele.sqlite.draft-0123'),
      (await readFile(fileOf(await freshStore()))).subarray(0, 5_000),
    );
    await writeFile(join(dataDir, 'stele.sqlite.draft-0123-journal'), 'half');
    expect(await codeOf(openStore({ dataDir }))).toBe('STELE_NO_STORE');
    await initStore({ dataDir, member: 'n1', members: MEMBERS });
    expect(await readdir(dataDir)).toEqual(['stele.sqlite']);
    await withStore(dataDir, async ({ identity }) => expect(identity.incarnation).toBe(1));
  });
});

describe('init refuses, and makes nothing for', () => {
  const good = { member: 'n1', members: MEMBERS, cluster: 'stele' };
  const ten = Array.from({ length: 10 }, (_, at) => `n${at}`);
  test.each([
    ['an ill-formed id', { ...good, member: 'n 1', members: ['n 1'] }],
    ['an ill-formed id of another member', { ...good, members: ['n1', 'n.2'] }],
    ['no members', { ...good, members: [] }],
    ['ten members', { ...good, members: ten }],
    ['a member listed twice', { ...good, members: ['n1', 'n2', 'n2'] }],
    ['members without the own id', { ...good, members: ['n2', 'n3'] }],
    ['an empty cluster name', { ...good, cluster: '' }],
    ['an ill-formed cluster name', { ...good, cluster: 'a.b' }],
    ['a cluster name of 65 characters', { ...good, cluster: 'c'.repeat(65) }],
  ])('%s', async (_, options) => {
    const dataDir = join(await freshDirectory(), 'store');
    expect(await codeOf(initStore({ dataDir, ...options }))).toBe('STELE_BAD_INPUT');
    expect(await codeOf(stat(dataDir))).toBe('ENOENT');
  });

  // As a program without types may have them: a store whose cluster is a number could not be read again.
  test.each([
    ['a member that is a number', { member: 5, members: [5] }],
    ['members that are no list', { members: 'n1' }],
    ['members that are missing', { members: undefined }],
    ['a cluster that is a number', { cluster: 5 }],
    ['a cluster that is a list', { cluster: ['a'] }],
    ['a cluster that is null', { cluster: null }],
    ['a directory that is a number', { dataDir: 5 }],
    ['a directory that is missing', { dataDir: undefined }],
  ])('%s', async (_, wrong) => {
    const dataDir = join(await freshDirectory(), 'store');
    const options = { dataDir, ...good, ...wrong } as unknown as Parameters<typeof initStore>[0];
    expect(await codeOf(initStore(options))).toBe('STELE_BAD_INPUT');
    expect(await codeOf(stat(dataDir))).toBe('ENOENT');
  });

  test('an empty path', async () => {
    expect(await codeOf(initStore({ dataDir: '', member: 'n1', members: MEMBERS }))).toBe('STELE_BAD_INPUT');
  });

  test('a path that is a file', async () => {
    const dataDir = join(await freshDirectory(), 'file');
    await writeFile(dataDir, 'something');
    expect(await codeOf(initStore({ dataDir, member: 'n1', members: MEMBERS }))).toBe('STELE_STORE_FAILED');
    expect(await readFile(dataDir, 'utf8')).toBe('something');
  });
});

test.each([1, 2, 5, 9])('a cluster may have %i members', async (count) => {
  const dataDir = await freshDirectory();
  const members = Array.from({ length: count }, (_, at) => `n${at}`);
  await initStore({ dataDir, member: 'n0', members });
  await withStore(dataDir, async ({ identity }) => expect(identity.members).toEqual(members));
});

test.each(['c'.repeat(64), '_-', '-9Z'])('a cluster may be named %s', async (cluster) => {
  const dataDir = await freshDirectory();
  await initStore({ dataDir, member: 'n1', members: MEMBERS, cluster });
  await withStore(dataDir, async ({ identity }) => expect(identity.cluster).toBe(cluster));
});
