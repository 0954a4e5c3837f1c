import { connect, type NatsConnection } from 'nats';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BadInputError } from '../../src/contract/errors.ts';
import { createNatsTransport, type Garbage } from '../../src/nats/transport.ts';
import type { PeerMessage, Presence, Respond } from '../../src/ports.ts';
import type { Reply } from '../../src/protocol/messages.ts';
import { payloadOf } from '../codec/support.ts';
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

const MEMBERS = ['n1', 'n2', 'n3'];
const ignore = () => undefined;

/** A member's transport on a connection of its own; it keeps what it was sent, and what it dropped. */
async function startPeer(member: string, session = `session-of-${member}`, url = server.url, members = MEMBERS) {
  const connection = await connectHere(url);
  const garbage: Garbage[] = [];
  const received: PeerMessage[] = [];
  const responds: Respond[] = [];
  const onGarbage = (found: Garbage) => garbage.push(found);
  const transport = createNatsTransport({ connection, member, members, session, onGarbage });
  transport.serve((message, respond) => {
    received.push(message);
    responds.push(respond);
  });
  await connection.flush();
  return { connection, transport, garbage, received, responds };
}

const BALLOT = { round: 1, node: 'n1', incarnation: 1 };
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
  test('hands over what a member is asked, to that member alone', async () => {
    const [n1, n2, n3] = [await startPeer('n1'), await startPeer('n2'), await startPeer('n3')];
    n1.transport.askOne('n2', query('n1', 'a'), ignore, ignore);
    n3.transport.askOne('n2', query('n3', 'b'), ignore, ignore);
    await expect.poll(() => n2.received.length).toBe(2);
    expect(n2.received).toEqual(expect.arrayContaining([query('n1', 'a'), query('n3', 'b')]));
    expect([n1.received, n3.received]).toEqual([[], []]);
  });

  test('hands over what a member tells everyone, to all the others of its cluster and to nobody else', async () => {
    const [n1, n2, n3] = [await startPeer('n1'), await startPeer('n2'), await startPeer('n3')];
    const namesake = await startPeer('n1', 'another');
    const stranger = await startPeer('b1', 'session', server.url, ['b1', 'b2']);
    n1.transport.tell(query('n1', 'a'));
    for (const { received } of [n2, n3]) await expect.poll(() => received).toEqual([query('n1', 'a')]);
    // Whatever reached the others would have come before this.
    n2.transport.askOne('n1', query('n2', 'b'), ignore, ignore);
    n2.transport.askOne('b1', query('n2', 'b'), ignore, ignore);
    for (const { received } of [n1, namesake, stranger]) await expect.poll(() => received).toEqual([query('n2', 'b')]);
    expect([n1, n2, n3, namesake, stranger].flatMap(({ garbage }) => garbage)).toEqual([]);
  });

  test('sends what is for everyone once, however many they are', async () => {
    const [n1, n2, n3] = [await startPeer('n1'), await startPeer('n2'), await startPeer('n3')];
    const sent = n1.connection.stats().outMsgs;
    n1.transport.tell(query('n1', 'a'));
    n1.transport.ask(query('n1', 'b'), ignore);
    for (const { received } of [n2, n3]) await expect.poll(() => received.length).toBe(2);
    expect(n1.connection.stats().outMsgs - sent).toBe(2);
  });

  test('hands over the answers of everyone who was asked, who each say who they are, until nobody listens', async () => {
    const [n1, n2, n3] = [await startPeer('n1'), await startPeer('n2'), await startPeer('n3')];
    const answers: string[] = [];
    const stop = n1.transport.ask(query('n1', 'a'), (answer) => answers.push(answer.sender.member));
    for (const { responds } of [n2, n3]) await expect.poll(() => responds.length).toBe(1);
    n2.responds[0]?.(held('n2', 'a'));
    n3.responds[0]?.(held('n3', 'a'));
    n3.responds[0]?.(held('n3', 'b'));
    await expect.poll(() => answers.toSorted()).toEqual(['n2', 'n3', 'n3']);
    stop();
    const later: PeerMessage[] = [];
    n1.transport.ask(query('n1', 'b'), (answer) => later.push(answer));
    await expect.poll(() => n2.responds.length).toBe(2);
    n2.responds[0]?.(held('n2', 'late'));
    n2.responds[1]?.(held('n2', 'b'));
    await expect.poll(() => later).toEqual([held('n2', 'b')]);
    expect(answers).toHaveLength(3);
  });

  test('goes on as ever where nobody hears what is for everyone', async () => {
    const n1 = await startPeer('n1');
    const answers: PeerMessage[] = [];
    n1.transport.tell(query('n1', 'a'));
    n1.transport.ask(query('n1', 'a'), (answer) => answers.push(answer));
    await n1.connection.flush();
    const n2 = await startPeer('n2');
    n1.transport.ask(query('n1', 'b'), (answer) => answers.push(answer));
    await expect.poll(() => n2.received).toEqual([query('n1', 'b')]);
    n2.responds[0]?.(held('n2', 'b'));
    await expect.poll(() => answers).toEqual([held('n2', 'b')]);
    expect(n1.garbage).toEqual([]);
  });

  test('sends nothing to everyone where its member is alone', async () => {
    const n1 = await startPeer('n1', 'session', server.url, ['n1']);
    const sent = n1.connection.stats().outMsgs;
    n1.transport.tell(query('n1', 'a'));
    n1.transport.ask(query('n1', 'a'), ignore)();
    expect(n1.connection.stats().outMsgs).toBe(sent);
  });

  test('hands over what is told to everyone, to the sender’s namesakes too, and every answer to it', async () => {
    const peers = [await startPeer('n1', 'a'), await startPeer('n1', 'b'), await startPeer('n2')] as const;
    const hello = { credentials: sender('n1'), members: ['n1'], enrolled: true, remembers: [] };
    const presence: Presence = { type: 'presence', sender: sender('n1'), hello, stage: 'joining' };
    const answers: PeerMessage[] = [];
    const stop = peers[0].transport.announce(presence, (answer) => answers.push(answer));
    for (const { received } of peers) await expect.poll(() => received).toEqual([presence]);
    peers[1].responds[0]?.({ ...presence, stage: 'serving' });
    peers[2].responds[0]?.({ ...presence, stage: 'left' });
    await expect.poll(() => answers.length).toBe(2);
    stop();
    peers[1].responds[0]?.(presence);
    await peers[1].connection.flush();
    await peers[0].connection.flush();
    expect(answers).toHaveLength(2);
    expect(peers.map(({ garbage }) => garbage)).toEqual([[], [], []]);
  });

  test('hands over every answer to a request, to that request alone', async () => {
    const [n1, n2] = [await startPeer('n1'), await startPeer('n2')];
    const first: PeerMessage[] = [];
    const second: PeerMessage[] = [];
    n1.transport.askOne('n2', query('n1', 'a'), (answer) => first.push(answer), ignore);
    n1.transport.askOne('n2', query('n1', 'b'), (answer) => second.push(answer), ignore);
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
    const stop = n1.transport.askOne('n2', query('n1', 'a'), (answer) => answers.push(answer), ignore);
    const later: PeerMessage[] = [];
    n1.transport.askOne('n2', query('n1', 'b'), (answer) => later.push(answer), ignore);
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
    before.transport.askOne('n2', query('n1', 'a'), ignore, ignore);
    await expect.poll(() => n2.responds.length).toBe(1);
    await before.transport.close();
    const after = await startPeer('n1', 'second');
    const answers: PeerMessage[] = [];
    after.transport.askOne('n2', query('n1', 'b'), (answer) => answers.push(answer), ignore);
    await expect.poll(() => n2.responds.length).toBe(2);
    n2.responds[0]?.(held('n2', 'a'));
    n2.responds[1]?.(held('n2', 'b'));
    await expect.poll(() => answers.length).toBe(1);
    expect(answers).toEqual([held('n2', 'b')]);
  });

  test('takes a message to a member that is down as lost', async () => {
    const n1 = await startPeer('n1');
    const answers: PeerMessage[] = [];
    n1.transport.askOne('n2', query('n1', 'a'), (answer) => answers.push(answer), ignore);
    await n1.connection.flush();
    await n1.connection.flush();
    expect({ answers, garbage: n1.garbage }).toEqual({ answers: [], garbage: [] });
  });

  test('says of a request to a member that is down that nobody is there, of that request alone, and once', async () => {
    const [n1, n2] = [await startPeer('n1'), await startPeer('n2')];
    const nobody: string[] = [];
    const note = (to: string) => () => nobody.push(to);
    const value = new Uint8Array(600_000);
    const decide = (name: string) => ({
      type: 'decide' as const,
      name,
      decision: { ballot: BALLOT, proposal: { opId: 'o', value } },
    });
    // Two payloads, so NATS says it twice.
    const large: PeerMessage = { type: 'requests', sender: sender('n1'), requests: [decide('a'), decide('b')] };
    n1.transport.askOne('n2', query('n1', 'a'), ignore, note('n2'));
    n1.transport.askOne('n3', large, ignore, note('n3'));
    const stop = n1.transport.askOne('n4', query('n1', 'a'), ignore, note('n4'));
    stop();
    await expect.poll(() => [n2.received.length, nobody.length]).toEqual([1, 1]);
    await n1.connection.flush();
    expect({ nobody, garbage: n1.garbage }).toEqual({ nobody: ['n3'], garbage: [] });
  });

  test('still hands over an answer after it said that nobody is there', async () => {
    const [n1, stranger] = [await startPeer('n1'), await connectHere()];
    const heard: string[] = [];
    n1.transport.askOne(
      'n2',
      query('n1', 'a'),
      () => heard.push('answer'),
      () => heard.push('nobody'),
    );
    await expect.poll(() => heard).toEqual(['nobody']);
    stranger.publish('_register.n1.reply.session-of-n1.1', payloadOf(held('n2', 'a')));
    await expect.poll(() => heard).toEqual(['nobody', 'answer']);
  });

  test('knows the largest payload that its NATS server takes', async () => {
    expect((await startPeer('n1')).transport.payloadBytesMax).toBe(1_048_576);
    const other = await startNatsServer({ config: 'max_payload: 70000' });
    cleanUp.push(() => other.stop());
    expect((await startPeer('n1', 'session', other.url)).transport.payloadBytesMax).toBe(70_000);
  });

  test('carries a batch of exactly the largest payload, and drops and reports one that is a byte larger', async () => {
    const [n1, n2] = [await startPeer('n1'), await startPeer('n2')];
    const opening = (valueBytes: number): PeerMessage => {
      const writes = [{ name: 'a', proposal: { opId: 'o', value: new Uint8Array(valueBytes) } }];
      return {
        type: 'open',
        sender: sender('n1'),
        opening: { ballot: { ...BALLOT, round: 0 }, number: 1, writes, chosen: [] },
        awaited: [],
      };
    };
    // Of a size whose length takes as many bytes as that of the largest.
    const most = 1_000_000 + n1.transport.payloadBytesMax - payloadOf(opening(1_000_000)).length;
    n1.transport.tell(opening(most + 1));
    expect(n1.garbage).toMatchObject([
      { subject: '_register.@.n1.open', reason: expect.stringMatching(/1048577 bytes.*1048576/) },
    ]);
    n1.transport.tell(opening(most));
    await expect.poll(() => n2.received.length).toBe(1);
    expect(Buffer.compare(payloadOf(n2.received[0] ?? query('n1', 'nothing')), payloadOf(opening(most)))).toBe(0);
    expect(n1.garbage).toHaveLength(1);
  });

  test('drops the one entry that NATS does not take, and sends the others', async () => {
    const [n1, n2] = [await startPeer('n1'), await startPeer('n2')];
    const decide = (name: string, valueBytes: number) => {
      const proposal = { opId: 'o', value: new Uint8Array(valueBytes) };
      return { type: 'decide' as const, name, decision: { ballot: BALLOT, proposal } };
    };
    const requests = [decide('a', 1), decide('b', 1_100_000), decide('c', 1)];
    n1.transport.tell({ type: 'requests', sender: sender('n1'), requests });
    const names = () =>
      n2.received.flatMap((each) => (each.type === 'requests' ? each.requests.map(({ name }) => name) : []));
    await expect.poll(names).toEqual(['a', 'c']);
    expect(n1.garbage).toHaveLength(1);
  });

  test('hands over values that stay what they are while more messages come in', async () => {
    const [n1, n2] = [await startPeer('n1'), await startPeer('n2')];
    // Small ones, which share what is read from the network at once, and some that come in several pieces.
    const sizes = Array.from({ length: 600 }, (_, index) => (index % 50 === 0 ? 200_000 : index % 100));
    for (const [index, size] of sizes.entries()) {
      const value = new Uint8Array(size).fill(index);
      const writes = ['a', 'b'].map((name) => ({ name, proposal: { opId: `o${index}`, value } }));
      const opening = { ballot: { ...BALLOT, round: 0 }, number: 1, writes, chosen: [] };
      n1.transport.tell({ type: 'open', sender: sender('n1'), opening, awaited: [] });
    }
    await expect.poll(() => n2.received.length).toBe(sizes.length);
    const wrong = n2.received.filter((message, index) => {
      const writes = message.type === 'open' ? message.opening.writes : [];
      const isRight = (value: Uint8Array) =>
        value.length === sizes[index] && value.every((byte) => byte === index % 256);
      return writes.length !== 2 || !writes.every(({ proposal }) => isRight(proposal.value));
    });
    expect(wrong).toEqual([]);
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
    const message: PeerMessage = { type: 'requests', sender: sender('n1'), requests };
    n1.transport.tell(message);
    const arrived = () => n2.received.flatMap((part) => (part.type === 'requests' ? part.requests : []));
    await expect.poll(() => arrived().length).toBe(40);
    expect(n2.received.length).toBeGreaterThan(1);
    expect(Buffer.compare(payloadOf({ ...message, requests: arrived() }), payloadOf(message))).toBe(0);
  });

  test('drops and reports a single entry that NATS does not take, and never throws', async () => {
    const [n1, n2] = [await startPeer('n1'), await startPeer('n2')];
    const proposal = { opId: 'o', value: Buffer.alloc(1_048_576) };
    const accept = { type: 'accept' as const, name: 'r', ballot: { round: 1, node: 'n1', incarnation: 1 }, proposal };
    n1.transport.tell({ type: 'requests', sender: sender('n1'), requests: [accept] });
    expect(n1.garbage).toMatchObject([
      { subject: '_register.@.n1.requests', reason: expect.stringMatching(/dropped/) },
    ]);
    n1.transport.tell(query('n1', 'a'));
    await expect.poll(() => n2.received).toEqual([query('n1', 'a')]);
  });

  test('drops and reports garbage on its subjects, and goes on', async () => {
    const [n1, n2] = [await startPeer('n1'), await startPeer('n2')];
    const stranger = await connectHere();
    const answers: PeerMessage[] = [];
    n1.transport.askOne('n2', query('n1', 'a'), (answer) => answers.push(answer), ignore);
    await expect.poll(() => n2.responds.length).toBe(1);
    for (const garbage of ['', 'garbage', '[]', Buffer.of(0xd3, 1, 0), Buffer.of(0xff, 0xfe)]) {
      stranger.publish('_register.n2.requests', garbage);
      stranger.publish('_register.n2.hello', garbage);
      stranger.publish('_register.n1.reply.session-of-n1.1', garbage);
      stranger.publish('_register.n1.reply.session-of-n1.nothing', garbage);
    }
    await stranger.flush();
    n2.responds[0]?.(held('n2', 'a'));
    n1.transport.tell(query('n1', 'b'));
    await expect.poll(() => [answers.length, n2.received.length]).toEqual([1, 2]);
    await expect.poll(() => [n1.garbage.length, n2.garbage.length]).toEqual([5, 10]);
    expect(n2.garbage[0]).toMatchObject({ subject: '_register.n2.requests', reason: expect.stringMatching(/dropped/) });
  });

  test('answers on the subjects of members only', async () => {
    const n2 = await startPeer('n2');
    const stranger = await connectHere();
    const stolen = stranger.subscribe('register.>');
    stranger.publish('_register.n2.requests', payloadOf(query('n1', 'a')), { reply: 'register.write.stolen' });
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
    n1.transport.tell(query('n1', 'stale'));
    n1.transport.askOne('n2', query('n1', 'stale'), ignore, ignore);
    gate.open();
    await back;
    const answers: PeerMessage[] = [];
    n1.transport.askOne('n2', query('n1', 'fresh'), (answer) => answers.push(answer), ignore);
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
    const ask = () => n1.transport.askOne('n2', query('n1', 'a'), (answer) => answers.push(answer), ignore);
    await expect.poll(() => ask() && n2.responds.length).toBeGreaterThan(0);
    n2.responds.at(-1)?.(held('n2', 'a'));
    await expect.poll(() => answers).toEqual([held('n2', 'a')]);
  });

  test('hears and sends nothing once it is closed, and leaves the connection open', async () => {
    const [n1, n2] = [await startPeer('n1'), await startPeer('n2')];
    const answers: PeerMessage[] = [];
    n1.transport.askOne('n2', query('n1', 'a'), (answer) => answers.push(answer), ignore);
    await expect.poll(() => n2.responds.length).toBe(1);
    await n1.transport.close();
    n2.responds[0]?.(held('n2', 'a'));
    n2.transport.tell(query('n2', 'b'));
    n1.transport.tell(query('n1', 'c'));
    n1.transport.askOne('n2', query('n1', 'd'), ignore, ignore);
    await n2.connection.flush();
    await n1.connection.flush();
    await n2.connection.flush();
    expect([answers, n1.received, n2.received.length]).toEqual([[], [], 1]);
  });

  test('takes a closed connection as loss', async () => {
    const n1 = await startPeer('n1');
    await n1.connection.close();
    expect(() => n1.transport.tell(query('n1', 'a'))).not.toThrow();
    expect(() => n1.transport.askOne('n2', query('n1', 'a'), ignore, ignore)()).not.toThrow();
    await expect(n1.transport.close()).resolves.toBeUndefined();
  });

  test.each([
    { member: 'n.1', session: 's' },
    { member: '', session: 's' },
    { member: 'n1', session: 's.t' },
    { member: 'n1', session: '>' },
  ])('refuses $member and $session, which would not be one token each', async ({ member, session }) => {
    const connection = await connectHere();
    expect(() => createNatsTransport({ connection, member, members: MEMBERS, session })).toThrow(BadInputError);
  });
});

async function next(connection: NatsConnection, type: string): Promise<void> {
  for await (const status of connection.status()) if (status.type === type) return;
}
