import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { foreseen } from '../../src/cli/foreseen.ts';
import { freePort, run, start, temporaryDirectory } from './support.ts';

const LIMIT_MS = 60_000;
const SECRET = 'hunter22/of,mine';

describe('no command repeats a secret', () => {
  test.concurrent.each([
    [2, ['write', 'a', 'b', `--natz=nats://alice:${SECRET}@h`], {}],
    [2, ['write', 'a', 'b', '-n', `nats://alice:${SECRET}@h`], {}],
    [2, [`nats://alice:${SECRET}@h`], {}],
    [2, ['read', 'a', '--timeout', `nats://alice:${SECRET}@h`], {}],
    [2, ['status', '--json'], { STELE_TIMEOUT: `nats://alice:${SECRET}@h` }],
    [2, ['status', '--json'], { STELE_NATS: `nats://alice:${SECRET}@h:x` }],
    [2, ['read', 'a', '--json'], { STELE_NATS: `https://alice:${SECRET}@h` }],
    [2, ['read', 'a', '--json', '--creds', SECRET], {}],
    [2, ['node', '--data', '.', '--nkey', SECRET], {}],
    [2, ['node', '--data', '.', '--nats', `nats://alice:${SECRET}@h,i`], {}],
    [3, ['watch', '--json', '--nats', 'nats://127.0.0.1:1'], { STELE_NATS_USER: 'alice', STELE_NATS_PASSWORD: SECRET }],
    [3, ['write', 'a', 'b', '--json', '--nats', `alice:${encodeURIComponent(SECRET)}@127.0.0.1:1`], {}],
  ] as const)(
    'exit code %i: number %#',
    async (code, args, variables) => {
      const environment = Object.fromEntries(Object.entries(variables));
      const ended = await run(args, { env: { ...environment, STELE_DEBUG: '1' } });
      expect(ended.code).toBe(code);
      const said = `${ended.stdout}${ended.stderr}`;
      expect(said).not.toBe('');
      for (const part of [...SECRET.split(','), encodeURIComponent(SECRET)]) expect(said).not.toContain(part);
    },
    LIMIT_MS,
  );

  test(
    'dev shows its own NATS server nothing of what is meant for another one',
    async () => {
      const data = join(await temporaryDirectory(), 'cluster');
      const dev = start(['dev', '--nodes', '1', '--port', String(await freePort()), '--data', data], {
        STELE_NATS: `nats://alice:${encodeURIComponent(SECRET)}@127.0.0.1:1`,
        STELE_NATS_USER: 'alice',
        STELE_NATS_PASSWORD: SECRET,
        STELE_CREDS: '/no/such/file',
        STELE_TLS_CA: '/no/such/file',
      });
      await dev.untilPrinted(/Ctrl-C stops the cluster/);
      dev.process.kill('SIGHUP');
      expect(await dev.ended).toMatchObject({ code: 0 });
      for (const part of SECRET.split(',')) expect(dev.printed()).not.toContain(part);
    },
    LIMIT_MS,
  );
});

describe('what anyone can meet has a sentence', () => {
  const natsError = (code: string, more = {}) => Object.assign(new Error(code), { name: 'NatsError', code, ...more });
  const denied = { permissionContext: { operation: 'publish', subject: 'register.write.a' } };
  test.each([
    [natsError('PERMISSIONS_VIOLATION', denied), 'STELE_REFUSED', /to publish on register\.write\.a/],
    [natsError('AUTHORIZATION_VIOLATION'), 'STELE_REFUSED', /turned this user away/],
    [natsError('CONNECTION_CLOSED'), 'STELE_UNAVAILABLE', /connection to NATS was lost/],
    [Object.assign(new Error('EMFILE'), { code: 'EMFILE' }), 'STELE_UNAVAILABLE', /ulimit -n/],
  ])('%s', (error, code, message) => {
    expect(foreseen(error)).toMatchObject({ code, message: expect.stringMatching(message) as string, cause: error });
  });

  test('and what nobody foresaw stays as it is', () => {
    for (const error of [new TypeError('x is not a function'), 'no', undefined]) expect(foreseen(error)).toBe(error);
  });
});
