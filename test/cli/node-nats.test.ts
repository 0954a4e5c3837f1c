import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'nats';
import { afterEach, describe, expect, test } from 'vitest';
import { Certificates } from '../support/certificates.ts';
import { startNatsServer } from '../support/nats-server.ts';
import { Undo } from '../support/undo.ts';
import { type Running, run, start, startScript, temporaryDirectory } from './support.ts';

const LIMIT_MS = 120_000;
const undo = new Undo();
afterEach(() => undo.all());

async function natsServer(config: string) {
  const server = await startNatsServer({ config });
  undo.add(() => server.stop());
  return server;
}

async function newStore(): Promise<string> {
  const data = await temporaryDirectory();
  expect(await run(['init', '--id', 'n1', '--members', 'n1', '--data', data])).toMatchObject({ code: 0 });
  return data;
}

/** A member of a cluster of one; it is ended with the test. */
async function member(nats: string, flags: readonly string[] = []): Promise<Running> {
  const running = start(['node', '--data', await newStore(), ...flags], { STELE_NATS: nats, STELE_DEBUG: '1' });
  undo.add(() => running.process.kill('SIGKILL'));
  return running;
}

describe('a member that NATS does not let in says why, and goes on trying', () => {
  test(
    'with a wrong password, until that is mended; the password is not logged',
    async () => {
      const accounts = join(await temporaryDirectory(), 'users.conf');
      const users = (password: string) => writeFile(accounts, `authorization { user: n1, password: ${password} }`);
      await users('another');
      const server = await startNatsServer({ args: ['--config', accounts] });
      undo.add(() => server.stop());
      const running = await member(`nats://n1:hidden-secret@127.0.0.1:${server.port}`);
      await running.untilPrinted(/does not accept the credentials of this member yet.*AUTHORIZATION_VIOLATION/);
      await users('hidden-secret');
      process.kill(server.pid, 'SIGHUP');
      await running.untilPrinted(/serving/);
      await users('yet-another');
      process.kill(server.pid, 'SIGHUP');
      await running.untilPrinted(/serving[\s\S]*still without NATS.*turned the user away/);
      running.process.kill('SIGHUP');
      expect(await running.ended).toMatchObject({ code: 0 });
      expect(running.printed()).toContain('leaving: SIGHUP');
      expect(running.printed()).not.toContain('hidden-secret');
    },
    LIMIT_MS,
  );

  test(
    'with a certificate that cannot be verified',
    async () => {
      const { cert, key } = new Certificates(await temporaryDirectory()).issue('server', 'IP:127.0.0.1');
      const { port } = await natsServer(`tls { cert_file: "${cert}", key_file: "${key}" }`);
      const running = await member(`tls://n1:hidden-secret@127.0.0.1:${port}`);
      await running.untilPrinted(/does not let this member in yet.*certificate cannot be verified/);
      running.process.kill('SIGTERM');
      expect(await running.ended).toMatchObject({ code: 0 });
      expect(running.printed()).not.toContain('hidden-secret');
    },
    LIMIT_MS,
  );
});

test(
  'a NATS server without headers is refused by a member (3) and by a client (3), with what to change',
  async () => {
    const { url } = await natsServer('no_header_support: true');
    const running = await member(url);
    expect((await running.ended).code).toBe(3);
    expect(running.printed()).toMatch(/does not support headers.*no_header_support/);
    const write = await run(['write', 'a', 'b', '--nats', url]);
    expect(write.code).toBe(3);
    expect(write.stderr).toMatch(/not written: .*does not support headers/);
  },
  LIMIT_MS,
);

test(
  'credentials that cannot be read are bad input (2) to a member too',
  async () => {
    const running = await member('nats://127.0.0.1:1', ['--creds', '/no/such/file']);
    expect((await running.ended).code).toBe(2);
    expect(running.printed()).toMatch(/--creds .* there is no such file/);
  },
  LIMIT_MS,
);

test(
  'a password in a flag is in no list of processes',
  async () => {
    const server = await natsServer('authorization { user: n1, password: hidden-secret }');
    const data = await newStore();
    const running = start(['node', '--data', data, '--nats', `nats://n1:hidden-secret@127.0.0.1:${server.port}`]);
    undo.add(() => running.process.kill('SIGKILL'));
    await running.untilPrinted(/serving/);
    const { readFile } = await import('node:fs/promises');
    if (process.platform === 'linux') {
      expect(await readFile(`/proc/${running.pid}/cmdline`, 'latin1')).not.toContain('hidden-secret');
    }
    const client = await connect({ servers: `127.0.0.1:${server.port}`, user: 'n1', pass: 'hidden-secret' });
    expect((await client.request('register.write.a', 'b', { timeout: 10_000 })).headers?.get('Register-Outcome')).toBe(
      'won',
    );
    await client.close();
  },
  LIMIT_MS,
);

test.each([
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  'a first %s asks, a second one is an order (%i)',
  async (signal, code) => {
    const running = startScript(join(import.meta.dirname, 'children/lingering.ts'));
    undo.add(() => running.process.kill('SIGKILL'));
    await running.untilPrinted(/listening/);
    running.process.kill(signal);
    await running.untilPrinted(new RegExp(`asked by ${signal}`));
    // What comes at once counts as the same keystroke.
    const again = setInterval(() => running.process.kill(signal), 100);
    expect(await running.ended).toMatchObject({ code });
    clearInterval(again);
  },
  LIMIT_MS,
);
