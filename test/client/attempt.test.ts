import { connect, type NatsConnection } from 'nats';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRegisters, UnknownOutcomeError } from '../../src/index.ts';
import { type NatsServer, startNatsServer } from '../support/nats-server.ts';
import { headersOf } from '../support/service-world.ts';

let server: NatsServer;
let connection: NatsConnection;
beforeEach(async () => {
  server = await startNatsServer();
  connection = await connect({ servers: server.url });
});
afterEach(async () => {
  await connection.close();
  await server.stop();
});

const WON = { 'Register-Outcome': 'won', 'Register-Ballot': '1/n1/1', 'Register-Op-Id': 'op-1' };

/** Answers every write with such headers, and once more with each of the others. */
function answer(...replies: readonly Record<string, string>[]): void {
  connection.subscribe('register.write.>', {
    callback: (_error, message) => {
      for (const headers of replies) {
        const lines = Object.entries(headers).map(([key, value]) => [key, [value]]);
        message.respond('', { headers: headersOf(Object.fromEntries(lines)) });
      }
    },
  });
}

describe('a write is unknown where what answered', () => {
  test.each([
    ['says an outcome that there is not', { 'Register-Outcome': 'strange', 'Nats-Service-Error-Code': '400' }],
    ['says a code and no outcome', { 'Nats-Service-Error-Code': '500', 'Nats-Service-Error': 'It broke.' }],
    ['is not the service, though it has headers', { 'Nats-Stream': 'orders' }],
  ])('%s', async (_, headers) => {
    answer(headers);
    const write = createRegisters(connection, { timeoutMs: 300 }).write('a', 1);
    await expect(write).rejects.toBeInstanceOf(UnknownOutcomeError);
  });
});

test('a write that came before anybody served is tried again', async () => {
  const write = createRegisters(connection).write('a', 1);
  // Behind the first try on its way to the server, which has said by then that nobody is there.
  answer(WON);
  expect(await write).toMatchObject({ outcome: 'won' });
});

test('a write that something else answers before the service, with headers of its own, has the outcome of the service', async () => {
  answer({ 'Nats-Stream': 'orders' }, WON);
  expect(await createRegisters(connection).write('a', 1)).toMatchObject({ outcome: 'won' });
});
