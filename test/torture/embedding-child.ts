import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type NatsConnection } from 'nats';
import { createNode, type MemberEvent, type SteleNode } from '../../src/node/index.ts';
import { Dice } from '../simulation/dice.ts';

/*
 * A host with a member of its own: `embedding-child DIRECTORY URLS SEED`. Its listeners throw at every kind of event, and
 * it stops its member and its connection in any order, and starts again on the same directory. It ends with 0, by itself,
 * or says what was wrong.
 */

const [dataDir = '', urls = '', seed = '1'] = process.argv.slice(2);
const dice = new Dice(Number(seed));
const PREFIX = `embedded-${randomUUID().slice(0, 8)}`;
const DRAIN_TIMEOUT_MS = 1_000;
/** Of a drain that should take `drainTimeoutMs` and two seconds; the machine may be busy. */
const HANGS_MS = 30_000;

for (let round = 1; round <= 4; round += 1) await live(round);

async function live(round: number): Promise<void> {
  const nats = await connect({
    servers: urls.split(','),
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    waitOnFirstConnect: true,
    reconnectTimeWait: 50,
  });
  const settings = { drainTimeoutMs: DRAIN_TIMEOUT_MS };
  const node = await createNode({ nats, dataDir, prefix: PREFIX, settings });
  listenBadly(node);
  for (let write = 0; write < 5; write += 1) {
    await nats.request(`${PREFIX}.write.r${round}.${write}`, 'v', { timeout: 300 }).catch(() => undefined);
  }
  const state = node.status().state;
  if (state !== 'serving' && state !== 'joining') throw new Error(`round ${round}: its member is ${state}`);
  await stop(node, nats, round);
}

function listenBadly(node: SteleNode): void {
  const types: readonly MemberEvent['type'][] = ['state', 'decided', 'committed', 'answered', 'trouble', 'opening'];
  for (const type of types) {
    node.subscribe((event) => {
      if (event.type === type) throw new Error('of a bad listener');
    });
    node.subscribe(async (event) => {
      if (event.type === type) throw new Error('of a bad listener that is asynchronous');
    });
  }
}

async function stop(node: SteleNode, nats: NatsConnection, round: number): Promise<void> {
  const acts: readonly (readonly [string, () => Promise<unknown>])[] = dice.shuffle([
    ['node.drain', () => node.drain()],
    ['node.drain', () => node.drain()],
    dice.chance(0.5) ? ['nats.drain', () => nats.drain()] : ['nats.close', () => nats.close()],
  ]);
  const order = acts.map(([name]) => name).join(', ');
  const drains: Promise<unknown>[] = [];
  for (const [name, act] of acts) {
    const doing = act().catch(() => undefined);
    if (name === 'node.drain') drains.push(doing);
    if (dice.chance(0.3)) await sleep(dice.between(0, 300));
  }
  const hung = setTimeout(() => {
    console.error(`round ${round}: node.drain() hangs after ${order}`);
    process.exit(3);
  }, HANGS_MS);
  await Promise.all(drains);
  clearTimeout(hung);
  await nats.close();
}
