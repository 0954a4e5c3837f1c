import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type NatsConnection } from 'nats';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createNode, initStore, type MemberEvent, type SteleNode } from '../../src/node/index.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { startGate } from '../support/gate.ts';
import { startNatsServer } from '../support/nats-server.ts';
import { rawRead, rawWrite, settleRead, settleWrite } from '../support/raw.ts';

const EXIT_STORE_REFUSED = 4;
const TIMEOUT_MS = 180_000;

let undo: (() => Promise<unknown>)[];
beforeEach(() => {
  undo = [];
});
afterEach(async () => {
  for (const step of undo.reverse()) await step();
});

async function freshDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'stele-clusters-'));
  undo.push(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Members in this process, over one connection, and what they say of themselves. */
async function startMembers(nats: NatsConnection, members: readonly string[], ids = members) {
  const directory = await freshDirectory();
  const events: MemberEvent[] = [];
  const nodes: SteleNode[] = [];
  for (const member of ids) {
    const dataDir = join(directory, member);
    await initStore({ dataDir, member, members });
    const node = await createNode({ nats, dataDir });
    node.subscribe((event) => events.push(event));
    node.done.catch(() => undefined);
    nodes.push(node);
    undo.push(() => node.drain().catch(() => undefined));
  }
  const states = () => nodes.map((node) => node.status().state);
  return { nodes, events, states, clashes: () => nodes.map((node) => node.status().clash) };
}

async function connectTo(url: string): Promise<NatsConnection> {
  const connection = await connect({ servers: url, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  undo.push(() => connection.close());
  return connection;
}

/** A port that nothing listens on, as of now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('there is no port');
  return address.port;
}

describe('beside a cluster that serves', () => {
  let cluster: Cluster;
  beforeEach(async () => {
    cluster = await startCluster();
    undo.push(() => cluster.stop());
    await cluster.ready();
  }, TIMEOUT_MS);

  async function expectHealthy(name: string): Promise<void> {
    await cluster.ready();
    expect(await settleWrite(cluster.connection, name, 'v', name)).toMatchObject({ outcome: 'won' });
    expect(await settleRead(cluster.connection, name)).toMatchObject({ outcome: 'decided', value: 'v' });
  }

  test('a cluster of other members on its prefix refuses to start, and names it', { timeout: TIMEOUT_MS }, async () => {
    const dataDir = cluster.dataDir('b1');
    await initStore({ dataDir, member: 'b1', members: ['b1'] });
    for (let starts = 0; starts < 2; starts += 1) {
      const second = cluster.start('b1', dataDir);
      expect(await second.exit).toBe(EXIT_STORE_REFUSED);
      expect(second.log()).toMatch(/prefix is taken: member n\d .*members n1, n2, n3/);
    }
    await expectHealthy('clusters.1');
  });

  test.each([
    ['another list of members', ['n1', 'n2', 'n3', 'n4', 'n5']],
    ['the same list', ['n1', 'n2', 'n3']],
  ])(
    'new stores with its ids and %s refuse to start; its own members go on, and start again',
    {
      timeout: TIMEOUT_MS,
    },
    async (_, members) => {
      const strangers = await Promise.all(
        cluster.members.map(async (member) => {
          const dataDir = cluster.dataDir(`new-${member}`);
          await initStore({ dataDir, member, members });
          return { member, dataDir };
        }),
      );
      const mine = cluster.members.map((id) => cluster.process(id));
      const theirs = strangers.map(({ member, dataDir }) => cluster.start(member, dataDir));
      for (const stranger of theirs) expect(await stranger.exit).toBe(EXIT_STORE_REFUSED);
      await expectHealthy('clusters.2');
      mine[2]?.signal('SIGTERM');
      expect(await mine[2]?.exit).toBe(0);
      cluster.start('n3');
      await expectHealthy('clusters.3');
      expect(mine.slice(0, 2).every(({ log }) => !log().includes('failed'))).toBe(true);
    },
  );
});

describe('two clusters that serve on two NATS servers which come to be joined by a route', () => {
  test.each([
    ['other ids', ['b1'], ['a1']],
    ['the same ids', ['n1', 'n2', 'n3'], ['n1', 'n2', 'n3']],
  ])('with %s: both refuse, until one is gone; none of the members ends', { timeout: TIMEOUT_MS }, async (_, a, b) => {
    const route = await freePort();
    const first = await startNatsServer({ config: `cluster { name: c, listen: "127.0.0.1:${route}" }` });
    undo.push(() => first.stop());
    const gate = await startGate(route);
    undo.push(() => gate.close());
    gate.shut();
    const routes = `routes: ["${gate.url}"], connect_retries: 1000000`;
    const second = await startNatsServer({
      config: `cluster { name: c, listen: "127.0.0.1:-1", no_advertise: true, ${routes} }`,
    });
    undo.push(() => second.stop());
    const [one, other] = [await connectTo(first.url), await connectTo(second.url)];
    const [ours, theirs] = [await startMembers(one, a), await startMembers(other, b)];
    await expect
      .poll(() => [...ours.states(), ...theirs.states()], { timeout: 10_000 })
      .toEqual([...a, ...b].map(() => 'serving'));
    expect(await settleWrite(one, 'x', 'ours', 'a')).toMatchObject({ outcome: 'won' });
    expect(await settleWrite(other, 'x', 'theirs', 'b')).toMatchObject({ outcome: 'won' });
    gate.open();
    await expect.poll(() => [...ours.clashes(), ...theirs.clashes()].includes(null), { timeout: 20_000 }).toBe(false);
    for (const connection of [one, other]) {
      for (const answer of [await rawWrite(connection, 'y', 'v'), await rawRead(connection, 'x')]) {
        expect(answer).toMatchObject({ outcome: 'refused', code: '503' });
      }
    }
    expect([...ours.states(), ...theirs.states()]).toEqual([...a, ...b].map(() => 'serving'));
    for (const node of theirs.nodes) await node.drain();
    await expect.poll(() => ours.clashes().every((clash) => clash === null), { timeout: 10_000 }).toBe(true);
    expect(await settleRead(one, 'x')).toMatchObject({ outcome: 'decided', value: 'ours' });
    const told = ours.events.flatMap((event) => (event.type === 'clash' ? [event.clash === null] : []));
    expect(told.filter((isOver) => isOver).length).toBe(told.length / 2);
  });
});
