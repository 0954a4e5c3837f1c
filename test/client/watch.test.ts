import { connect } from 'nats';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BadInputError, createRegisters, RefusedError, type Registers, type WatchItem } from '../../src/index.ts';
import { createDecisionPublisher } from '../../src/nats/publisher.ts';
import { startNatsServer } from '../support/nats-server.ts';
import { type ServiceWorld, startServiceWorld } from '../support/service-world.ts';

let world: ServiceWorld;
let registers: Registers;
beforeEach(async () => {
  world = await startServiceWorld();
  registers = createRegisters(world.client);
});
afterEach(() => world.close());

/** Publishes a decision as a member does, on the watcher's own connection, so after it has subscribed. */
function decide(name: string, value: string | Uint8Array = '"alice"'): void {
  createDecisionPublisher({ connection: world.client })({
    type: 'decided',
    name,
    decision: {
      ballot: { round: 2, node: 'n3', incarnation: 5 },
      proposal: { opId: 'op-1', value: typeof value === 'string' ? new TextEncoder().encode(value) : value },
    },
  });
}

/** The names that come, and `gap` for each gap. */
async function names(items: AsyncIterable<WatchItem>, count: number): Promise<string[]> {
  const seen: string[] = [];
  for await (const item of items) {
    seen.push(item.type === 'gap' ? 'gap' : item.name);
    if (seen.length === count) break;
  }
  return seen;
}

const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('watch', () => {
  test('shows decisions with value, bytes, ballot and operation id', async () => {
    const watch = registers.watch('orders.17');
    decide('orders.17', '{"owner":"alice"}');
    for await (const decision of watch) {
      expect(decision).toEqual({
        type: 'decided',
        name: 'orders.17',
        value: { owner: 'alice' },
        bytes: new TextEncoder().encode('{"owner":"alice"}'),
        ballot: '2/n3/5',
        winner: 'op-1',
        opId: 'op-1',
      });
      break;
    }
  });

  test('shows bytes that are no JSON as bytes', async () => {
    const watch = registers.watch();
    decide('n', Uint8Array.of(255));
    for await (const { value } of watch) {
      expect(value).toEqual(Uint8Array.of(255));
      break;
    }
  });

  test.each([
    [undefined, ['orders.17', 'orders.17.lines', 'leader/eu', 'orders.18']],
    ['>', ['orders.17', 'orders.17.lines', 'leader/eu', 'orders.18']],
    ['orders.>', ['orders.17', 'orders.17.lines', 'orders.18']],
    ['orders.*', ['orders.17', 'orders.18']],
    ['*.17', ['orders.17']],
    ['*', ['leader/eu']],
    ['orders.17', ['orders.17']],
  ])('of %j shows the registers that fit', async (pattern, expected) => {
    const watch = registers.watch(pattern);
    for (const name of ['orders.17', 'orders.17.lines', 'leader/eu', 'orders.18']) decide(name);
    await world.client.flush();
    watch.stop();
    expect(await names(watch, Number.POSITIVE_INFINITY)).toEqual(expected);
  });

  test('ends its subscription when the loop is left', async () => {
    const watch = registers.watch();
    decide('a');
    decide('b');
    await world.client.flush();
    expect(world.client.stats().inMsgs).toBe(2);
    expect(await names(watch, 1)).toEqual(['a']);
    decide('c');
    await world.client.flush();
    expect(world.client.stats().inMsgs).toBe(2);
  });

  test('ends in silence where it is stopped, once it has what had arrived', async () => {
    const watch = registers.watch();
    decide('a');
    await world.client.flush();
    watch.stop();
    expect(await names(watch, Number.POSITIVE_INFINITY)).toEqual(['a']);
    await world.client.close();
  });

  test.each(['close', 'drain'] as const)(
    'throws after a %s of the connection, once it has what had arrived',
    async (end) => {
      const watch = registers.watch();
      decide('a');
      await world.client.flush();
      await world.client[end]();
      const seen: unknown[] = [];
      const loop = async () => {
        for await (const { name } of watch) seen.push(name);
      };
      await expect(loop()).rejects.toMatchObject({
        code: 'STELE_REFUSED',
        status: 503,
        message: expect.stringMatching(/closed for good/),
      });
      expect(seen).toEqual(['a']);
    },
  );

  test('throws with the cause where NATS turns the connection away, as after a changed password', async () => {
    const users = (pass: string) => `authorization: { users: [{ user: u, password: ${pass} }] }`;
    const server = await startNatsServer({ config: users('before') });
    const connection = await connect({ servers: server.url, user: 'u', pass: 'before', reconnectTimeWait: 20 });
    const seen = caught(names(createRegisters(connection).watch(), 1));
    await server.kill();
    const after = await startNatsServer({ port: server.port, config: users('after') });
    try {
      expect(await seen).toMatchObject({ status: 503, message: expect.stringMatching(/Authorization Violation/) });
    } finally {
      await connection.close();
      await after.stop();
    }
  });

  test('goes on after the NATS server was away, and says where decisions may be missing', async () => {
    const watch = registers.watch();
    const second = registers.watch();
    decide('before');
    await world.client.flush();
    const beforeMs = Date.now();
    const back = (async () => {
      for await (const { type } of world.client.status()) if (type === 'reconnect') return;
    })();
    await world.server.kill();
    const server = await startNatsServer({ port: world.server.port });
    try {
      await back;
      const seen: WatchItem[] = [];
      for await (const item of watch) {
        seen.push(item);
        if (item.type === 'gap') decide('after');
        if (item.name === 'after') break;
      }
      expect(seen.map(({ type, name }) => [type, name])).toEqual([
        ['decided', 'before'],
        ['gap', undefined],
        ['decided', 'after'],
      ]);
      const gap = seen[1];
      if (gap?.type !== 'gap') throw new Error('the second item is no gap');
      expect(gap.fromMs).toBeGreaterThanOrEqual(beforeMs);
      expect(gap.toMs).toBeGreaterThanOrEqual(gap.fromMs);
      expect(await names(second, 3)).toEqual(['before', 'gap', 'after']);
    } finally {
      await server.stop();
    }
  });

  test('that begins while NATS is away says that decisions may be missing since then', async () => {
    const away = (async () => {
      for await (const { type } of world.client.status()) if (type === 'disconnect') return;
    })();
    await world.server.kill();
    await away;
    const startedMs = Date.now();
    const watch = registers.watch();
    const server = await startNatsServer({ port: world.server.port });
    try {
      for await (const item of watch) {
        if (item.type !== 'gap') throw new Error('the first item is no gap');
        expect(item.fromMs).toBeGreaterThanOrEqual(startedMs);
        break;
      }
    } finally {
      await server.stop();
    }
  });

  test('passes over what somebody else publishes there', async () => {
    const watch = registers.watch();
    world.client.publish('register.decided.a', 'no decision');
    decide('b');
    expect(await names(watch, 1)).toEqual(['b']);
  });

  test('cannot be taken by two loops', async () => {
    const watch = registers.watch();
    decide('a');
    expect(await names(watch, 1)).toEqual(['a']);
    await expect(names(watch, 1)).rejects.toThrow(BadInputError);
  });

  test.each(['', '.', 'a..b', 'a.>.b', '>.a', 'a*', 'a b', '_a', '_a.>', 'ü', 'x'.repeat(256)])(
    'refuses the pattern %j',
    (pattern) => {
      expect(() => registers.watch(pattern)).toThrow(BadInputError);
    },
  );

  test('on a closed connection is refused', async () => {
    await world.client.close();
    expect(() => registers.watch()).toThrow(RefusedError);
  });
});

describe('NATS permissions', () => {
  const allow = (rules: string) => `authorization: { users: [{ user: u, password: p, permissions: { ${rules} } }] }`;

  async function withPermissions<T>(rules: string, use: (registers: Registers) => Promise<T>): Promise<T> {
    const server = await startNatsServer({ config: allow(rules) });
    const connection = await connect({ servers: server.url, user: 'u', pass: 'p' });
    try {
      return await use(createRegisters(connection, { timeoutMs: 5_000 }));
    } finally {
      await connection.close();
      await server.stop();
    }
  }
  test('that forbid a write or a read make it refused with 403 at once', async () => {
    await withPermissions('publish: { deny: ["register.>"] }', async (limited) => {
      const expected = { status: 403, message: expect.stringMatching(/does not permit/) };
      expect(await caught(limited.write('orders.17', 1))).toMatchObject(expected);
      expect(await caught(limited.read('orders.17'))).toMatchObject(expected);
    });
  });

  test('that forbid the answers leave a write unknown, and say why', async () => {
    await withPermissions('subscribe: { deny: ["_INBOX.>"] }', async (limited) => {
      const error = await caught(limited.write('orders.17', 1));
      expect(error).toMatchObject({ code: 'STELE_UNKNOWN', message: expect.stringMatching(/inbox/) });
    });
  });

  test('that forbid a watch make its loop throw', async () => {
    await withPermissions('subscribe: { deny: ["register.>"] }', async (limited) => {
      const error = await caught(names(limited.watch('orders.>'), 1));
      expect(error).toBeInstanceOf(RefusedError);
      expect(error).toMatchObject({ status: 403 });
    });
  });

  test('that are withdrawn while it watches make its loop throw', async () => {
    const config = (rules: string) => `${allow(rules)}\n`;
    const server = await startNatsServer({ config: config('subscribe: { allow: [">"] }') });
    const connection = await connect({ servers: server.url, user: 'u', pass: 'p' });
    try {
      const seen = caught(names(createRegisters(connection).watch('orders.>'), 1));
      await connection.flush();
      await server.reload(config('subscribe: { deny: ["register.>"] }'));
      expect(await seen).toMatchObject({ code: 'STELE_REFUSED', status: 403 });
    } finally {
      await connection.close();
      await server.stop();
    }
  });
});
