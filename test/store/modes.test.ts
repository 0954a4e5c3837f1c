import { chmod, chown, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { initStore } from '../../src/store/init.ts';
import { accepted, change, DISK_TIMEOUT_MS, fileOf, freshDirectory, freshStore, MEMBERS, withStore } from './world.ts';

vi.setConfig({ testTimeout: DISK_TIMEOUT_MS });

const OPEN_FILES = ['stele-index.sqlite', 'stele-index.sqlite-wal', 'stele.lock', 'stele.sqlite', 'stele.sqlite-wal'];

async function modesIn(directory: string): Promise<Record<string, string>> {
  const names = (await readdir(directory)).sort();
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await modeOf(join(directory, name))])));
}

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o7777).toString(8);
}

function setUmask(mask: number): void {
  const before = process.umask(mask);
  onTestFinished(() => void process.umask(before));
}

const PRIVATE = Object.fromEntries(OPEN_FILES.map((name) => [name, '600']));

test.each([0o000, 0o022, 0o077, 0o777])('with umask %o a store is for its user alone', async (mask) => {
  const above = await freshDirectory();
  setUmask(mask);
  const dataDir = join(above, 'a', 'b');
  await initStore({ dataDir, member: 'n1', members: MEMBERS });
  expect([await modeOf(dirname(dataDir)), await modeOf(dataDir)]).toEqual(['700', '700']);
  expect(await modesIn(dataDir)).toEqual({ 'stele.sqlite': '600' });
  for (const _ of ['the first start', 'the second']) {
    await withStore(dataDir, async (store) => {
      await store.save([change('a', accepted('1'))]);
      expect(await modesIn(dataDir)).toEqual(PRIVATE);
    });
  }
});

describe('what an earlier stele or a copy made readable', () => {
  test('is taken back at a start, from files; the directory is left as it is', async () => {
    const dataDir = await freshStore();
    await withStore(dataDir, (store) => store.save([change('a', accepted('1'))]));
    await chmod(dataDir, 0o755);
    for (const name of await readdir(dataDir)) await chmod(join(dataDir, name), 0o664);
    await writeFile(join(dataDir, 'notes.txt'), 'not of the store', { mode: 0o644 });
    await chmod(join(dataDir, 'notes.txt'), 0o644);
    await withStore(dataDir, async () => expect(await modesIn(dataDir)).toEqual({ ...PRIVATE, 'notes.txt': '644' }));
    expect(await modeOf(dataDir)).toBe('755');
  });

  test.each([0o604, 0o640, 0o601, 0o610])('is taken back, be it %o', async (mode) => {
    const dataDir = await freshStore();
    await chmod(fileOf(dataDir), mode);
    await withStore(dataDir, async () => expect(await modeOf(fileOf(dataDir))).toBe('600'));
  });

  test('is not touched by a start that is refused', async () => {
    const dataDir = await freshStore();
    await chmod(fileOf(dataDir), 0o644);
    await writeFile(fileOf(dataDir), 'damaged');
    await expect(withStore(dataDir, async () => undefined)).rejects.toMatchObject({ code: 'STELE_STORE_CORRUPT' });
    expect(await modesIn(dataDir)).toEqual({ 'stele.sqlite': '644' });
  });
});

test('a directory that is there keeps its rights and its owner', async () => {
  const dataDir = join(await freshDirectory(), 'shared');
  await mkdir(dataDir);
  await chmod(dataDir, 0o2770);
  if (process.getuid?.() === 0) await chown(dataDir, 0, 61_234);
  const mode = await modeOf(dataDir);
  await initStore({ dataDir, member: 'n1', members: MEMBERS });
  expect(await modeOf(dataDir)).toBe(mode);
});
