import { connect, headers, type ServiceMsg } from 'nats';
import { expect, onTestFinished, test } from 'vitest';
import { headerBytesOf, readyHeaders } from '../../src/contract/ready-headers.ts';
import { startNatsServer } from '../support/nats-server.ts';

const LINES = 'Register-Outcome: won\r\nRegister-Ballot: 0/n1/7\r\n';

function ownHeaders() {
  const own = headers();
  own.set('Register-Outcome', 'won');
  own.set('Register-Ballot', '0/n1/7');
  return own;
}

/** A service that answers with ready headers, and keeps what it is sent. */
async function startEcho() {
  const server = await startNatsServer();
  const connection = await connect({ servers: server.url });
  onTestFinished(async () => {
    await connection.close();
    await server.stop();
  });
  const service = await connection.services.add({ name: 'echo', version: '1.0.0' });
  const seen: ServiceMsg[] = [];
  service.addEndpoint('echo', (_error, message) => {
    seen.push(message);
    message.respond(message.data, { headers: readyHeaders(LINES) });
  });
  return { connection, seen };
}

test('ready headers are sent as the library would send its own', async () => {
  const { connection } = await startEcho();
  const reply = await connection.request('echo', 'x');
  expect(reply.string()).toBe('x');
  expect([...(reply.headers ?? [])]).toEqual([...ownHeaders()]);
});

test('the headers that a service is sent are seen as they came, and only they', async () => {
  const { connection, seen } = await startEcho();
  await connection.request('echo', 'value', { headers: ownHeaders(), timeout: 5_000 });
  const [message] = seen;
  if (message === undefined) throw new Error('the service was sent nothing');
  expect(Buffer.from(headerBytesOf(message) ?? []).toString()).toBe(`NATS/1.0\r\n${LINES}\r\n`);
});

test('a message without headers shows none', async () => {
  const { connection, seen } = await startEcho();
  await connection.request('echo', 'value');
  expect(seen.map(headerBytesOf)).toEqual([undefined]);
});

test.each([{}, { msg: {} }, { msg: { _msg: { hdr: '5' }, _rdata: new Uint8Array(9) } }, { msg: { _msg: { hdr: 5 } } }])(
  'a message that looks otherwise inside shows none: %j',
  (message) => {
    expect(headerBytesOf(message as unknown as ServiceMsg)).toBeUndefined();
  },
);
