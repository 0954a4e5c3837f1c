import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, exitOf, startCluster } from '../support/cluster.ts';
import { rawRead, rawWrite, settleRead, settleWrite } from '../support/raw.ts';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster();
  await cluster.ready();
}, 60_000);

afterAll(() => cluster?.stop());

test('two of three down: unknown and unavailable, settled by the same operation id when they return', {
  timeout: 60_000,
}, async () => {
  await cluster.kill('n2');
  await cluster.kill('n3');
  const write = await rawWrite(cluster.connection, 'outage.1', 'first', 'op-1');
  expect(write).toMatchObject({ outcome: 'unknown', code: '504', value: '' });
  expect(await rawRead(cluster.connection, 'outage.1')).toMatchObject({ outcome: 'unavailable', code: '504' });
  cluster.start('n2');
  cluster.start('n3');
  await cluster.ready();
  expect(await settleWrite(cluster.connection, 'outage.1', 'first', 'op-1')).toMatchObject({ outcome: 'won' });
  expect(await settleWrite(cluster.connection, 'outage.1', 'second', 'op-2')).toMatchObject({
    outcome: 'lost',
    value: 'first',
    code: '409',
  });
  expect(await settleRead(cluster.connection, 'outage.1')).toMatchObject({ outcome: 'decided', value: 'first' });
});

test('a restart of the NATS server: members reconnect by themselves, and nothing is lost', {
  timeout: 60_000,
}, async () => {
  await settleWrite(cluster.connection, 'nats.1', 'before', 'op-before');
  await cluster.restartNats();
  await cluster.ready();
  expect(await settleRead(cluster.connection, 'nats.1')).toMatchObject({ outcome: 'decided', value: 'before' });
  expect(await settleWrite(cluster.connection, 'nats.2', 'after', 'op-after')).toMatchObject({ outcome: 'won' });
  expect(cluster.process('n1').log()).toContain('lost the connection to NATS');
});

test('SIGTERM under load: the member finishes what is under way and leaves with exit code 0', {
  timeout: 60_000,
}, async () => {
  const writes = Array.from({ length: 200 }, (_, index) =>
    settleWrite(cluster.connection, `drain.${index}`, 'v', `drain-${index}`),
  );
  const leaving = cluster.process('n1');
  leaving.signal('SIGTERM');
  for (const { outcome } of await Promise.all(writes)) expect(outcome).toBe('won');
  expect(await exitOf(leaving)).toBe(0);
  cluster.start('n1');
  await cluster.ready();
});
