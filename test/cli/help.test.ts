import { expect, test } from 'vitest';
import { run } from './support.ts';

const ACCESS = ['STELE_CREDS', 'STELE_NKEY', 'STELE_TLS_CA', 'STELE_TLS_CERT', 'STELE_TLS_KEY'];

const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  dev: ['STELE_NODES', 'STELE_PORT', 'STELE_DATA'],
  init: ['STELE_ID', 'STELE_MEMBERS', 'STELE_DATA', 'STELE_CLUSTER', 'STELE_JSON'],
  node: ['STELE_DATA', 'STELE_NATS', 'STELE_PREFIX', 'STELE_LOG_LEVEL', 'STELE_LOG_FORMAT', ...ACCESS],
  write: ['STELE_OP_ID', 'STELE_NATS', 'STELE_PREFIX', 'STELE_TIMEOUT', 'STELE_JSON', ...ACCESS],
  read: ['STELE_NATS', 'STELE_PREFIX', 'STELE_TIMEOUT', 'STELE_JSON', ...ACCESS],
  watch: ['STELE_COUNT', 'STELE_NATS', 'STELE_PREFIX', 'STELE_JSON', ...ACCESS],
  status: ['STELE_NATS', 'STELE_PREFIX', 'STELE_CLUSTER', 'STELE_TIMEOUT', 'STELE_JSON', ...ACCESS],
};

const CODES: Readonly<Record<string, readonly number[]>> = {
  dev: [0, 1, 2, 3, 4, 5, 129, 130, 143],
  init: [0, 1, 2, 4, 5],
  node: [0, 1, 2, 3, 4, 5, 129, 130, 143],
  write: [0, 1, 2, 3],
  read: [0, 1, 2, 3],
  watch: [0, 2, 3],
  status: [0, 2, 3],
};

test.concurrent.each(Object.entries(COMMANDS))(
  'the help of %s names a variable for every flag, an example and the exit codes',
  async (command, variables) => {
    const { code, stdout } = await run([command, '--help']);
    expect(code).toBe(0);
    for (const variable of variables) expect(stdout).toContain(variable);
    const flags = stdout.match(/^ {2}--[a-z-]+/gm) ?? [];
    expect(flags).toHaveLength(variables.length);
    expect(stdout).toMatch(/^Examples:\n {2}stele /m);
    const [, codes = ''] = stdout.split('Exit codes:\n');
    const listed = [...codes.matchAll(/(?:^ {2}|; )(\d+)(?=:? )/gm)].map(([, code]) => Number(code));
    expect(listed).toEqual(CODES[command]);
    if (variables.includes('STELE_CREDS'))
      expect(stdout).toMatch(/STELE_NATS_USER.*STELE_NATS_PASSWORD.*STELE_NATS_TOKEN/);
  },
  60_000,
);

test('stele alone prints its help, with every command and nothing internal', async () => {
  const { code, stdout } = await run([]);
  expect(code).toBe(0);
  for (const command of Object.keys(COMMANDS)) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
  expect(stdout).not.toContain('keep');
}, 20_000);

test('--version prints the version of the package', async () => {
  const { version } = (await import('../../package.json', { with: { type: 'json' } })).default;
  expect(await run(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
}, 20_000);
