import { connect } from 'nats';
import { expect, test } from 'vitest';
import { problemWithServer } from '../../src/contract/fitness.ts';
import { createRegisters } from '../../src/index.ts';
import { createNode } from '../../src/node/index.ts';
import { startNatsServer } from '../support/nats-server.ts';

test('only a server that says that it has headers has them; of one that said nothing yet nothing is held', () => {
  expect(problemWithServer({ headers: true })).toBeUndefined();
  expect(problemWithServer(undefined)).toBeUndefined();
  for (const info of [{ headers: false }, {}]) expect(problemWithServer(info)).toMatch(/headers/);
});

test('a server without headers is refused by the library and by an embedded member, before anything is started', async () => {
  const server = await startNatsServer({ config: 'no_header_support: true' });
  const connection = await connect({ servers: server.url, maxReconnectAttempts: -1 });
  try {
    const registers = createRegisters(connection);
    const refused = {
      code: 'STELE_REFUSED',
      status: 503,
      message: expect.stringMatching(/no_header_support/) as string,
    };
    await expect(registers.write('a', 1)).rejects.toMatchObject(refused);
    await expect(registers.read('a')).rejects.toMatchObject(refused);
    const unfit = createNode({ nats: connection, dataDir: '/no/such/directory' });
    await expect(unfit).rejects.toMatchObject({ code: 'STELE_NATS_UNFIT' });
  } finally {
    await connection.close();
    await server.stop();
  }
});
