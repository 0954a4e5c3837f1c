import { connect, type NatsConnection } from 'nats';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startRegisterService } from '../../src/nats/service/service.ts';
import { FakeMember } from '../support/fake-member.ts';
import { startNatsServer } from '../support/nats-server.ts';
import { type ServiceWorld, startServiceWorld } from '../support/service-world.ts';

let world: ServiceWorld;
beforeEach(async () => {
  world = await startServiceWorld();
});
afterEach(() => world.close());

describe('the NATS service', () => {
  test('answers $SRV.PING by the name register, with the member and its incarnation', async () => {
    for (const subject of ['$SRV.PING', '$SRV.PING.register']) {
      const { body } = await world.request(subject);
      expect(body).toMatchObject({
        name: 'register',
        version: '1.2.3',
        metadata: { member: 'n1', incarnation: '7', prefix: 'register' },
      });
    }
  });

  test('answers $SRV.INFO with its endpoints, those for requests in one queue group', async () => {
    const { body } = await world.request('$SRV.INFO.register');
    expect(body).toMatchObject({
      endpoints: [
        { subject: '_register.n1.status.get' },
        { subject: 'register.write.>', queue_group: 'register' },
        { subject: 'register.write', queue_group: 'register' },
        { subject: 'register.read.>', queue_group: 'register' },
        { subject: 'register.read', queue_group: 'register' },
      ],
    });
  });

  test('answers $SRV.STATS with what the member says of itself', async () => {
    await world.request('register.write.orders.17', 'alice');
    const { body } = await world.request('$SRV.STATS.register');
    expect(body).toMatchObject({
      endpoints: [
        { name: 'status' },
        { num_requests: 1, data: { ...world.member.status(), registers: 1, prefix: 'register' } },
        {},
        {},
        {},
      ],
    });
  });

  test.each(['$SRV.PING', '$SRV.INFO.register', '$SRV.STATS', '_register.n1.status.get'])(
    'never answers %s on a subject of its own: whoever may ask could write a register with the answer',
    async (subject) => {
      const decided = world.client.subscribe('register.decided.>');
      for (const reply of ['register.write.stolen', 'register.decided.stolen', '_register.n1.hello']) {
        world.client.publish(subject, '', { reply });
      }
      await world.request(subject);
      await world.client.flush();
      expect(await world.request('register.read.stolen')).toMatchObject({ outcome: 'empty' });
      expect(decided.getReceived()).toBe(0);
      decided.unsubscribe();
    },
  );

  test('has a queue group for each prefix, in which its members share requests, whatever the prefix', async () => {
    for (const prefix of ['eu', 'eu.registers', 'a-b.c_d']) {
      const other = await startServiceWorld({ prefix });
      const { body } = await other.request('$SRV.INFO.register');
      expect(body).toMatchObject({ metadata: { prefix } });
      const groups = (body as { endpoints: { subject: string; queue_group: string }[] }).endpoints
        .filter(({ subject }) => !subject.startsWith('_'))
        .map(({ queue_group }) => queue_group);
      expect(groups).toEqual([prefix, prefix, prefix, prefix]);
      expect((await other.request(`${prefix}.write.x`, 'v')).outcome).toBe('won');
      expect((await other.request(`_${prefix}.n1.status.get`)).body).toMatchObject({ prefix, clash: null });
      await other.close();
    }
  });

  test('that was stopped is not opened any more', async () => {
    const server = await startNatsServer();
    const connection = await connect({ servers: server.url });
    const service = await startRegisterService({
      connection,
      member: new FakeMember(),
      settings: { valueBytesMax: 1_000 },
      newOpId: () => 'o',
      version: '1.2.3',
    });
    const stopped = service.stop();
    service.open();
    await stopped;
    service.open();
    await expect(connection.request('register.read.orders.17')).rejects.toMatchObject({ code: '503' });
    await connection.close();
    await server.stop();
  });

  test('says how the member is before it is opened, and takes no requests until then', async () => {
    const server = await startNatsServer();
    const connection = await connect({ servers: server.url });
    const service = await startOn(connection, new FakeMember());
    const stats = await connection.request('$SRV.STATS.register');
    expect(stats.json()).toMatchObject({ endpoints: [{ data: { member: 'n1' } }] });
    expect((await connection.request('_register.n1.status.get')).json()).toMatchObject({
      member: 'n1',
      incarnation: 7,
    });
    await expect(connection.request('register.read.orders.17')).rejects.toMatchObject({ code: '503' });
    service.open();
    expect((await connection.request('register.read.orders.17')).headers?.get('Register-Outcome')).toBe('empty');
    await service.stop();
    await connection.close();
    await server.stop();
  });

  test('hands each request to one member only', async () => {
    const other = new FakeMember();
    const connection = await connect({ servers: world.server.url });
    const service = await startOn(connection, other);
    service.takeWrites(true);
    service.open();
    await connection.flush();
    const names = Array.from({ length: 64 }, (_, index) => `r.${index}`);
    await Promise.all(names.map((name) => world.request(`register.write.${name}`, 'x')));
    await Promise.all(names.map((register) => world.request('register.write', JSON.stringify({ register, value: 1 }))));
    expect(world.member.writes.length + other.writes.length).toBe(128);
    expect(other.writes.length).toBeGreaterThan(0);
    expect(world.member.writes.length).toBeGreaterThan(0);
    await service.stop();
    await connection.close();
  });

  test('that stops takes nothing more, and has stopped once all that came before is answered', async () => {
    let answerNow: () => void = () => undefined;
    world.member.nextWrites.push(
      () =>
        new Promise((resolve) => {
          answerNow = () => resolve({ outcome: 'unknown' });
        }),
    );
    const early = world.request('register.write.orders.17', 'alice');
    await expect.poll(() => world.member.writes.length).toBe(1);
    let hasStopped = false;
    const stopped = world.stopService().then(() => {
      hasStopped = true;
    });
    const readCode = () =>
      world.request('register.read.orders.17').then(
        () => 'answered',
        (error) => error.code,
      );
    await expect.poll(readCode).toBe('503');
    for (let turn = 0; turn < 20; turn += 1) await world.client.flush();
    expect(hasStopped).toBe(false);
    answerNow();
    await stopped;
    expect(await early).toMatchObject({ outcome: 'unknown' });
  });

  test('serves again once its NATS server is back', async () => {
    const { port } = world.server;
    await world.server.kill();
    const server = await startNatsServer({ port });
    try {
      const answer = () =>
        world.request('register.write.orders.17', 'alice').then(
          ({ outcome }) => outcome,
          () => 'none',
        );
      await expect.poll(answer, { timeout: 20_000 }).toMatch(/won|lost/);
    } finally {
      await server.stop();
    }
  });

  test('can be stopped while NATS is away', async () => {
    await world.server.kill();
    await expect(world.stopService()).resolves.toBeUndefined();
  });

  test('under another prefix keeps its name and leaves the first prefix alone', async () => {
    const other = await startServiceWorld({ prefix: 'eu.registers' });
    try {
      expect(await other.request('eu.registers.write.orders.17', 'alice')).toMatchObject({
        outcome: 'won',
        text: 'alice',
      });
      expect(await other.request('eu.registers.read', '{"register":"orders.17"}')).toMatchObject({
        outcome: 'decided',
      });
      expect((await other.request('$SRV.PING.register')).body).toMatchObject({ name: 'register' });
      await expect(other.request('register.read.orders.17')).rejects.toMatchObject({ code: '503' });
    } finally {
      await other.close();
    }
  });

  test('says so when NATS does not permit it to listen', async () => {
    const server = await startNatsServer({
      config:
        'authorization: { users: [{ user: u, password: p, permissions: { subscribe: { deny: ["register.>"] } } }] }',
    });
    const connection = await connect({ servers: server.url, user: 'u', pass: 'p' });
    const service = await startOn(connection, new FakeMember());
    service.open();
    expect(await service.stopped).toMatchObject({ code: 'PERMISSIONS_VIOLATION' });
    await connection.close();
    await server.stop();
  });
});

function startOn(connection: NatsConnection, member: FakeMember) {
  return startRegisterService({
    connection,
    member,
    settings: { valueBytesMax: 1_000 },
    newOpId: () => 'o',
    version: '1.2.3',
  });
}
