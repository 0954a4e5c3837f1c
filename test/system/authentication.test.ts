import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, exitOf, startCluster } from '../support/cluster.ts';
import { settleWrite } from '../support/raw.ts';

const configOf = (password: string) =>
  `authorization { users = [ { user: admin, password: admin }, { user: member, password: ${password} } ] }`;

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ config: configOf('right'), credentials: 'member:right' });
  await cluster.ready();
}, 60_000);

afterAll(() => cluster?.stop());

/** Every member has noticed that its password is not accepted, so many times in all. */
async function untilTurnedAway(times: number): Promise<void> {
  const count = (id: string) => cluster.process(id).log().split('does not accept the credentials').length - 1;
  await expect.poll(() => cluster.members.map(count), { timeout: 30_000 }).toEqual(cluster.members.map(() => times));
}

test('members outlast two outages of their password, name the cause once each time, and serve again', {
  timeout: 120_000,
}, async () => {
  for (const outage of [1, 2]) {
    await cluster.reloadNats(configOf('wrong'));
    await untilTurnedAway(outage);
    // Long enough for tries in a row, after each of which the library would give up.
    await sleep(2_500);
    await cluster.reloadNats(configOf('right'));
    await cluster.ready();
    expect(await settleWrite(cluster.connection, `after.${outage}`, 'v', 'op')).toMatchObject({ outcome: 'won' });
  }
  await untilTurnedAway(2);
  for (const id of cluster.members) expect(cluster.process(id).log()).not.toMatch(/permission/i);
});

test('a member that is turned away as it starts says so, tries on, and serves once it may', {
  timeout: 60_000,
}, async () => {
  cluster.process('n1').signal('SIGTERM');
  expect(await exitOf(cluster.process('n1'))).toBe(0);
  await cluster.reloadNats(configOf('wrong'));
  const { log, signal } = cluster.start('n1');
  await expect.poll(log, { timeout: 30_000 }).toMatch(/does not accept the credentials.*AUTHORIZATION_VIOLATION/);
  await cluster.reloadNats(configOf('right'));
  await cluster.ready();
  expect(log()).not.toContain('right@');
  signal('SIGTERM');
  expect(await exitOf(cluster.process('n1'))).toBe(0);
});
