import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type NatsConnection } from 'nats';
import { afterEach, expect, test, vi } from 'vitest';
import type { MemberEvent } from '../../src/events.ts';
import { PAYLOAD_BYTES_MIN, VALUE_BYTES_MIN } from '../../src/nats/payload-limit.ts';
import { createNode, initStore, type SteleNode } from '../../src/node/index.ts';
import { type NatsServer, startNatsServer } from '../support/nats-server.ts';
import { settleWrite } from '../support/raw.ts';
import { answerOf } from '../support/service-world.ts';
import { Undo } from '../support/undo.ts';

const undo = new Undo();
afterEach(() => undo.all());

interface Running {
  readonly node: SteleNode;
  readonly events: MemberEvent[];
}

async function serverOf(maxPayload: number, port?: number): Promise<NatsServer> {
  const server = await startNatsServer({
    config: `max_payload: ${maxPayload}`,
    ...(port === undefined ? {} : { port }),
  });
  undo.add(() => server.stop());
  return server;
}

async function connectTo({ url }: NatsServer): Promise<NatsConnection> {
  const connection = await connect({
    servers: url,
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: 50,
  });
  undo.add(() => connection.close());
  return connection;
}

async function directoryOf(member: string, members: readonly string[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'stele-payload-'));
  undo.add(() => rm(directory, { recursive: true, force: true }));
  await initStore({ dataDir: directory, member, members });
  return directory;
}

async function run(server: NatsServer, dataDir: string): Promise<Running> {
  const node = await createNode({ nats: await connectTo(server), dataDir });
  undo.add(() => node.drain());
  const events: MemberEvent[] = [];
  node.subscribe((event) => events.push(event));
  return { node, events };
}

async function contentsOf(directory: string): Promise<unknown> {
  const files = await readdir(directory);
  return await Promise.all(
    files.sort().map(async (file) => {
      const path = join(directory, file);
      return [file, (await stat(path)).mtimeMs, await readFile(path, 'base64')];
    }),
  );
}

const ask = async (connection: NatsConnection, subject: string, payload: string | Uint8Array = '') =>
  answerOf(await connection.request(subject, payload, { timeout: 5_000 }));

test.each([2_048, 4_096, PAYLOAD_BYTES_MIN - 1])(
  'a member does not start where NATS carries %i bytes: it names what it needs, and touches nothing',
  async (bytesMax) => {
    const directory = await directoryOf('n1', ['n1']);
    const before = await contentsOf(directory);
    const nats = await connectTo(await serverOf(bytesMax));
    await expect(createNode({ nats, dataDir: directory })).rejects.toMatchObject({
      code: 'STELE_NATS_UNFIT',
      message: expect.stringMatching(
        new RegExp(`${bytesMax} bytes.*needs ${PAYLOAD_BYTES_MIN}.*The member was not started`),
      ),
    });
    expect(await contentsOf(directory)).toEqual(before);
    const { node } = await run(await serverOf(PAYLOAD_BYTES_MIN), directory);
    expect(node.status().incarnation).toBe(1);
  },
);

test('three members that start at the least carry the least value, and say how they are', async () => {
  const server = await serverOf(PAYLOAD_BYTES_MIN);
  const members = ['n1', 'n2', 'n3'];
  const running = await Promise.all(members.map(async (one) => await run(server, await directoryOf(one, members))));
  const client = await connectTo(server);
  const value = 'v'.repeat(VALUE_BYTES_MIN);
  for (let written = 0; written < 20; written += 1) {
    const answer = await settleWrite(client, `least.${written}`, value, `op-${written}`);
    expect(answer).toMatchObject({ outcome: 'won', value });
  }
  expect((await ask(client, '$SRV.STATS.register')).body).toMatchObject({
    endpoints: expect.arrayContaining([
      expect.objectContaining({ data: expect.objectContaining({ state: 'serving' }) }),
    ]),
  });
  const troubles = running.flatMap(({ events }) => events.filter(({ type }) => type === 'trouble'));
  expect(troubles).toEqual([]);
});

test('three members outlive a server that carries less than before, and say what no reply can carry', async () => {
  const first = await serverOf(1_048_576);
  const members = ['n1', 'n2', 'n3'];
  const running = await Promise.all(members.map(async (one) => await run(first, await directoryOf(one, members))));
  const client = await connectTo(first);
  const large = 'v'.repeat(60_000);
  expect(await settleWrite(client, 'large', large, 'op-1')).toMatchObject({ outcome: 'won' });
  expect(await settleWrite(client, 'small', 'v', 'op-2')).toMatchObject({ outcome: 'won' });
  await first.kill();
  const second = await serverOf(2_048, first.port);
  await vi.waitFor(async () => expect(await ask(client, 'register.read.small')).toMatchObject({ text: 'v' }), 20_000);

  for (const verb of ['$SRV.PING', '$SRV.INFO', '$SRV.STATS']) await ask(client, verb);
  const read = await ask(client, 'register.read.large');
  expect(read).toMatchObject({ outcome: 'unavailable', code: '413', winner: 'op-1', text: '' });
  expect(read.error).toMatch(/decided, but the value of 60000 bytes does not fit in a reply: NATS carries 2048 bytes/);
  expect(await ask(client, 'register.write.new', 'x')).toMatchObject({ outcome: 'refused', code: '413' });
  const told = running.flatMap(({ events }) => events.filter(({ type }) => type === 'trouble'));
  expect(told).toContainEqual(expect.objectContaining({ what: expect.stringMatching(/2048 bytes.*needs 5120/) }));
  expect(running.map(({ node }) => node.status().state)).toEqual(['serving', 'serving', 'serving']);

  await second.kill();
  await serverOf(1_048_576, first.port);
  await vi.waitFor(async () => expect(await ask(client, 'register.read.large')).toMatchObject({ text: large }), 20_000);
});
