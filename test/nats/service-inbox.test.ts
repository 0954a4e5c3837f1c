import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { problemWithReplySubject } from '../../src/nats/service/request-subject.ts';
import { type ServiceWorld, startServiceWorld } from '../support/service-world.ts';

let world: ServiceWorld;
beforeAll(async () => {
  world = await startServiceWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  world.member.decisions.clear();
});

/** What a person types at the text protocol of NATS; resolves once the service has had it. */
async function typed(lines: string): Promise<string> {
  const socket = connectSocket(world.server.port, '127.0.0.1');
  let heard = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    heard += text;
  });
  socket.write(`CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\n${lines}PING\r\n`);
  while (!heard.includes('PONG')) await once(socket, 'data');
  // Behind it on the way to the service, so after it.
  await world.request('register.read.nothing');
  await world.client.flush();
  socket.end();
  return heard;
}

describe('a write with a blank in its name', () => {
  test('takes the name before the blank from nobody, for NATS takes the rest for a reply subject', async () => {
    const replies = world.client.subscribe('smith', { max: 1 });
    await typed('PUB register.write.user.john smith 1\r\nx\r\n');
    expect(world.member.decisions.size).toBe(0);
    for await (const { headers, data } of replies) {
      expect(headers?.get('Register-Outcome')).toBe('refused');
      expect(headers?.get('Nats-Service-Error-Code')).toBe('400');
      expect(headers?.get('Nats-Service-Error')).toMatch(
        /reply subject "smith" is one token.*nothing was written.*blank/,
      );
      expect(data).toHaveLength(0);
    }
    expect(await world.request('register.write.user.john', 'mine')).toMatchObject({ outcome: 'won', text: 'mine' });
  });

  test('is not carried out in the envelope form either, alone or in an array', async () => {
    const replies = world.client.subscribe('smith', { max: 2 });
    for (const body of ['{"register":"a","value":1}', '[{"register":"b","value":1}]']) {
      await typed(`PUB register.write smith ${body.length}\r\n${body}\r\n`);
    }
    expect(world.member.decisions.size).toBe(0);
    for await (const message of replies) {
      expect(message.json()).toMatchObject({
        outcome: 'refused',
        code: 400,
        error: expect.stringMatching(/one token/),
      });
    }
  });

  test('with headers is not carried out either', async () => {
    const head = 'NATS/1.0\r\nRegister-Op-Id: o\r\n\r\n';
    await typed(`HPUB register.write.user.john smith ${head.length} ${head.length + 1}\r\n${head}x\r\n`);
    expect(world.member.decisions.size).toBe(0);
  });
});

test('a plain publish without a reply subject is carried out', async () => {
  await typed('PUB register.write.user.john 1\r\nx\r\n');
  expect(world.member.decisions.has('user.john')).toBe(true);
});

test('a read is answered wherever it asks: nothing comes of it', async () => {
  const replies = world.client.subscribe('smith', { max: 1 });
  world.member.hold('user.john', 'x');
  await typed('PUB register.read.user.john smith 0\r\n\r\n');
  for await (const message of replies) expect(message.string()).toBe('x');
});

test.each(['_INBOX.x', '_INBOX.x.y', '_INBOX_user1.x', 'foo.x', '_R_.x', '$JS.ACK.x', ''])(
  'where clients listen for replies is taken: %j',
  (reply) => {
    expect(problemWithReplySubject(reply)).toBeUndefined();
  },
);

test('the inboxes of this library have two tokens or more, with a prefix of their own too', async () => {
  const { connect, createInbox } = await import('nats');
  expect(problemWithReplySubject(createInbox())).toBeUndefined();
  expect(problemWithReplySubject(createInbox('own'))).toBeUndefined();
  for (const options of [{}, { noMux: true }]) {
    const own = await connect({ servers: world.server.url, inboxPrefix: 'own' });
    const reply = await own.request('register.write.n', 'x', { timeout: 5_000, ...options });
    expect(reply.headers?.get('Register-Outcome')).toMatch(/won|lost/);
    await own.close();
  }
});
