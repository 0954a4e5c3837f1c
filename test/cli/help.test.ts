import { expect, test } from 'vitest';
import { run } from './support.ts';

const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  dev: ['STELE_NODES', 'STELE_PORT', 'STELE_DATA'],
  init: ['STELE_ID', 'STELE_MEMBERS', 'STELE_DATA', 'STELE_CLUSTER', 'STELE_JSON'],
  node: ['STELE_DATA', 'STELE_NATS', 'STELE_PREFIX', 'STELE_LOG_LEVEL', 'STELE_LOG_FORMAT'],
  write: ['STELE_OP_ID', 'STELE_NATS', 'STELE_PREFIX', 'STELE_TIMEOUT', 'STELE_JSON'],
  read: ['STELE_NATS', 'STELE_PREFIX', 'STELE_TIMEOUT', 'STELE_JSON'],
  watch: ['STELE_COUNT', 'STELE_NATS', 'STELE_PREFIX', 'STELE_JSON'],
  status: ['STELE_NATS', 'STELE_CLUSTER', 'STELE_TIMEOUT', 'STELE_JSON'],
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
    expect(stdout).toMatch(/^Exit codes:\n {2}0 /m);
  },
  20_000,
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
