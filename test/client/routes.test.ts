import { connect, type NatsConnection } from 'nats';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRegisters } from '../../src/index.ts';
import { createDecisionPublisher } from '../../src/nats/publisher.ts';
import { startRegisterService } from '../../src/nats/service/service.ts';
import { freePort } from '../cli/support.ts';
import { FakeMember } from '../support/fake-member.ts';
import { type NatsServer, startNatsServer } from '../support/nats-server.ts';
import { Undo } from '../support/undo.ts';
import { Wire } from '../torture/wire.ts';

/** As between two data centres. */
const ROUTE_DELAY_MS = 40;

let undo: Undo;
let watcherServer: NatsServer;
let readerServer: NatsServer;
let member: FakeMember;
let client: NatsConnection;
let publisher: NatsConnection;

/*
 * Three NATS servers. The client is at the first; its reads are answered at the second, next to it; decisions are published at
 * the third, which learns late of what the client subscribes to, and whose messages come late.
 */
beforeEach(async () => {
  undo = new Undo();
  const ports = await Promise.all([freePort(), freePort()]);
  const late = new Wire(ports[1] ?? 0);
  await late.open();
  undo.add(() => late.close());
  late.set({ delayMs: ROUTE_DELAY_MS }, { delayMs: ROUTE_DELAY_MS });
  readerServer = await server(ports[0], []);
  const publisherServer = await server(ports[1], []);
  watcherServer = await server(await freePort(), [`nats://127.0.0.1:${ports[0]}`, late.url]);
  const serving = await join([readerServer.url]);
  member = new FakeMember();
  const service = await startRegisterService({
    connection: serving,
    member,
    settings: { valueBytesMax: 1_000 },
    newOpId: () => 'made-up',
    version: '1.2.3',
  });
  service.takeWrites(true);
  service.open();
  await serving.flush();
  publisher = await join([publisherServer.url]);
  client = await join([watcherServer.url, readerServer.url]);
  const registers = createRegisters(client, { timeoutMs: 20_000 });
  await registers.read('until.the.routes.are.there');
  await heardFromAfar();
});
afterEach(() => undo.all());

async function server(routePort: number | undefined, routes: readonly string[]): Promise<NatsServer> {
  const cluster = ['--cluster_name', 'routes', '--cluster', `nats://127.0.0.1:${routePort}`, '--no_advertise'];
  const started = await startNatsServer({
    args: routes.length === 0 ? cluster : [...cluster, '--routes', routes.join()],
  });
  undo.add(() => started.kill());
  return started;
}

async function join(servers: string[]): Promise<NatsConnection> {
  const joined = await connect({ servers, noRandomize: true, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  undo.add(() => joined.close());
  return joined;
}

/** Resolves once the route between the client and the publisher is up. */
async function heardFromAfar(): Promise<void> {
  const heard = client.subscribe('probe', { max: 1 });
  const timer = setInterval(() => publisher.publish('probe'), 20);
  for await (const _ of heard) break;
  clearInterval(timer);
}

function decide(name: string): void {
  member.hold(name, '1');
  const decision = member.decisions.get(name);
  if (decision !== undefined) createDecisionPublisher({ connection: publisher })({ type: 'decided', name, decision });
}

test('waitFor finds every decision, also those that neither its subscription nor its first read saw', async () => {
  const registers = createRegisters(client);
  const names = Array.from({ length: 100 }, (_, index) => `orders.${index}`);
  const answered = new Set<string>();
  // Decided right after the first read found it empty: the publisher's server does not know the subscription yet.
  const tellRead = member.read.bind(member);
  member.read = (name, done) => {
    tellRead(name, done);
    if (answered.has(name)) return;
    answered.add(name);
    decide(name);
  };
  const found = await Promise.all(names.map((name) => registers.waitFor(name)));
  expect(found.map(({ name, value }) => [name, value])).toEqual(names.map((name) => [name, 1]));
});

test('waitFor goes on over another server when its own is killed, and finds what was decided meanwhile', async () => {
  const registers = createRegisters(client);
  const names = Array.from({ length: 20 }, (_, index) => `orders.${index}`);
  const waiting = Promise.all(names.map((name) => registers.waitFor(name)));
  await expect.poll(() => new Set(member.reads).size).toBe(names.length + 1);
  await watcherServer.kill();
  for (const name of names) decide(name);
  expect(await waiting).toHaveLength(names.length);
});

test('a watch whose server is killed has a gap, after which reading finds what it missed', async () => {
  const registers = createRegisters(client);
  const seen = new Set<string>();
  const names = Array.from({ length: 20 }, (_, index) => `orders.${index}`);
  const watch = registers.watch('orders.>');
  await client.flush();
  await watcherServer.kill();
  for (const name of names) decide(name);
  for await (const item of watch) {
    if (item.type === 'decided') seen.add(item.name);
    else for (const name of names) if ((await registers.read(name)) !== undefined) seen.add(name);
    if (seen.size === names.length) break;
  }
  expect([...seen].sort()).toEqual([...names].sort());
});
