import type { NatsConnection } from 'nats';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SteleNode } from '../../src/node/index.ts';
import { Embedding } from '../support/embedding.ts';
import { settleWrite } from '../support/raw.ts';

const DRAIN_TIMEOUT_MS = 1_000;
/** Far more than a stop may take; what hangs hangs for ever. */
const HANGS_MS = 20_000;

interface Stopping {
  readonly node: SteleNode;
  readonly nats: NatsConnection;
}

type Act = (stopping: Stopping) => Promise<unknown>;

const ACTS: Readonly<Record<string, Act>> = {
  'node.drain': ({ node }) => node.drain(),
  'nats.drain': ({ nats }) => nats.drain(),
  'nats.close': ({ nats }) => nats.close(),
  'nats-server killed': () => embedding.server.kill(),
};

let embedding: Embedding;
const unhandled: unknown[] = [];
const onUnhandled = (error: unknown) => void unhandled.push(error);

beforeEach(async () => {
  unhandled.length = 0;
  process.on('unhandledRejection', onUnhandled);
  embedding = await Embedding.begin();
});

afterEach(async () => {
  await embedding.end();
  process.off('unhandledRejection', onUnhandled);
  expect(unhandled).toEqual([]);
});

/** All orders of some acts. */
function* orders(acts: readonly string[]): Generator<readonly string[]> {
  if (acts.length === 0) yield [];
  for (const first of acts) {
    for (const rest of orders(acts.filter((act) => act !== first))) yield [first, ...rest];
  }
}

const ROWS = [
  ...orders(['node.drain', 'nats.drain']),
  ...orders(['node.drain', 'nats.close']),
  ...orders(['node.drain', 'nats.drain', 'nats.close']),
  ...orders(['node.drain', 'nats-server killed', 'nats.close']),
  ['node.drain', 'node.drain'],
  ['nats.drain', 'node.drain', 'node.drain'],
].flatMap((acts) => ['one turn', 'one after the other'].map((when) => [acts.join(', '), when, acts] as const));

describe('a stop in any order', () => {
  test.each(ROWS)('%s in %s: settles, and leaves the store free', { timeout: 60_000 }, async (_, when, acts) => {
    const nats = await embedding.connect();
    const { node } = await embedding.node(nats, { settings: { drainTimeoutMs: DRAIN_TIMEOUT_MS } });
    await settleWrite(nats, 'stopping', 'v', 'op');
    const drains = await actOut(acts, { node, nats }, when === 'one turn');
    await settled(Promise.all(drains));
    const end = await settled(node.done.then(() => 'drained', codeOf));
    const others = expect.stringMatching(/^(drained|STELE_CONNECTION_CLOSED)$/);
    expect(end).toEqual(acts[0] === 'node.drain' ? 'drained' : others);
    if (!acts.includes('nats-server killed')) await embedding.servesAgain();
  });

  test('while it is joining', async () => {
    const joining = await Embedding.begin({ members: ['n1', 'n2', 'n3'] });
    try {
      const { node } = await joining.node(await joining.connect());
      expect(node.status().state).toBe('joining');
      await settled(node.drain());
      await (await joining.node(await joining.connect())).node.drain();
    } finally {
      await joining.end();
    }
  });

  test('with operations under way that nobody answers', { timeout: 60_000 }, async () => {
    const nats = await embedding.connect();
    const { node } = await embedding.node(nats, { settings: { drainTimeoutMs: 300 } });
    await settleWrite(nats, 'stopping', 'v', 'op');
    const writes = Array.from({ length: 50 }, (_, index) => settleWriteOnce(nats, `busy.${index}`));
    await nats.flush();
    await settled(node.drain());
    await Promise.all(writes);
    await embedding.servesAgain();
  });
});

/** @returns what was begun on the node. */
async function actOut(acts: readonly string[], stopping: Stopping, inOneTurn: boolean): Promise<Promise<unknown>[]> {
  const drains: Promise<unknown>[] = [];
  for (const act of acts) {
    const doing = ACTS[act]?.(stopping).catch(codeOf);
    if (doing === undefined) throw new Error(`no act is called ${act}`);
    // The library's own drain never settles where the connection is closed meanwhile.
    if (act === 'node.drain') drains.push(doing);
    if (!inOneTurn) await settled(doing);
  }
  return drains;
}

async function settled<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const hung = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('it hangs')), HANGS_MS);
  });
  return await Promise.race([promise, hung]).finally(() => clearTimeout(timer));
}

async function settleWriteOnce(nats: NatsConnection, name: string): Promise<void> {
  await nats.request(`register.write.${name}`, 'v', { timeout: 3_000 }).catch(() => undefined);
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code);
}
