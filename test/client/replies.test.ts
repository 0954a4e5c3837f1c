import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'nats';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AnswerTooLargeError, createRegisters, type Registers } from '../../src/index.ts';
import { run } from '../cli/support.ts';
import { type NatsServer, startNatsServer } from '../support/nats-server.ts';
import { headersOf, type ServiceWorld, startServiceWorld } from '../support/service-world.ts';
import { Undo } from '../support/undo.ts';

const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

let undo: Undo;
beforeEach(() => {
  undo = new Undo();
});
afterEach(() => undo.all());

describe('a JetStream stream that captures the subjects of requests', () => {
  let world: ServiceWorld;
  beforeEach(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'stele-stream-'));
    undo.add(() => rm(directory, { recursive: true, force: true }));
    world = await startServiceWorld({ config: `jetstream: { store_dir: "${directory}" }` });
    undo.add(() => world.close());
    const manager = await world.client.jetstreamManager();
    await manager.streams.add({ name: 'EVERYTHING', subjects: ['register.>'] });
  });

  test('is not taken for the service, though it answers first: writes and reads have their outcome', async () => {
    const registers = createRegisters(world.client);
    const { opId } = await registers.write('a', { owner: 'alice' });
    expect(opId).toBe(world.member.writes[0]?.opId);
    expect(await registers.write('a', { owner: 'bob' })).toMatchObject({ outcome: 'lost', value: { owner: 'alice' } });
    expect(await registers.read('a')).toEqual({ owner: 'alice' });
    expect(await registers.read('b')).toBeUndefined();
    expect(await createRegisters(world.client).waitFor('a')).toMatchObject({ value: { owner: 'alice' } });
  });

  test('does not hide a refusal of the service', async () => {
    world.member.nextWrites.push(...Array(100).fill(() => ({ outcome: 'refused', code: 400, error: 'It is 400.' })));
    const registers = createRegisters(world.client);
    await registers.read('b');
    expect(await caught(registers.write('a', 1))).toMatchObject({ code: 'STELE_REFUSED', status: 400 });
  });

  test('is named where only it answers, and nothing else is claimed', async () => {
    await world.stopService();
    const registers = createRegisters(world.client, { timeoutMs: 600, tryTimeoutMs: 150 });
    expect(await caught(registers.write('a', 1))).toMatchObject({
      code: 'STELE_UNKNOWN',
      message: expect.stringMatching(/stream "EVERYTHING" answered/),
    });
    expect(await caught(registers.read('a'))).toMatchObject({
      code: 'STELE_UNAVAILABLE',
      message: expect.stringMatching(/stream "EVERYTHING" answered/),
    });
  });

  test('keeps no command from its answer', async () => {
    const env = { STELE_NATS: world.server.url };
    expect(await run(['write', 'a', 'alice'], { env })).toMatchObject({ code: 0 });
    expect(await run(['read', 'a'], { env })).toMatchObject({ code: 0, stdout: 'alice' });
  });
});

describe('a reply', () => {
  let server: NatsServer;
  let registers: Registers;
  let requests: number;
  let reply: { readonly value: string; readonly headers: Record<string, string> };
  beforeEach(async () => {
    server = await startNatsServer();
    undo.add(() => server.stop());
    const connection = await connect({ servers: server.url });
    undo.add(() => connection.close());
    requests = 0;
    for (const subject of ['register.write.>', 'register.read.>']) {
      connection.subscribe(subject, {
        callback: (_error, message) => {
          requests += 1;
          const lines = Object.entries(reply.headers).map(([key, value]) => [key, [value]]);
          message.respond(Buffer.from(reply.value), { headers: headersOf(Object.fromEntries(lines)) });
        },
      });
    }
    registers = createRegisters(connection);
  });
  const answer = (value: string, headers: Record<string, string>) => {
    reply = { value, headers: { 'Register-Ballot': '3/n1/7', ...headers } };
  };

  test('says whose the value is: of a read, and of a write that lost', async () => {
    answer('"bob"', { 'Register-Outcome': 'decided', 'Register-Op-Id': 'of-bob' });
    expect(await registers.find('a')).toEqual({
      name: 'a',
      value: 'bob',
      bytes: new TextEncoder().encode('"bob"'),
      ballot: '3/n1/7',
      winner: 'of-bob',
    });
    answer('"bob"', { 'Register-Outcome': 'lost', 'Register-Op-Id': 'of-bob', 'Nats-Service-Error-Code': '409' });
    expect(await registers.write('a', 'alice', { opId: 'of-alice' })).toMatchObject({
      outcome: 'lost',
      opId: 'of-alice',
      winner: 'of-bob',
    });
  });

  test('with code 422 says that the id was used for another value: it lost to its own id', async () => {
    answer('{"x": 1}', { 'Register-Outcome': 'lost', 'Register-Op-Id': 'op-1', 'Nats-Service-Error-Code': '422' });
    const result = await registers.write('a', { x: 1 }, { opId: 'op-1' });
    expect(result).toMatchObject({ outcome: 'lost', opId: 'op-1', winner: 'op-1' });
    const told = await run(['write', 'a', '{"x":1}', '--op-id', 'op-1', '--nats', server.url]);
    expect(told).toMatchObject({
      code: 1,
      stdout: '{"x": 1}',
      stderr: expect.stringMatching(/this very operation id/),
    });
  });

  test('without room for the value of a write that won is the value that was written', async () => {
    answer('', { 'Register-Outcome': 'won', 'Register-Op-Id': 'op-1', 'Nats-Service-Error-Code': '413' });
    expect(await registers.write('a', 'alice', { opId: 'op-1' })).toMatchObject({ outcome: 'won', value: 'alice' });
    expect(requests).toBe(1);
  });

  test.each([
    ['lost', () => registers.write('a', 1), ['write', 'a', '1'], 1],
    ['decided', () => registers.read('a'), ['read', 'a'], 3],
    ['unavailable', () => registers.read('a'), ['read', 'a'], 3],
    ['decided', () => registers.waitFor('a'), ['watch', 'a'], 3],
  ] as const)(
    'without room for the value of another write (%s) is told as that, at once',
    async (said, ask, args, code) => {
      const outcome = said === 'unavailable' ? 'decided' : said;
      answer('', {
        'Register-Outcome': said,
        'Register-Op-Id': 'of-bob',
        'Nats-Service-Error-Code': '413',
        'Nats-Service-Error': 'NATS carries 8192 bytes (its max_payload).',
      });
      const error = await caught(ask());
      expect(error).toBeInstanceOf(AnswerTooLargeError);
      expect(error).toMatchObject({ code: 'STELE_ANSWER_TOO_LARGE', outcome, winner: 'of-bob' });
      expect(error).toMatchObject({ message: expect.stringMatching(/too large .* 8192 bytes \(its max_payload\)/) });
      expect(requests).toBe(1);
      const told = await run([...args, '--json', '--nats', server.url]);
      expect(told.code).toBe(code);
      expect(JSON.parse(told.stdout)).toMatchObject({ outcome, code: 413, winner: 'of-bob' });
    },
  );
});
