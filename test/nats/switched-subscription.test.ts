import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'nats';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { WriteResult } from '../../src/contract/outcomes.ts';
import { KeptService } from '../../src/nats/service/kept-service.ts';
import { startRegisterService } from '../../src/nats/service/service.ts';
import { FakeMember } from '../support/fake-member.ts';
import { startNatsServer } from '../support/nats-server.ts';
import { type ServiceWorld, startServiceWorld } from '../support/service-world.ts';

let world: ServiceWorld;
beforeEach(async () => {
  world = await startServiceWorld();
});
afterEach(() => world.close());

/** What comes of a request: its outcome, or the code of NATS where nobody took it. */
function outcomeOf(subject: string, payload = ''): Promise<string | undefined> {
  return world.request(subject, payload).then(
    ({ outcome, body }) => outcome ?? (body as { outcome?: string }).outcome,
    (error: { code?: string }) => error.code,
  );
}

async function endpoints(): Promise<unknown> {
  const { body } = await world.request('$SRV.INFO.register');
  return (body as { endpoints: unknown }).endpoints;
}

const envelope = (register: string) => JSON.stringify({ register, value: 1 });

describe('a service whose writes are switched off', () => {
  test('shows the same endpoints as before', async () => {
    const before = await endpoints();
    expect(before).toHaveLength(5);
    await world.takeWrites(false);
    expect(await endpoints()).toEqual(before);
    await world.takeWrites(true);
    expect(await endpoints()).toEqual(before);
  });

  test('leaves it to NATS to say of writes that nobody takes them, and answers reads', async () => {
    await world.takeWrites(false);
    expect(await outcomeOf('register.write.a', 'v')).toBe('503');
    expect(await outcomeOf('register.write', envelope('a'))).toBe('503');
    expect(await outcomeOf('register.read.a')).toBe('empty');
    expect(await outcomeOf('register.read', '{"register":"a"}')).toBe('empty');
    expect(world.member.writes).toEqual([]);
  });

  test('takes writes again once they are switched on, and leaves them again, as often as that is', async () => {
    for (let round = 1; round <= 3; round += 1) {
      await world.takeWrites(false);
      await world.takeWrites(false);
      expect(await outcomeOf(`register.write.off.${round}`, 'v')).toBe('503');
      await world.takeWrites(true);
      await world.takeWrites(true);
      expect(await outcomeOf(`register.write.subject.${round}`, 'v')).toBe('won');
      expect(await outcomeOf('register.write', envelope(`envelope.${round}`))).toBe('won');
    }
    // Each of them once: no subscription is doubled.
    expect(world.member.writes).toHaveLength(6);
  });

  test('that is switched off and on within a moment takes each write once', async () => {
    await Promise.all([
      world.takeWrites(false),
      world.takeWrites(true),
      world.takeWrites(false),
      world.takeWrites(true),
    ]);
    expect(await outcomeOf('register.write.a', 'v')).toBe('won');
    expect(world.member.writes).toHaveLength(1);
  });

  test('answers all that was delivered before', async () => {
    let answerNow: (result: WriteResult) => void = () => undefined;
    world.member.nextWrites.push(() => new Promise((resolve) => (answerNow = resolve)));
    const early = outcomeOf('register.write.a', 'v');
    await expect.poll(() => world.member.writes.length).toBe(1);
    await world.takeWrites(false);
    expect(await outcomeOf('register.write.b', 'v')).toBe('503');
    answerNow({ outcome: 'unknown' });
    expect(await early).toBe('unknown');
  });

  test('loses no write that comes while it is switched off: each is answered, or NATS says that nobody took it', async () => {
    const writes = Array.from({ length: 500 }, (_, index) => outcomeOf(`register.write.r.${index}`, 'v'));
    await expect.poll(() => world.member.writes.length).toBeGreaterThan(0);
    await world.takeWrites(false);
    const outcomes = await Promise.all([...writes, outcomeOf('register.write.last', 'v')]);
    expect(outcomes.filter((outcome) => outcome !== 'won' && outcome !== '503')).toEqual([]);
    expect(outcomes.filter((outcome) => outcome === 'won')).toHaveLength(world.member.writes.length);
    expect(outcomes.at(-1)).toBe('503');
  });

  test('stops as one that takes writes does, and is not switched on any more', async () => {
    await world.takeWrites(false);
    await world.stopService();
    await world.takeWrites(true);
    expect(await outcomeOf('register.write.a', 'v')).toBe('503');
    expect(await outcomeOf('register.read.a')).toBe('503');
    await expect(world.client.request('$SRV.INFO.register')).rejects.toMatchObject({ code: '503' });
  });
});

const WITHOUT_WRITES = 'subscribe: { allow: ">", deny: ["register.write", "register.write.>"] }';

function configOf(permissions: string): string {
  return `authorization { users = [ { user: admin, password: admin }, { user: member, password: member, permissions: { ${permissions} } } ] }`;
}

async function startDenied(permissions: string) {
  const server = await startNatsServer({ config: configOf(permissions) });
  onTestFinished(() => server.stop());
  const [connection, client] = [
    await connect({ servers: server.url, user: 'member', pass: 'member' }),
    await connect({ servers: server.url, user: 'admin', pass: 'admin' }),
  ];
  onTestFinished(async () => {
    await connection.close();
    await client.close();
  });
  const options = { connection, member: new FakeMember(), settings: { valueBytesMax: 1_000 }, newOpId: () => 'o' };
  return { server, client, options: { ...options, version: '1.2.3' } };
}

test('a service that may not take writes hears so as it is opened, though it does not take them yet', async () => {
  const { options } = await startDenied(WITHOUT_WRITES);
  const service = await startRegisterService(options);
  service.open();
  expect(await service.stopped).toMatchObject({ code: 'PERMISSIONS_VIOLATION' });
});

test('a service that has lasted and may not take writes when they are switched on is kept, and takes them once it may', {
  timeout: 60_000,
}, async () => {
  const { server, client, options } = await startDenied('subscribe: ">"');
  const refused: unknown[] = [];
  const kept = await KeptService.start({ ...options, onRefused: (error) => refused.push(error) });
  kept.open();
  // What is ended sooner was never permitted.
  await sleep(5_500);
  await server.reload(configOf(WITHOUT_WRITES));
  kept.takeWrites(true);
  const outcome = (subject: string) =>
    client.request(subject, 'v', { timeout: 2_000 }).then(
      ({ headers }) => headers?.get('Register-Outcome'),
      (error: { code?: string }) => error.code,
    );
  // It is started again after a pause, in vain for as long as that is denied.
  await expect.poll(() => outcome('register.read.a'), { timeout: 10_000 }).toBe('503');
  await server.reload(configOf('subscribe: ">"'));
  await expect.poll(() => outcome('register.write.a'), { timeout: 10_000 }).toBe('won');
  expect(await outcome('register.read.a')).toBe('decided');
  expect(refused).toEqual([]);
  await kept.stop();
});
