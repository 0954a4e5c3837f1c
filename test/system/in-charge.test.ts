import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type NatsConnection } from 'nats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRegisters } from '../../src/index.ts';
import { type Cluster, exitOf, startCluster } from '../support/cluster.ts';
import { settleRead } from '../support/raw.ts';

let cluster: Cluster;
let client: NatsConnection;

beforeAll(async () => {
  cluster = await startCluster();
  client = await connect({ servers: cluster.url, maxReconnectAttempts: -1 });
  await cluster.ready();
}, 60_000);

afterAll(async () => {
  await client?.close();
  await cluster?.stop();
});

const REQUEST_TIMEOUT_MS = 10_000;
const TIMEOUT_MS = 120_000;

/** One plain request: how it ended, and by which ballot. */
async function write(name: string, timeout = REQUEST_TIMEOUT_MS): Promise<{ outcome: string; ballot: string }> {
  try {
    const { headers } = await client.request(`register.write.${name}`, name, { timeout });
    return { outcome: headers?.get('Register-Outcome') ?? '', ballot: headers?.get('Register-Ballot') ?? '' };
  } catch (error) {
    return { outcome: String((error as { code?: string }).code), ballot: '' };
  }
}

/** Writes registers, one after the other, until one is won. Those that were on their way to a dead member have no answer. */
async function untilWon(prefix: string): Promise<{ ballot: string; ends: Set<string> }> {
  const ends = new Set<string>();
  for (let tries = 1; ; tries += 1) {
    const { outcome, ballot } = await write(`${prefix}.${tries}`, 1_000);
    if (outcome === 'won') return { ballot, ends };
    ends.add(outcome);
    await sleep(10);
  }
}

/** Waits until all serve and this member alone takes the writes. */
async function untilInCharge(id: string): Promise<void> {
  const inCharge = async () =>
    (await cluster.ready()).filter(({ takesWrites }) => takesWrites).map(({ member }) => member);
  await expect.poll(inCharge, { timeout: 30_000 }).toEqual([id]);
}

/** Writes one register after the other, as several clients at once, until it is told to end. */
function keepWriting(prefix: string) {
  const names: string[] = [];
  const ends = new Map<string, string>();
  let isOver = false;
  const one = async () => {
    while (!isOver) {
      const name = `${prefix}.${names.length}`;
      names.push(name);
      ends.set(name, (await write(name)).outcome);
    }
  };
  const all = Promise.all(Array.from({ length: 4 }, one));
  return {
    ends,
    async end() {
      isOver = true;
      await all;
    },
  };
}

test('the home takes all writes, in round 0', { timeout: TIMEOUT_MS }, async () => {
  await untilInCharge('n1');
  for (let number = 0; number < 20; number += 1) {
    expect(await write(`home.${number}`)).toEqual({ outcome: 'won', ballot: expect.stringMatching(/^0\/n1\//) });
  }
});

test('kill -9 of the home: NATS refuses writes at most, until a stand-in takes them, in a ballot of its own', {
  timeout: TIMEOUT_MS,
}, async () => {
  await cluster.kill('n1');
  const { ballot, ends } = await untilWon('killed');
  expect(ballot).toMatch(/^[1-9]\d*\/n[23]\//);
  // Nothing else: no member refused one, or left one in doubt.
  expect([...ends].filter((end) => end !== '503' && end !== 'TIMEOUT')).toEqual([]);
  expect(await settleRead(cluster.connection, 'home.0')).toMatchObject({ outcome: 'decided', value: 'home.0' });
});

test('a home that is back takes the writes again, all of them, in round 0', { timeout: TIMEOUT_MS }, async () => {
  cluster.start('n1');
  await untilInCharge('n1');
  for (let number = 0; number < 20; number += 1) {
    expect(await write(`back.${number}`)).toEqual({ outcome: 'won', ballot: expect.stringMatching(/^0\/n1\//) });
  }
});

test('a home that is stopped and started in order: no write is refused or lost', { timeout: TIMEOUT_MS }, async () => {
  const writing = keepWriting('orderly');
  await expect.poll(() => writing.ends.size).toBeGreaterThan(20);
  const leaving = cluster.process('n1');
  leaving.signal('SIGTERM');
  expect(await exitOf(leaving)).toBe(0);
  const before = writing.ends.size;
  await expect.poll(() => writing.ends.size).toBeGreaterThan(before + 20);
  cluster.start('n1');
  await untilInCharge('n1');
  await writing.end();
  expect([...writing.ends].filter(([, outcome]) => outcome !== 'won')).toEqual([]);
  for (const name of writing.ends.keys()) {
    expect(await settleRead(cluster.connection, name)).toMatchObject({ outcome: 'decided', value: name });
  }
});

test('the library rides over a kill of the home without an error', { timeout: TIMEOUT_MS }, async () => {
  const registers = createRegisters(client);
  const writes: Promise<{ outcome: string }>[] = [];
  for (let number = 0; number < 200; number += 1) {
    writes.push(registers.write(`library.${number}`, number));
    if (number === 50) cluster.process('n1').signal('SIGKILL');
    await sleep(5);
  }
  for (const { outcome } of await Promise.all(writes)) expect(outcome).toBe('won');
  for (let number = 0; number < 200; number += 1) expect(await registers.read(`library.${number}`)).toBe(number);
});
