import { cp, rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { initStore } from '../../src/store/init.ts';
import { type Cluster, exitOf, startCluster } from '../support/cluster.ts';
import { settleRead, settleWrite } from '../support/raw.ts';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster();
  await cluster.ready();
}, 60_000);

afterAll(() => cluster?.stop());

const EXIT_STORE_REFUSED = 4;

/** The other two go on, and know what was decided. */
async function expectService(name: string): Promise<void> {
  expect(await settleWrite(cluster.connection, name, 'v', name)).toMatchObject({ outcome: 'won' });
  expect(await settleRead(cluster.connection, name)).toMatchObject({ outcome: 'decided', value: 'v' });
}

test('a second process on the same directory is refused, and the first goes on', { timeout: 60_000 }, async () => {
  const first = cluster.process('n3');
  const second = cluster.start('n3');
  expect(await exitOf(second)).toBe(EXIT_STORE_REFUSED);
  expect(second.log()).toMatch(/another process/i);
  await cluster.ready();
  await expectService('disks.1');
  first.signal('SIGTERM');
  expect(await exitOf(first)).toBe(0);
  cluster.start('n3');
  await cluster.ready();
});

test('a second process with the same id on another directory is refused, and the first goes on', {
  timeout: 60_000,
}, async () => {
  const other = cluster.dataDir('n3-elsewhere');
  await initStore({ dataDir: other, member: 'n3', members: cluster.members });
  const first = cluster.process('n3');
  const second = cluster.start('n3', other);
  expect(await exitOf(second)).toBe(EXIT_STORE_REFUSED);
  expect(second.log()).toContain('another store');
  await cluster.ready();
  await expectService('disks.2');
  first.signal('SIGTERM');
  expect(await exitOf(first)).toBe(0);
  cluster.start('n3');
  await cluster.ready();
});

test('an old copy of a directory is refused; the newest one is taken back', { timeout: 60_000 }, async () => {
  const copy = cluster.dataDir('n3-backup');
  await cluster.kill('n3');
  await cp(cluster.dataDir('n3'), copy, { recursive: true });
  cluster.start('n3');
  await cluster.ready();
  await expectService('disks.3');
  await cluster.kill('n3');
  const restored = cluster.start('n3', copy);
  expect(await exitOf(restored)).toBe(EXIT_STORE_REFUSED);
  expect(restored.log()).toContain('old copy');
  await expectService('disks.4');
  cluster.start('n3');
  await cluster.ready();
});

test('a directory without a store is refused, and so is a new store for a member that has voted', {
  timeout: 60_000,
}, async () => {
  await cluster.kill('n3');
  await rm(cluster.dataDir('n3'), { recursive: true });
  const wiped = cluster.start('n3');
  expect(await exitOf(wiped)).toBe(EXIT_STORE_REFUSED);
  expect(wiped.log()).toContain('no store');
  await initStore({ dataDir: cluster.dataDir('n3'), member: 'n3', members: cluster.members });
  const empty = cluster.start('n3');
  expect(await exitOf(empty)).toBe(EXIT_STORE_REFUSED);
  expect(empty.log()).toContain('another store');
  await expectService('disks.5');
});
