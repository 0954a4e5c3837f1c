import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { settleRead, settleWrite } from '../support/raw.ts';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster();
  await cluster.ready();
}, 60_000);

afterAll(() => cluster?.stop());

interface Writer {
  readonly value: string;
  readonly outcome: string;
  readonly seen: string;
}

/** Eight writers race on one register, each with a value and an operation id of its own. */
function race(name: string): Promise<Writer[]> {
  const writers = Array.from({ length: 8 }, async (_, index) => {
    const value = `${name} by ${index}`;
    const { outcome, value: seen } = await settleWrite(cluster.connection, name, value, `${name}-${index}`);
    return { value, outcome, seen };
  });
  return Promise.all(writers);
}

function expectOneWinner(writers: readonly Writer[]): string {
  const winners = writers.filter(({ outcome }) => outcome === 'won');
  expect(winners).toHaveLength(1);
  const [winner] = winners;
  for (const { seen } of writers) expect(seen).toBe(winner?.value);
  return winner?.value ?? '';
}

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}.${index}`);

test('of writers that race, exactly one wins, and all others get its value', { timeout: 60_000 }, async () => {
  for (const writers of await Promise.all(names('race', 50).map(race))) expectOneWinner(writers);
});

test('kill -9 of any one member under load: one winner a register, and nothing decided is lost', {
  timeout: 120_000,
}, async () => {
  const decided = new Map<string, string>();
  for (const victim of cluster.members) {
    const races = Promise.all(
      names(`killed-${victim}`, 70).map(async (name) => ({ name, value: expectOneWinner(await race(name)) })),
    );
    await cluster.kill(victim);
    cluster.start(victim);
    for (const { name, value } of await races) decided.set(name, value);
    await cluster.ready();
  }
  for (const [name, value] of decided) {
    expect(await settleRead(cluster.connection, name)).toMatchObject({ outcome: 'decided', value });
  }
});

test('kill -9 of all members: every decided value is read back after the restart', { timeout: 120_000 }, async () => {
  const before = await Promise.all(
    names('blackout', 100).map(async (name) => ({ name, value: expectOneWinner(await race(name)) })),
  );
  await Promise.all(cluster.members.map((member) => cluster.kill(member)));
  for (const member of cluster.members) cluster.start(member);
  await cluster.ready();
  for (const { name, value } of before) {
    expect(await settleRead(cluster.connection, name)).toMatchObject({ outcome: 'decided', value });
  }
});
