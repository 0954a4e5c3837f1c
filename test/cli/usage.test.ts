import { describe, expect, test } from 'vitest';
import { freePort, run, temporaryDirectory } from './support.ts';

const LIMIT_MS = 20_000;

describe('bad usage', () => {
  test.concurrent.each([
    [['carve'], /unknown command 'carve'/],
    [['write', 'orders.17'], /missing required argument 'value'/],
    [['write', 'a', 'b', 'c'], /too many arguments/],
    [['read', 'orders.17', '--bogus'], /unknown option '--bogus'/],
    [['write', '_orders', 'alice'], /reserved for the system/],
    [['read', 'orders..17'], /ill-formed/],
    [['write', 'orders.17', 'alice', '--op-id', 'x'.repeat(65)], /1 to 64 printable/],
    [['read', 'orders.17', '--prefix', '_own'], /cannot be the subject prefix/],
    [['read', 'orders.17', '--timeout', '1s'], /whole number/],
    [['read', 'orders.17', '--nats', 'http://127.0.0.1'], /not the URL of a NATS server/],
    [['watch', 'orders..'], /pattern is ill-formed/],
    [['init', '--id', 'n1', '--members', 'n1'], /--data <directory>' not specified/],
    [['dev', '--nodes', '10'], /whole number from 1 to 9/],
  ])(
    '%j is told what is wrong, exit code 2',
    async (args, message) => {
      const { code, stdout, stderr } = await run(args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(message);
      expect(stderr).not.toContain('    at ');
    },
    LIMIT_MS,
  );

  test(
    'with --json it is an object on standard output as well',
    async () => {
      const { code, stdout, stderr } = await run(['write', '', 'alice', '--json']);
      expect(code).toBe(2);
      expect(JSON.parse(stdout)).toEqual({
        outcome: 'refused',
        code: 400,
        error: expect.stringContaining('is empty') as string,
        reason: 'STELE_BAD_INPUT',
      });
      expect(stderr).toContain('is empty');
    },
    LIMIT_MS,
  );
});

describe('no NATS server', () => {
  test.concurrent.each([[['write', 'orders.17', 'alice']], [['read', 'orders.17']], [['watch']], [['status']]])(
    '%j says where it looked and what to try, exit code 3',
    async (args) => {
      const url = `nats://127.0.0.1:${await freePort()}`;
      const { code, stdout, stderr } = await run([...args, '--nats', url]);
      expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
      expect(stderr).toContain(url);
      expect(stderr).toContain('stele dev');
      expect(stderr.trim().split('\n')).toHaveLength(1);
    },
    LIMIT_MS,
  );

  test(
    'variables stand for flags: a switch may say no, an empty one is none, a password is not shown',
    async () => {
      const url = `nats://alice:secret@127.0.0.1:${await freePort()}`;
      const plain = await run(['read', 'orders.17'], { env: { STELE_NATS: url, STELE_JSON: '0', STELE_PREFIX: '' } });
      expect(plain).toMatchObject({ code: 3, stdout: '' });
      expect(plain.stderr).not.toContain('secret');
      const json = await run(['read', 'orders.17'], { env: { STELE_NATS: url, STELE_JSON: '1' } });
      expect(JSON.parse(json.stdout)).toMatchObject({
        outcome: 'refused',
        code: 503,
        reason: 'STELE_NATS_UNREACHABLE',
      });
      expect(json.stdout).not.toContain('secret');
    },
    LIMIT_MS,
  );
});

describe('a store', () => {
  test(
    'init makes one, and refuses a directory that holds one: exit code 4',
    async () => {
      const data = await temporaryDirectory();
      const flags = ['init', '--id', 'n1', '--members', 'n1,n2,n3', '--data', data, '--json'];
      const made = await run(flags);
      expect(made.code).toBe(0);
      expect(JSON.parse(made.stdout)).toMatchObject({ member: 'n1', members: ['n1', 'n2', 'n3'], data });
      const again = await run(flags);
      expect(again.code).toBe(4);
      expect(JSON.parse(again.stdout)).toMatchObject({ outcome: 'refused', code: 409, reason: 'STELE_STORE_EXISTS' });
    },
    LIMIT_MS,
  );

  test(
    'init refuses a member that is not among the members: exit code 2',
    async () => {
      const data = await temporaryDirectory();
      const { code, stderr } = await run(['init', '--id', 'n4', '--members', 'n1,n2,n3', '--data', data]);
      expect(code).toBe(2);
      expect(stderr).toContain('n4');
    },
    LIMIT_MS,
  );
});
