import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type NatsConnection } from 'nats';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { MemberEvent } from '../../src/events.ts';
import { PeerCodec } from '../../src/nats/peer-codec.ts';
import { createNode, initStore, type SteleNode } from '../../src/node/index.ts';
import type { PeerMessage } from '../../src/ports.ts';
import { type NatsServer, startNatsServer } from '../support/nats-server.ts';
import { ballotOf, proposal } from '../support/paxos.ts';
import { rawRead, rawWrite, settleWrite } from '../support/raw.ts';

let directory: string;
let server: NatsServer;
let connection: NatsConnection;
let node: SteleNode;
let events: MemberEvent[];

/** A cluster of one, in this process, among whatever else a service does with its connection. */
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stele-node-'));
  await initStore({ dataDir: directory, member: 'n1', members: ['n1'] });
  server = await startNatsServer();
  connection = await connect({ servers: server.url });
  node = await createNode({ nats: connection, dataDir: directory });
  events = [];
  node.subscribe((event) => events.push(event));
});

afterEach(async () => {
  await node.drain();
  await connection.close();
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

test('an embedded member serves over the connection that it was given, and leaves it open', async () => {
  expect(await settleWrite(connection, 'embedded.1', 'v', 'op')).toMatchObject({ outcome: 'won' });
  await node.drain();
  expect(connection.isClosed()).toBe(false);
  expect(await rawRead(connection, 'embedded.1')).toMatchObject({ outcome: 'silence' });
});

test('a retry whose first try won, and whose answer was lost, is told that it won (libkv #186)', async () => {
  expect(await settleWrite(connection, 'embedded.2', 'v', 'op')).toMatchObject({ outcome: 'won' });
  expect(await rawWrite(connection, 'embedded.2', 'v', 'op')).toMatchObject({ outcome: 'won', value: 'v' });
});

test('an operation id that comes back with another value is another operation, and loses', async () => {
  await settleWrite(connection, 'embedded.3', 'v', 'op');
  expect(await rawWrite(connection, 'embedded.3', 'w', 'op')).toMatchObject({
    outcome: 'lost',
    value: 'v',
    code: '422',
  });
});

test('garbage on the members’ own subjects is dropped and told of; the next good request works', async () => {
  for (const subject of ['_register.n1.requests', '_register.n1.hello', '_register.n1.nonsense']) {
    for (const garbage of ['', '{', '[]', '["requests",{},[]]', '\u0000\u00ff', 'x'.repeat(100_000)]) {
      connection.publish(subject, garbage);
    }
  }
  await connection.flush();
  expect(await settleWrite(connection, 'embedded.4', 'v', 'op')).toMatchObject({ outcome: 'won' });
  expect(events.filter(({ type }) => type === 'trouble').length).toBeGreaterThan(0);
});

test('a hello and votes of a process that is not in the membership count for nothing', async () => {
  const identity = { cluster: 'stele', member: 'n9', storeId: 'a-store', incarnation: 1 };
  const sender = { ...identity, session: 'a-session', commits: 0 };
  const at = ballotOf(9, 'n9');
  const codec = new PeerCodec();
  const send = (message: PeerMessage) => {
    for (const payload of codec.encode(message, 1_000_000)) {
      connection.publish(`_register.n1.${message.type}`, payload);
    }
  };
  send({ type: 'hello', sender, hello: { credentials: sender, members: ['n1'], enrolled: true, remembers: [] } });
  send({ type: 'requests', sender, requests: [{ type: 'prepare', name: 'embedded.5', ballot: at }] });
  const writes = [{ name: 'embedded.5', proposal: proposal('theirs') }];
  send({ type: 'open', sender, opening: { ballot: ballotOf(0, 'n9'), number: 1, writes, chosen: [] }, awaited: [] });
  await connection.flush();
  await expect.poll(() => events).toContainEqual({ type: 'peer-refused', member: 'n9', refusal: 'not-a-member' });
  expect(await settleWrite(connection, 'embedded.5', 'v', 'op')).toMatchObject({ outcome: 'won' });
});

test('a setting that is no setting, or no number above 0, is refused before anything is opened', async () => {
  const options = { nats: connection, dataDir: directory };
  await expect(createNode({ ...options, settings: { phaseTimeoutMs: 0 } })).rejects.toMatchObject({
    code: 'STELE_BAD_INPUT',
  });
  const unknown = { colour: 1 } as object;
  await expect(createNode({ ...options, settings: unknown })).rejects.toMatchObject({ code: 'STELE_BAD_INPUT' });
  await expect(createNode({ ...options, prefix: '_x' })).rejects.toMatchObject({ code: 'STELE_BAD_INPUT' });
});

test('past its bound it refuses with 429, nothing was started, and the next request works', async () => {
  await node.drain();
  node = await createNode({ nats: connection, dataDir: directory, settings: { pendingOperationsMax: 2 } });
  await settleWrite(connection, 'warm-up', 'v', 'op');
  const names = Array.from({ length: 20 }, (_, index) => `crowd.${index}`);
  const answers = await Promise.all(names.map((name) => rawWrite(connection, name, 'v')));
  expect(answers.filter(({ outcome }) => outcome === 'won').length).toBeGreaterThan(0);
  const refused = names.filter((_, index) => answers[index]?.outcome === 'refused');
  expect(refused.length).toBeGreaterThan(0);
  for (const [index, name] of names.entries()) {
    if (!refused.includes(name)) continue;
    expect(answers[index]?.code).toBe('429');
    expect(await rawRead(connection, name)).toMatchObject({ outcome: 'empty' });
  }
  expect(await rawWrite(connection, 'crowd.after', 'v')).toMatchObject({ outcome: 'won' });
});

test('a write that is still waiting for its turn when its time is up is refused with 429: nothing was started', async () => {
  await node.drain();
  const settings = { batchRegistersMax: 1, fullBatchesInFlightMax: 1, operationTimeoutMs: 40 };
  node = await createNode({ nats: connection, dataDir: directory, settings });
  await settleWrite(connection, 'warm-up', 'v', 'op');
  const names = Array.from({ length: 2_000 }, (_, index) => `late.${index}`);
  const answers = await Promise.all(names.map((name) => rawWrite(connection, name, 'v')));
  const refused = names.filter((_, index) => answers[index]?.outcome === 'refused');
  expect(refused.length).toBeGreaterThan(0);
  for (const name of refused.slice(-100)) {
    expect(answers[names.indexOf(name)]).toMatchObject({ code: '429' });
    expect(await rawRead(connection, name)).toMatchObject({ outcome: 'empty' });
  }
});

test('many writers of one register are each an operation of their own: they too are bounded', async () => {
  await node.drain();
  node = await createNode({ nats: connection, dataDir: directory, settings: { pendingOperationsMax: 2 } });
  await settleWrite(connection, 'warm-up', 'v', 'op');
  const answers = await Promise.all(Array.from({ length: 20 }, () => rawWrite(connection, 'crowded', 'v')));
  expect(answers.filter(({ outcome }) => outcome === 'won')).toHaveLength(1);
  expect(answers.some(({ code }) => code === '429')).toBe(true);
});
