import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type Msg } from 'nats';
import { expect, onTestFinished, test } from 'vitest';
import type { MemberEvent } from '../../src/events.ts';
import { createDecisionPublisher } from '../../src/nats/publisher.ts';
import { startNatsServer } from '../support/nats-server.ts';

const decided = (name: string, value: Uint8Array): MemberEvent => ({
  type: 'decided',
  name,
  decision: { ballot: { round: 2, node: 'n3', incarnation: 5 }, proposal: { opId: 'op-1', value } },
});

async function start() {
  const server = await startNatsServer();
  const connection = await connect({ servers: server.url });
  onTestFinished(async () => {
    await connection.close();
    await server.stop();
  });
  const failures: unknown[] = [];
  const publish = createDecisionPublisher({ connection, onFailure: (error) => failures.push(error) });
  const heard: Msg[] = [];
  connection.subscribe('>', { callback: (_error, message) => heard.push(message) });
  return { connection, publish, heard, failures };
}

test('a decision is published under its name, with its value, ballot and operation id', async () => {
  const { connection, publish, heard } = await start();
  publish(decided('orders.17', Buffer.from([0, 255])));
  await connection.flush();
  expect(heard).toHaveLength(1);
  expect(heard[0]?.subject).toBe('register.decided.orders.17');
  expect(Buffer.from(heard[0]?.data ?? [])).toEqual(Buffer.from([0, 255]));
  expect(
    Object.fromEntries((heard[0]?.headers?.keys() ?? []).map((key) => [key, heard[0]?.headers?.get(key)])),
  ).toEqual({
    'Register-Ballot': '2/n3/5',
    'Register-Op-Id': 'op-1',
    'Nats-Msg-Id': 'orders.17',
  });
});

test('of two clusters with two prefixes, one stream keeps the decisions of both, under equal names', async () => {
  const storeDir = await mkdtemp(join(tmpdir(), 'stele-jetstream-'));
  const server = await startNatsServer({ config: `jetstream { store_dir: "${storeDir}" }` });
  const connection = await connect({ servers: server.url });
  onTestFinished(async () => {
    await connection.close();
    await server.stop();
    await rm(storeDir, { recursive: true, force: true });
  });
  const streams = await connection.jetstreamManager();
  await streams.streams.add({ name: 'decisions', subjects: ['*.decided.>'] });
  for (const prefix of ['register', 'eu']) {
    const publish = createDecisionPublisher({ connection, prefix });
    publish(decided('orders.17', Buffer.from(prefix)));
    publish(decided('orders.17', Buffer.from(prefix)));
  }
  await expect.poll(async () => (await streams.streams.info('decisions')).state.messages).toBe(2);
  const of = async (seq: number) => (await streams.streams.getMessage('decisions', { seq })).subject;
  expect([await of(1), await of(2)]).toEqual(['register.decided.orders.17', 'eu.decided.orders.17']);
});

test('nothing but decisions is published', async () => {
  const { connection, publish, heard } = await start();
  publish({ type: 'committed', registers: 1, tookMs: 1 });
  publish({ type: 'state', state: 'serving' });
  await connection.flush();
  expect(heard).toEqual([]);
});

test('a decision that cannot be published is reported and does no harm', async () => {
  const { connection, publish, heard, failures } = await start();
  publish(decided('huge', new Uint8Array(2_000_000)));
  const tooLarge = {
    message: expect.stringMatching(/register huge was not published.*max_payload.*register keeps it/),
  };
  expect(failures).toMatchObject([tooLarge]);
  publish(decided('small', Buffer.from('x')));
  await connection.flush();
  expect(heard.map(({ subject }) => subject)).toEqual(['register.decided.small']);
  await connection.close();
  publish(decided('late', Buffer.from('x')));
  expect(failures).toMatchObject([tooLarge, { message: expect.stringContaining('register late was not published') }]);
});
