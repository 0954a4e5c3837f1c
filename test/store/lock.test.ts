import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { initStore } from '../../src/store/init.ts';
import { openStore } from '../../src/store/open.ts';
import { snapshotOf } from '../support/snapshot.ts';
import { BATCH_REGISTERS, batchOf } from './children/batch.ts';
import { codeOf } from './code-of.ts';
import {
  DISK_TIMEOUT_MS,
  edit,
  fileOf,
  freshDirectory,
  freshStore,
  MEMBERS,
  outputOf,
  plain,
  startChild,
  withStore,
} from './world.ts';

vi.setConfig({ testTimeout: 2 * DISK_TIMEOUT_MS });

/** A process that has the store open, and does what it is told. */
async function startHost(dataDir: string) {
  const { child, ended } = startChild('host', dataDir);
  const lines: string[] = [];
  child.stdout.on('data', (text: string) => lines.push(...text.split('\n').filter((line) => line !== '')));
  const said = async (line: string) => {
    while (!lines.includes(line)) await once(child.stdout, 'data');
    lines.splice(lines.indexOf(line), 1);
  };
  await said('open');
  const tell = async (line: string) => {
    child.stdin.write(`${line}\n`);
    await said(line);
  };
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  return { child, tell, kill };
}

/** What came of a process that tried to open the store. */
async function tryFromOutside(dataDir: string): Promise<{ code: string; message: string }> {
  return JSON.parse(await outputOf(startChild('try-open', dataDir)));
}

async function expectRefused(dataDir: string, storeDir = dataDir): Promise<string> {
  const before = await snapshotOf(storeDir);
  const outside = await tryFromOutside(dataDir);
  expect(outside.code).toBe('STELE_STORE_LOCKED');
  expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_LOCKED');
  expect(await snapshotOf(storeDir)).toEqual(before);
  return outside.message;
}

async function expectSaved(dataDir: string, batches: number): Promise<void> {
  await withStore(dataDir, async (store) => {
    for (let number = 0; number < batches; number += 1) {
      const expected = plain(batchOf(number).map(({ name, after }) => [name, after] as const));
      expect(plain(await store.load(batchOf(number).map(({ name }) => name)))).toEqual(expected);
    }
    expect(store.registers).toBe(batches * BATCH_REGISTERS);
  });
}

describe('a host that opens, copies and closes the files of its store', () => {
  test('keeps its lock: nobody else gets in, the log stays, and nothing that was saved is lost', async () => {
    const dataDir = await freshStore();
    const host = await startHost(dataDir);
    for (const round of [0, 1, 2]) {
      await host.tell(`save ${2 * round}`);
      await host.tell('copy');
      const message = await expectRefused(dataDir);
      expect(message).toContain(`(${host.child.pid})`);
      expect(await readdir(dataDir)).toContain('stele.sqlite-wal');
      await host.tell(`save ${2 * round + 1}`);
    }
    await host.kill();
    await expectSaved(dataDir, 6);
  });

  test('keeps it also where an operator removed the lock file, or put another in its place', async () => {
    const dataDir = await freshStore();
    const host = await startHost(dataDir);
    await host.tell('save 0');
    await rm(join(dataDir, 'stele.lock'));
    await host.tell('copy');
    await expectRefused(dataDir);
    await writeFile(join(dataDir, 'stele.lock'), '');
    await host.tell('copy');
    await expectRefused(dataDir);
    await host.tell('save 1');
    await host.kill();
    await expectSaved(dataDir, 2);
  });

  test('keeps it also where an operator put another file in the place of the store', async () => {
    const dataDir = await freshStore();
    const other = await freshStore();
    const host = await startHost(dataDir);
    await rename(fileOf(other), fileOf(dataDir));
    await expectRefused(dataDir);
    await host.kill();
  });

  test('may close it and open it again', async () => {
    const dataDir = await freshStore();
    const host = await startHost(dataDir);
    await host.tell('save 0');
    await host.tell('copy');
    await host.tell('close');
    await withStore(dataDir, async ({ registers }) => expect(registers).toBe(BATCH_REGISTERS));
    await host.tell('open');
    await host.tell('copy');
    await expectRefused(dataDir);
    await host.kill();
  });
});

describe('the lock', () => {
  test('is held by a process that is stopped', async () => {
    const dataDir = await freshStore();
    const host = await startHost(dataDir);
    await host.tell('save 0');
    await host.tell('copy');
    host.child.kill('SIGSTOP');
    await expectRefused(dataDir);
    host.child.kill('SIGCONT');
    await host.tell('save 1');
    await host.kill();
    await expectSaved(dataDir, 2);
  });

  test.each([
    ['a link to its directory', (dataDir: string, link: string) => symlink(dataDir, link)],
    [
      'a directory with a link to its file',
      async (dataDir: string, link: string) => {
        await mkdir(link);
        await symlink(fileOf(dataDir), fileOf(link));
      },
    ],
  ])('is found through %s', async (_, makeLink) => {
    const dataDir = await freshStore();
    const link = join(await freshDirectory(), 'link');
    await makeLink(dataDir, link);
    const host = await startHost(link);
    await host.tell('save 0');
    await host.tell('copy');
    await expectRefused(dataDir);
    await expectRefused(link, dataDir);
    await host.kill();
    await expectSaved(link, 1);
  });

  test.skipIf(process.getuid?.() !== 0 || process.platform !== 'linux')('is found through a bind mount', async () => {
    const dataDir = await freshStore();
    const mount = await freshDirectory();
    expect(spawnSync('mount', ['--bind', dataDir, mount]).status).toBe(0);
    onTestFinished(() => void spawnSync('umount', ['--lazy', mount]));
    const host = await startHost(mount);
    await host.tell('copy');
    await expectRefused(dataDir);
    await host.kill();
  });

  test('is free again after a start that failed, in this process too', async () => {
    const dataDir = await freshStore();
    await edit(dataDir, 'PRAGMA user_version = 7');
    for (const _ of [1, 2]) expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_VERSION');
    await edit(dataDir, 'PRAGMA user_version = 3');
    await withStore(dataDir, async () => expect(await codeOf(openStore({ dataDir }))).toBe('STELE_STORE_LOCKED'));
    await withStore(dataDir, async ({ identity }) => expect(identity.incarnation).toBe(2));
  });

  test('is given to one, when several start at the same time on a store that never had one', async () => {
    for (let round = 0; round < 5; round += 1) {
      const dataDir = await freshStore();
      const opened = await Promise.allSettled(Array.from({ length: 5 }, () => openStore({ dataDir })));
      const stores = opened.filter((one) => one.status === 'fulfilled');
      expect(stores).toHaveLength(1);
      await stores[0]?.value.close();
      expect(await readFile(join(dataDir, 'stele.lock'), 'utf8')).toBe('');
    }
  });

  test('names no process that is gone, nor this one for another machine that has its number', async () => {
    const dataDir = await freshStore();
    await withStore(dataDir, async () => {
      const lock = join(dataDir, 'stele.lock');
      await expect(openStore({ dataDir })).rejects.toThrow(`This very process (${process.pid})`);
      await writeFile(lock, `process ${process.pid} on another-host since 1\n`);
      await expect(openStore({ dataDir })).rejects.toThrow(`Another process (${process.pid} on another-host)`);
      const { pid = 0 } = spawnSync('true');
      await writeFile(lock, `process ${pid} on ${hostname()} since 1\n`);
      await expect(openStore({ dataDir })).rejects.not.toThrow(`(${pid})`);
      await writeFile(lock, 'nothing of that kind');
      // The only other sign is SQLite's own lock, which goes with this.
      await readFile(fileOf(dataDir));
      await expect(openStore({ dataDir })).rejects.toThrow(/does not tell what.*fuser/);
    });
  });

  test('holds off a store that a stele without it has open', async () => {
    const dataDir = await freshStore();
    const { child, ended } = startChild('hold-open-in-sqlite', dataDir);
    await once(child.stdout, 'data');
    const message = await expectRefused(dataDir);
    if (process.platform === 'linux') expect(message).toContain(`(${child.pid})`);
    child.kill('SIGKILL');
    await ended;
  });
});

test('a member whose directory is removed does not hang, and does not come back as an empty one', async () => {
  const dataDir = join(await freshDirectory(), 'store');
  await initStore({ dataDir, member: 'n1', members: MEMBERS });
  const store = await openStore({ dataDir });
  await store.save(batchOf(0));
  await rm(dataDir, { recursive: true });
  await codeOf(store.save(batchOf(1)));
  await codeOf(store.close());
  expect(await codeOf(openStore({ dataDir }))).toBe('STELE_NO_STORE');
});
