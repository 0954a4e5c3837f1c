import type { NatsConnection, ServicesAPI } from 'nats';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { StoreFailedError } from '../../src/contract/errors.ts';
import { Denials } from '../../src/nats/denials.ts';
import { createNode, type Listener } from '../../src/node/index.ts';
import { SqliteStore } from '../../src/store/sqlite-store.ts';
import { Embedding, LASTING, troublesIn } from '../support/embedding.ts';
import { rawRead, rawWrite, settleWrite } from '../support/raw.ts';

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

describe('nothing is left of a node that could not be made', () => {
  test('on a connection that is closed, or draining', async () => {
    const closed = await embedding.connect();
    await closed.close();
    await expect(embedding.node(closed)).rejects.toMatchObject({ code: 'STELE_CONNECTION_CLOSED' });
    const draining = await embedding.connect();
    const drained = draining.drain();
    await expect(embedding.node(draining)).rejects.toMatchObject({ code: 'STELE_CONNECTION_CLOSED' });
    await drained;
    expect(await embedding.servesAgain()).toBe(1);
  });

  test('for bad options', async () => {
    const nats = await embedding.connect();
    const bad = [
      { nats: undefined as unknown as NatsConnection },
      { nats: {} as NatsConnection },
      { dataDir: '' },
      { dataDir: undefined as unknown as string },
      { prefix: 'a b' },
      { settings: { heartbeatMs: Number.POSITIVE_INFINITY } },
    ];
    for (const options of bad) {
      const given = { nats, dataDir: embedding.dataDir, ...options };
      await expect(createNode(given), JSON.stringify(options)).rejects.toMatchObject({ code: 'STELE_BAD_INPUT' });
    }
    expect(await embedding.servesAgain()).toBe(1);
  });

  test('on a NATS server that carries no headers', async () => {
    const nats = await embedding.connect();
    if (nats.info === undefined) throw new Error('the connection says nothing of its server');
    const withoutHeaders = overlaid(nats, { info: { ...nats.info, headers: false } });
    await expect(embedding.node(withoutHeaders)).rejects.toMatchObject({ code: 'STELE_NATS_UNFIT' });
    expect(await embedding.servesAgain()).toBe(1);
  });

  /** What createNode asks of a connection after its store is open, in that order. */
  const steps: readonly (readonly [string, () => object])[] = [
    ['the status of the connection', () => ({ status: failing })],
    ['the first subscription', () => ({ subscribe: failing })],
    ['the service', () => ({ services: new FailingServices() })],
    ['the end of the connection', () => ({ closed: failing })],
    ['the list of the options of the connection', () => new FailingOptions()],
  ];

  test.each(steps)('where %s fails', async (_, broken) => {
    const nats = await embedding.connect();
    const before = subscriptionsOf(nats);
    const connection = overlaid(nats, broken());
    await expect(embedding.node(connection)).rejects.toThrow('it does not work');
    expect(subscriptionsOf(nats)).toBe(before);
    await embedding.servesAgain();
  });

  test('where the service fails, not even what follows the status of the connection', async () => {
    const nats = await embedding.connect();
    const before = followersOf(nats);
    await expect(embedding.node(overlaid(nats, { services: new FailingServices() }))).rejects.toThrow(
      'it does not work',
    );
    await expect.poll(() => followersOf(nats)).toBe(before);
  });

  test('and why is told, though its store fails as it is closed', async () => {
    const close = SqliteStore.prototype.close;
    const spy = vi.spyOn(SqliteStore.prototype, 'close').mockImplementationOnce(async function (this: SqliteStore) {
      await close.call(this);
      throw new Error('it does not close');
    });
    const failed = embedding.node(overlaid(await embedding.connect(), { status: failing }));
    await expect(failed).rejects.toThrow('it does not work');
    spy.mockRestore();
    await embedding.servesAgain();
  });

  test('where the connection is closed while the store is being opened', async () => {
    const nats = await embedding.connect();
    const node = embedding.node(nats);
    await nats.close();
    await expect(node.then(({ node }) => node.done)).rejects.toMatchObject({ code: 'STELE_CONNECTION_CLOSED' });
    await embedding.servesAgain();
  });
});

describe('a connection that gives up on NATS', () => {
  test('is told of as trouble, to those who subscribe later too', async () => {
    const { events } = await embedding.node(await embedding.connect({}));
    await expect.poll(() => troublesIn(events).join()).toContain('10 failed tries');
    expect(troublesIn(events).join()).toContain('ignoreAuthErrorAbort: true');
  });

  test('and does not reconnect at all is told of; one that lasts is not', async () => {
    const lasting = await embedding.node(await embedding.connect(LASTING));
    await expect.poll(() => lasting.events.length).toBeGreaterThan(0);
    expect(troublesIn(lasting.events)).toEqual([]);
    await lasting.node.drain();
    const { events } = await embedding.node(await embedding.connect({ reconnect: false }));
    await expect.poll(() => troublesIn(events).join()).toContain('reconnect: false');
  });

  test('ends the member with the cause, and no process where nobody waits for it', async () => {
    const nats = await embedding.connect({ maxReconnectAttempts: 1, reconnectTimeWait: 20 });
    const { node, events } = await embedding.node(nats);
    await embedding.server.kill();
    await nats.closed();
    await expect.poll(() => events.at(-1)).toMatchObject({ type: 'state', state: 'failed' });
    await expect(node.done).rejects.toMatchObject({
      code: 'STELE_CONNECTION_CLOSED',
      message: expect.stringContaining('gave up on reconnecting'),
    });
  });
});

describe('nothing is left of a node on its connection', () => {
  test('that has drained; and what was asked of it before is answered', async () => {
    const nats = await embedding.connect();
    const before = [subscriptionsOf(nats), followersOf(nats)];
    const { node } = await embedding.node(nats);
    const client = await embedding.connect();
    await settleWrite(client, 'warm-up', 'v', 'op');
    const writes = Array.from({ length: 20 }, (_, index) => rawWrite(client, `before.${index}`, 'v'));
    await client.flush();
    await node.drain();
    expect(subscriptionsOf(nats)).toBe(before[0]);
    await expect.poll(() => followersOf(nats)).toBe(before[1]);
    expect((await Promise.all(writes)).map(({ outcome }) => outcome)).toEqual(writes.map(() => 'won'));
  });

  test('that has drained, though NATS never says that it has heard the last of it', async () => {
    const nats = await embedding.connect();
    const silent = overlaid(nats, { flush: () => new Promise(() => undefined) });
    const { node } = await embedding.node(silent);
    await settleWrite(await embedding.connect(), 'warm-up', 'v', 'op');
    await node.drain();
    expect(node.status().state).toBe('stopped');
    expect(subscriptionsOf(nats)).toBe(0);
    await embedding.servesAgain();
  });

  test('that has failed', async () => {
    const nats = await embedding.connect();
    const before = [subscriptionsOf(nats), followersOf(nats)];
    const { node } = await embedding.node(nats);
    const client = await embedding.connect();
    await settleWrite(client, 'warm-up', 'v', 'op');
    const save = vi.spyOn(SqliteStore.prototype, 'save').mockRejectedValue(new StoreFailedError('the disk is full'));
    void rawWrite(client, 'failing', 'v');
    await expect(node.done).rejects.toMatchObject({ code: 'STELE_STORE_FAILED' });
    save.mockRestore();
    expect(subscriptionsOf(nats)).toBe(before[0]);
    await expect.poll(() => followersOf(nats)).toBe(before[1]);
  });

  test('that has failed, and for whose end nobody waits: it ends no process', async () => {
    const last = vi.spyOn(Denials.prototype, 'stop');
    const nats = await embedding.connect({ maxReconnectAttempts: 1, reconnectTimeWait: 20 });
    await embedding.node(nats);
    await embedding.server.kill();
    await vi.waitFor(() => expect(last).toHaveBeenCalled(), 10_000);
    last.mockRestore();
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).toEqual([]);
  });
});

test('a node that is joining takes no requests: they are for those that serve', async () => {
  const joining = await Embedding.begin({ members: ['n1', 'n2', 'n3'] });
  try {
    const nats = await joining.connect();
    const { node, events } = await joining.node(nats);
    await expect.poll(() => events).toContainEqual({ type: 'state', state: 'joining' });
    expect(await rawRead(nats, 'joining')).toMatchObject({ outcome: 'silence' });
    expect(node.status().state).toBe('joining');
  } finally {
    await joining.end();
  }
});

describe('a listener of an embedded node', () => {
  test.each(['decided', 'state', 'committed', 'answered', 'opening'] as const)(
    'that throws on %s changes nothing for the member, and is told of to the others',
    async (type) => {
      const nats = await embedding.connect();
      const { node, events } = await embedding.node(nats);
      const throwing: Listener = (event) => {
        if (event.type === type) throw new Error('of the host');
      };
      node.subscribe(throwing);
      for (const name of ['a', 'b', 'c']) {
        expect(await settleWrite(nats, `${type}.${name}`, 'v', name)).toMatchObject({ outcome: 'won' });
      }
      await node.drain();
      await node.done;
      const troubles = troublesIn(events).filter((what) => what.includes('of the host'));
      expect(troubles).toHaveLength(1);
      expect(node.status().state).toBe('stopped');
    },
  );

  test('that drains, subscribes and unsubscribes inside gets what it asks for', async () => {
    const nats = await embedding.connect();
    const { node } = await embedding.node(nats);
    const heard: string[] = [];
    const stop = node.subscribe((event) => {
      if (event.type !== 'decided') return;
      stop();
      node.subscribe((later) => void heard.push(later.type === 'state' ? later.state : later.type));
      void node.drain();
    });
    await settleWrite(nats, 'inside', 'v', 'op');
    await node.done;
    expect(heard).toContain('stopped');
  });

  test('that waits for "serving" hears it, whenever it comes', async () => {
    const nats = await embedding.connect();
    const first = await embedding.node(nats);
    await settleWrite(nats, 'first', 'v', 'op');
    await first.node.drain();
    const { node } = await embedding.node(nats);
    await vi.waitUntil(() => node.status().state === 'serving');
    await new Promise<void>((resolve) => {
      node.subscribe((event) => event.type === 'state' && event.state === 'serving' && resolve());
    });
    expect(await rawWrite(nats, 'second', 'v')).toMatchObject({ outcome: 'won' });
  });

  test('finds nothing of a member that has drained on its connection: no subscription, and nobody who follows it', async () => {
    const nats = await embedding.connect();
    const before = [subscriptionsOf(nats), followersOf(nats)];
    const { node } = await embedding.node(nats);
    expect(followersOf(nats)).toBeGreaterThan(before[1] ?? 0);
    await node.drain();
    await expect.poll(() => [subscriptionsOf(nats), followersOf(nats)]).toEqual(before);
  });

  test('cannot change the member through what status() returns', async () => {
    const { node } = await embedding.node(await embedding.connect());
    (node.status().members as string[]).push('n9');
    expect(node.status().members).toEqual(['n1']);
  });
});

class FailingServices implements ServicesAPI {
  add = async () => failing();
  client = failing;
}

/** Not a part of the connection's type: the library keeps them there. */
class FailingOptions {
  get options(): never {
    return failing();
  }
}

function failing(): never {
  throw new Error('it does not work');
}

/** A real connection, a few of whose members are replaced. */
function overlaid(nats: NatsConnection, replaced: object): NatsConnection {
  return new Proxy(nats, {
    get: (target, key) => {
      const source = key in replaced ? replaced : target;
      const value: unknown = Reflect.get(source, key, source);
      return typeof value === 'function' ? value.bind(source) : value;
    },
  });
}

/** How many subscriptions the library keeps for a connection. */
function subscriptionsOf(nats: NatsConnection): number {
  return (nats as unknown as { protocol: { subscriptions: { size(): number } } }).protocol.subscriptions.size();
}

/** How many loops over its status the library keeps for a connection. */
function followersOf(nats: NatsConnection): number {
  return (nats as unknown as { listeners: unknown[] }).listeners.length;
}
