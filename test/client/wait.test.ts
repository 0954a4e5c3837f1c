import { getEventListeners } from 'node:events';
import { connect } from 'nats';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BadInputError, createRegisters, RefusedError, type Registers, WaitTimeoutError } from '../../src/index.ts';
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

const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );
const untilRead = () => expect.poll(() => world.member.reads.length).toBeGreaterThan(0);

/** Publishes the decision that the member holds, as it does. */
function publish(name: string): void {
  const decision = world.member.decisions.get(name);
  if (decision === undefined) throw new Error('there is nothing to publish');
  createDecisionPublisher({ connection: world.client })({ type: 'decided', name, decision });
}

describe('waitFor', () => {
  test('gives a decision that was made before, at once', async () => {
    world.member.hold('orders.17', '{"owner":"alice"}');
    expect(await registers.waitFor('orders.17')).toMatchObject({ name: 'orders.17', value: { owner: 'alice' } });
    expect(world.member.reads).toHaveLength(1);
  });

  test('gives a decision that is made while it waits', async () => {
    const waiting = registers.waitFor('orders.17');
    await untilRead();
    world.member.hold('orders.17', '1');
    publish('orders.17');
    expect(await waiting).toMatchObject({ value: 1 });
  });

  test('finds a decision whose event got lost', async () => {
    const waiting = registers.waitFor('orders.17');
    await untilRead();
    world.member.hold('orders.17', '1');
    expect(await waiting).toMatchObject({ value: 1 });
  });

  test('believes no event alone: the registers say what is decided', async () => {
    const waiting = registers.waitFor('orders.17');
    await untilRead();
    world.client.publish('register.decided.orders.17', '"forged"');
    await expect.poll(() => world.member.reads.length).toBeGreaterThan(1);
    world.member.hold('orders.17', '"true"');
    expect(await waiting).toMatchObject({ value: 'true' });
  });

  test('waits on while the service is unavailable, or gone', async () => {
    const impatient = createRegisters(world.client, { timeoutMs: 200, tryTimeoutMs: 100 });
    world.member.nextReads.push(...Array(5).fill(() => ({ outcome: 'unavailable' })));
    world.member.hold('orders.17', '1');
    expect(await impatient.waitFor('orders.17')).toMatchObject({ value: 1 });
    await world.stopService();
    const error = await caught(impatient.waitFor('orders.18', { timeoutMs: 1_000 }));
    expect(error).toMatchObject({ code: 'STELE_WAIT_TIMEOUT', message: expect.stringMatching(/Nobody serves/) });
  });

  test('throws when its time is up, and when its signal is aborted, of which nothing stays', async () => {
    const error = await caught(registers.waitFor('orders.17', { timeoutMs: 50 }));
    expect(error).toBeInstanceOf(WaitTimeoutError);
    const controller = new AbortController();
    const waiting = caught(registers.waitFor('orders.17', { signal: controller.signal }));
    controller.abort(new Error('enough'));
    expect(await waiting).toMatchObject({ message: 'enough' });
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    const reads = world.member.reads.length;
    expect(await caught(registers.waitFor('orders.17', { signal: controller.signal }))).toMatchObject({
      message: 'enough',
    });
    expect(world.member.reads).toHaveLength(reads);
  });

  test('throws when the connection is closed for good', async () => {
    const waiting = caught(registers.waitFor('orders.17'));
    await untilRead();
    await world.client.close();
    const error = await waiting;
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({ status: 503, message: expect.stringMatching(/closed for good/) });
  });

  test('throws what it is not permitted to do', async () => {
    const rules = 'permissions: { publish: { deny: ["register.read.>"] } }';
    const server = await startNatsServer({ config: `authorization: { users: [{ user: u, password: p, ${rules} }] }` });
    const connection = await connect({ servers: server.url, user: 'u', pass: 'p' });
    try {
      expect(await caught(createRegisters(connection).waitFor('a'))).toMatchObject({ status: 403 });
    } finally {
      await connection.close();
      await server.stop();
    }
  });

  test.each([
    ['', {}],
    ['a.*', {}],
    ['a', { timeoutMs: 0 }],
    ['a', { timeoutMs: 1e12 }],
  ])('refuses the name %j with the options %j', async (name, options) => {
    await expect(registers.waitFor(name, options)).rejects.toThrow(BadInputError);
  });

  test('finds a decision that is made while its NATS server is away', async () => {
    const waiting = registers.waitFor('orders.17');
    await untilRead();
    await world.server.kill();
    world.member.hold('orders.17', '1');
    const server = await startNatsServer({ port: world.server.port });
    try {
      expect(await waiting).toMatchObject({ value: 1 });
    } finally {
      await server.stop();
    }
  });
});
