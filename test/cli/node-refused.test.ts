import { cp, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { initStore } from '../../src/store/init.ts';
import { openStore } from '../../src/store/open.ts';
import { snapshotOf } from '../support/snapshot.ts';
import { run, start, temporaryDirectory } from './support.ts';

const LIMIT_MS = 60_000;
/** Nobody listens there. */
const NOWHERE = ['--nats', 'nats://127.0.0.1:1', '--log-format', 'json'];

/** A store as a process that was killed leaves it: with a log. */
async function killedStore(): Promise<string> {
  const dataDir = join(await temporaryDirectory(), 'n1');
  const killed = join(await temporaryDirectory(), 'n1');
  await initStore({ dataDir, member: 'n1', members: ['n1'] });
  const store = await openStore({ dataDir });
  await cp(dataDir, killed, { recursive: true });
  await store.close();
  return killed;
}

test(
  'a member that waits for NATS, and is asked to leave, has not touched its store',
  async () => {
    const dataDir = await killedStore();
    const before = await snapshotOf(dataDir);
    const running = start(['node', '--data', dataDir, ...NOWHERE]);
    await running.untilPrinted(/"level":40/);
    running.process.kill('SIGTERM');
    expect((await running.ended).code).toBe(0);
    expect(await snapshotOf(dataDir)).toEqual(before);
  },
  LIMIT_MS,
);

test(
  'a member without a store, and init where there is one, exit with 4 and change nothing',
  async () => {
    const empty = await temporaryDirectory();
    expect((await run(['node', '--data', empty, ...NOWHERE])).code).toBe(4);
    expect(Object.keys(await snapshotOf(empty))).toEqual(['.']);
    const dataDir = await killedStore();
    const before = await snapshotOf(dataDir);
    expect((await run(['init', '--id', 'n1', '--members', 'n1', '--data', dataDir])).code).toBe(4);
    expect(await snapshotOf(dataDir)).toEqual(before);
  },
  LIMIT_MS,
);

test(
  'a member whose store cannot be reached says so before it waits for NATS',
  async () => {
    const dataDir = join(await temporaryDirectory(), 'loop');
    await symlink(dataDir, dataDir);
    const { code, stdout } = await run(['node', '--data', dataDir, ...NOWHERE]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/symbolic links lead in a circle \(ELOOP\)/);
  },
  LIMIT_MS,
);

test(
  'a path that leads through a file is a sentence, and no raw error',
  async () => {
    const file = join(await temporaryDirectory(), 'file');
    await writeFile(file, '');
    const node = await run(['node', '--data', join(file, 'n1'), ...NOWHERE]);
    expect(node.code).toBe(4);
    expect(node.stdout + node.stderr).toMatch(/leads through a file/);
    const init = await run(['init', '--id', 'n1', '--members', 'n1', '--data', join(file, 'n1')]);
    expect(init.code).toBe(1);
    expect(init.stderr).toMatch(/ENOTDIR.*There is none there now/);
    expect(node.stderr + init.stderr).not.toMatch(/unforeseen|\n {4}at /);
  },
  LIMIT_MS,
);
