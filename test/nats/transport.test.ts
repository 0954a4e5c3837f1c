import { connect, type NatsConnection } from 'nats';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BadInputError } from '../../src/errors.ts';
import { createNatsTransport, type Garbage } from '../../src/nats/transport.ts';
import type { PeerMessage, Respond } from '../../src/ports.ts';
import type { Reply } from '../../src/protocol/messages.ts';
import { startGate } from '../support/gate.ts';
import { type NatsServer, startNatsServer } from '../support/nats-server.ts';

let server: NatsServer;
let cleanUp: (() => Promise<void>)[];
beforeEach(async () => {
  cleanUp = [];
  server = await startNatsServer();
});
afterEach(async () => {
  for (const step of cleanUp.reverse()) await step();
  await server.stop();
});

async function connectHere(servers = server.url): Promise<NatsConnection> {
  const connection = await connect({ servers, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  cleanUp.push(() => connection.close());
  return connection;
}

/** A member's transport on a connection of its own; it keeps what it was sent, and what it dropped. */
async function startPeer(member: string, session = `session-of-${member}`, url = server.url) {
  const connection = await connectHere(url);
  const garbage: Garbage[] = [];
  const received: PeerMessage[] = [];
  const responds: Respond[] = [];
  const transport = createNatsTransport({ connection, member, session, onGarbage: (found) => garbage.push(found) });
  transport.serve((message, respond) => {
    received.push(message);
    responds.push(respond);
  });
  await connection.flush();
  return { connection, transport, garbage, received, responds };
}

const sender = (member: string) => ({ cluster: 'c', member, storeId: 's', incarnation: 1, session: 'x', commits: 0 });
const query = (member: string, name: string): PeerMessage => ({
  type: 'requests',
  sender: sender(member),
  requests: [{ type: 'query', name }],
});
const held = (member: string, ...names: string[]): PeerMessage => ({
  type: 'replies',
  sender: sender(member),
  replies: names.map((name): Reply => ({ type: 'held', name, accepted: null })),
});

describe('the transport', () => {
  test('hands over what is sent to a member, to that member alone', async () => {
    const [n1, n2, n3] = [await startPeer('n1'), await startPeer('n2'), await startPeer('n3')];
    n1.transport.send('n2', query('n1', 'a'));
    n3.transport.send('n2', query('n3', 'b'));
    await expect.poll(() => n2.received.length).toBe(2);
    expect(n2.received).toEqual(expect.arrayContaining([query('n1', 'a'), query('n3', 'b')]));
    expect([n1.received, n3.received]).toEqual([[], []]);
  });

  test('hands over every answer to a request, to that request alone', async () => {
    const [n1, n2] = [await startPeer('n1'), await startPeer('n2')];
    const first: PeerMessage[] = [];
    const second: PeerMessage[] = [];
    n1.transport.request('n2', query('n1', 'a'), (answer) => first.push(answer));
    n1.transport.request('n2', query('n1', 'b'), (answer) => second.push(answer));
    await expect.poll(() => n2.responds.length).toBe(2);
    n2.responds[1]?.(held('n2', 'b'));
    n2.responds[0]?.(held('n2', 'a'));
    n2.responds[0]?.(held('n2', 'c'));
    await expect.poll(() => first.length + second.length).toBe(3);
    expect(first).toEqual([held('n2', 'a'), held('n2', 'c')]);
    expect(second).toEqual([held('n2', 'b')]);
  });

  test('drops answers to a request that nobody listens for any more', async () => {
    const [n1, n2] = [await startPeer('n1'), await startPeer('n2')];
    const answers: PeerMessage[] = [];
    const stop = n1.transport.request('n2', query('n1', 'a'), (answer) => answers.push(answer));
    const later: PeerMessage[] = [];
    n1.transport.request('n2', query('n1', 'b'), (answer) => later.push(answer));
    await expect.poll(() => n2.responds.length).toBe(2);
    stop();
    n2.responds[0]?.(held('n2', 'a'));
    n2.responds[1]?.(held('n2', 'b'));
    // On one connection the second answer cannot overtake the first.
    await expect.poll(() => later.length).toBe(1);
    expect(answers).toEqual([]);
    expect(n1.garbage).toEqual([]);
  });

  test('keeps the answers of an earlier process of the same member apart', async () => {
    const [before, n2] = [await startPeer('n1', 'first'), await startPeer('n2')];
    before.transport.request('n2', query('n1', 'a'), () => undefined);
    await expect.poll(() => n2.responds.length).toBe(1);
    await before.transport.close();
    const after = await startPeer('n1', 'second');
    const answers: PeerMessage[] = [];
    after.transport.request('n2', query('n1', 'b'), (answer) => answers.push(answer));
    await expect.poll(() => n2.responds.length).toBe(2);
    n2.responds[0]?.(held('n2', 'a'));
    n2.responds[1]?.(held('n2', 'b'));
    await expect.poll(() => answers.length).toBe(1);
    expect(answers).toEqual([held('n2', 'b')]);
  });

  test('takes a message to a member that is down as lost', async () => {
    const n1 = await startPeer('n1');
    const answers: PeerMessage[] = [];
    n1.transport.request('n2', query('n1', 'a'), (answer) => answers.push(answer));
    await n1.connection.flush();
    await n1.connection.flush();
    expect({ answers, garbage: n1.garbage }).toEqual({ answers: [], garbage: [] });
  });

  test('cuts a message that is larger than NATS takes, and every part arrives', async () => {
    const [n1, n2] = [await startPeer('n1'), await startPeer('n2')];
    const value = Buffer.alloc(60_000, 7);
    const requests = Array.from({ length: 40 }, (_, index) => ({
      type: 'accept' as const,
      name: `r.${index}`,
      ballot: { round: 1, node: 'n1', incarnation: 1 },
      proposal: { opId: 'o', value },
    }));
    n1.transport.send('n2', { type: 'requests', sender: sender('n1'), requests });
    const arrived = () => n2.received.flatMap((message) => (message.type === 'requests' ? message.requests : []));
    await expect.poll(() => arrived().length).toBe(40);
    expect(n2.received.length).toBeGreaterThan(1);
    expect(arrived()).toEqual(requests);
  });

  test('drops and reports a single entry that NATS does not take, and never throws', async () => {
    const [n1, n2] = [await startPeer('n1'), await startPeer('n2')];
    const proposal = { opId: 'o', value: Buffer.alloc(1_000_000) };
    const accept = { type: 'accept' as const, name: 'r', ballot: { round: 1, node: 'n1', incarnation: 1 }, proposal };
    n1.transport.send('n2', { type: 'requests', sender: sender('n1'), requests: [accept] });
    expect(n1.garbage).toMatchObject([{ subject: '_register.n2.requests', reason: expect.stringMatching(/dropped/) }]);
    n1.transport.send('n2', query('n1', 'a'));
    await expect.poll(() => n2.received).toEqual([query('n1', 'a')]);
  });

  test('drops and reports garbage on its subjects, and goes on', async () => {
    const [n1, n2] = [await startPeer('n1'), await startPeer('n2')];
    const stranger = await connectHere();
    const answers: PeerMessage[] = [];
    n1.transport.request('n2', query('n1', 'a'), (answer) => answers.push(answer));
    await expect.poll(() => n2.responds.length).toBe(1);
    for (const garbage of ['', 'garbage', '[]', '["requests",[],[]]', '\xff\xfe']) {
      stranger.publish('_register.n2.requests', garbage);
      stranger.publish('_register.n2.hello', garbage);
      stranger.publish('_register.n1.reply.session-of-n1.1', garbage);
      stranger.publish('_register.n1.reply.session-of-n1.nothing', garbage);
    }
    await stranger.flush();
    n2.responds[0]?.(held('n2', 'a'));
    n1.transport.send('n2', query('n1', 'b'));
    await expect.poll(() => [answers.length, n2.received.length]).toEqual([1, 2]);
    await expect.poll(() => [n1.garbage.length, n2.garbage.length]).toEqual([5, 10]);
    expect(n2.garbage[0]).toMatchObject({ subject: '_register.n2.requests', reason: expect.stringMatching(/dropped/) });
  });

  test('answers on the subjects of members only', async () => {
    const n2 = await startPeer('n2');
    const stranger = await connectHere();
    const stolen = stranger.subscribe('register.>');
    const [payload] = await payloadOf(query('n1', 'a'));
    stranger.publish('_register.n2.requests', payload, { reply: 'register.write.stolen' });
    await expect.poll(() => n2.responds.length).toBe(1);
    n2.responds[0]?.(held('n2', 'a'));
    await n2.connection.flush();
    await stranger.flush();
    expect(stolen.getReceived()).toBe(0);
  });

  test('sends nothing that it was given while NATS was away, and goes on once it is back', async () => {
    const gate = await startGate(server.port);
    cleanUp.push(() => gate.close());
    const [n1, n2] = [await startPeer('n1', 'session', gate.url), await startPeer('n2')];
    const lost = next(n1.connection, 'disconnect');
    const back = next(n1.connection, 'reconnect');
    gate.shut();
    await lost;
    // The library is now in the middle of connecting: what it were given, it would send as soon as it is through.
    await gate.knocked();
    n1.transport.send('n2', query('n1', 'stale'));
    n1.transport.request('n2', query('n1', 'stale'), () => undefined);
    gate.open();
    await back;
    const answers: PeerMessage[] = [];
    n1.transport.request('n2', query('n1', 'fresh'), (answer) => answers.push(answer));
    await expect.poll(() => n2.received.length).toBeGreaterThan(0);
    expect(n2.received).toEqual([query('n1', 'fresh')]);
    n2.responds[0]?.(held('n2', 'fresh'));
    await expect.poll(() => answers).toEqual([held('n2', 'fresh')]);
  });

  test('goes on when the NATS server was killed and started anew', async () => {
    const [n1, n2] = [await startPeer('n1'), await startPeer('n2')];
    const back = Promise.all([next(n1.connection, 'reconnect'), next(n2.connection, 'reconnect')]);
    const { port } = server;
    await server.kill();
    server = await startNatsServer({ port });
    await back;
    const answers: PeerMessage[] = [];
    // What is sent before the other side has subscribed again is lost, as any message may be.
    const ask = () => n1.transport.request('n2', query('n1', 'a'), (answer) => answers.push(answer));
    await expect.poll(() => ask() && n2.responds.length).toBeGreaterThan(0);
    n2.responds.at(-1)?.(held('n2', 'a'));
    await expect.poll(() => answers).toEqual([held('n2', 'a')]);
  });

  test('hears and sends nothing once it is closed, and leaves the connection open', async () => {
    const [n1, n2] = [await startPeer('n1'), await startPeer('n2')];
    const answers: PeerMessage[] = [];
    n1.transport.request('n2', query('n1', 'a'), (answer) => answers.push(answer));
    await expect.poll(() => n2.responds.length).toBe(1);
    await n1.transport.close();
    n2.responds[0]?.(held('n2', 'a'));
    n2.transport.send('n1', query('n2', 'b'));
    n1.transport.send('n2', query('n1', 'c'));
    n1.transport.request('n2', query('n1', 'd'), () => undefined);
    await n2.connection.flush();
    await n1.connection.flush();
    await n2.connection.flush();
    expect([answers, n1.received, n2.received.length]).toEqual([[], [], 1]);
  });

  test('takes a closed connection as loss', async () => {
    const n1 = await startPeer('n1');
    await n1.connection.close();
    expect(() => n1.transport.send('n2', query('n1', 'a'))).not.toThrow();
    expect(() => n1.transport.request('n2', query('n1', 'a'), () => undefined)()).not.toThrow();
    await expect(n1.transport.close()).resolves.toBeUndefined();
  });

  test.each([
    { member: 'n.1', session: 's' },
    { member: '', session: 's' },
    { member: 'n1', session: 's.t' },
    { member: 'n1', session: '>' },
  ])('refuses $member and $session, which would not be one token each', async ({ member, session }) => {
    const connection = await connectHere();
    expect(() => createNatsTransport({ connection, member, session })).toThrow(BadInputError);
  });
});

async function payloadOf(message: PeerMessage): Promise<Uint8Array[]> {
  const { encodePeerMessage } = await import('../../src/nats/codec.ts');
  return encodePeerMessage(message, 1_000_000);
}

async function next(connection: NatsConnection, type: string): Promise<void> {
  for await (const status of connection.status()) if (status.type === type) return;
}
