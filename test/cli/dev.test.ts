import { join } from 'node:path';
import { connect, type NatsConnection } from 'nats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort, isAlive, listens, type Running, run, start, temporaryDirectory, until } from './support.ts';

const LIMIT_MS = 60_000;
const UP = /Ctrl-C stops the cluster/;

/** Of the NATS server's keeper and of the members, as the screen names them. */
function processesOf(printed: string): number[] {
  return [...printed.matchAll(/\(process (\d+)\)/g)].map(([, pid]) => Number(pid));
}

describe('a cluster', () => {
  let dev: Running;
  let port: number;
  let data: string;
  let nats: NatsConnection;
  const stele = (args: readonly string[], input?: Uint8Array) =>
    run(args, { env: { STELE_NATS: `nats://127.0.0.1:${port}` }, ...(input === undefined ? {} : { input }) });

  beforeAll(async () => {
    port = await freePort();
    data = join(await temporaryDirectory(), 'cluster');
    dev = start(['dev', '--port', String(port), '--data', data]);
    await dev.untilPrinted(UP);
    nats = await connect({ servers: `127.0.0.1:${port}` });
  }, LIMIT_MS);

  afterAll(async () => {
    await nats?.close();
    if (dev !== undefined && dev.process.exitCode === null) dev.process.kill('SIGTERM');
    await dev?.ended;
  }, LIMIT_MS);

  test('dev shows what to try next, with its own port', () => {
    for (const command of ['write orders.17 alice', 'read orders.17', "watch 'orders.>'", 'status']) {
      expect(dev.printed()).toContain(`stele ${command} --nats nats://127.0.0.1:${port}`);
    }
    expect(processesOf(dev.printed())).toHaveLength(4);
  });

  test(
    'the first write wins (0), a later one loses and prints the value (1), an op id settles a retry (0)',
    async () => {
      const first = await stele(['write', 'orders.17', 'alice', '--op-id', 'order-17']);
      expect(first).toMatchObject({ code: 0, stdout: '' });
      const second = await stele(['write', 'orders.17', 'bob']);
      expect(second).toMatchObject({ code: 1, stdout: 'alice' });
      const retry = await stele(['write', 'orders.17', 'alice', '--op-id', 'order-17', '--json']);
      expect(retry.code).toBe(0);
      expect(JSON.parse(retry.stdout)).toEqual({
        register: 'orders.17',
        outcome: 'won',
        base64: Buffer.from('alice').toString('base64'),
        ballot: expect.stringMatching(/^\d+\/n[123]\/\d+$/) as string,
        opId: 'order-17',
        winner: 'order-17',
      });
    },
    LIMIT_MS,
  );

  test(
    'bytes of standard input are read back as they are (0), an empty register is empty (1)',
    async () => {
      const bytes = Buffer.from(Array.from({ length: 4_096 }, (_, index) => (index * 31) % 256));
      expect(await stele(['write', 'blobs.1', '-'], bytes)).toMatchObject({ code: 0 });
      expect((await stele(['read', 'blobs.1'])).bytes).toEqual(bytes);
      const empty = await stele(['read', 'blobs.2', '--json']);
      expect(empty.code).toBe(1);
      expect(JSON.parse(empty.stdout)).toEqual({ register: 'blobs.2', outcome: 'empty' });
    },
    LIMIT_MS,
  );

  test(
    'a value that is too large is bad input (2), and nothing is written',
    async () => {
      const { code, stdout } = await stele(['write', 'big.1', '-', '--json'], Buffer.alloc(65_537));
      expect(code).toBe(2);
      expect(JSON.parse(stdout)).toMatchObject({ outcome: 'refused', code: 413 });
      expect((await stele(['read', 'big.1'])).code).toBe(1);
    },
    LIMIT_MS,
  );

  test(
    'watch prints one line a decision, and ends after --count of them, by SIGTERM, and with its reader (0)',
    async () => {
      const environment = { STELE_NATS: `nats://127.0.0.1:${port}` };
      const counted = start(['watch', 'seen.*', '--count', '2'], environment);
      const json = start(['watch', '--json'], environment);
      const unread = start(['watch', 'seen.>'], environment);
      unread.process.stdout?.destroy();
      let written = 0;
      const watching = [counted, json, unread];
      // Subscriptions of other processes do not say when they are in place: decide until all three have shown one.
      await until(async () => {
        written += 1;
        await nats.request(`register.write.seen.${written}`, `value ${written}`);
        return counted.process.exitCode !== null && json.printed() !== '' && unread.process.exitCode !== null;
      });
      json.process.kill('SIGTERM');
      const [two, objects, alone] = await Promise.all(watching.map(({ ended }) => ended));
      expect([two?.code, objects?.code, alone?.code]).toEqual([0, 0, 0]);
      expect(two?.stdout).toMatch(/^(seen\.\d+ {2}value \d+ {2}\d+\/n[123]\/\d+\n){2}$/);
      const [line = ''] = objects?.stdout.split('\n') ?? [];
      expect(JSON.parse(line)).toMatchObject({ register: expect.stringMatching(/^seen\./) as string });
    },
    LIMIT_MS,
  );

  test(
    'status shows every member and a quorum (0)',
    async () => {
      const [table, json, another] = await Promise.all([
        stele(['status']),
        stele(['status', '--json']),
        stele(['status', '--cluster', 'another']),
      ]);
      expect(table.code).toBe(0);
      expect(table.stdout).toMatch(/^n1 +serving +1 /m);
      expect(table.stdout).toMatch(/quorum: yes, 3 of 3 members up\n$/);
      expect(json.code).toBe(0);
      expect(JSON.parse(json.stdout)).toMatchObject({ quorum: true, serving: 3, members: [{ member: 'n1' }, {}, {}] });
      expect(another).toMatchObject({ code: 3, stdout: '' });
    },
    LIMIT_MS,
  );

  test(
    'a member that is killed is missed by nobody, and started again',
    async () => {
      const [, , , n3 = Number.NaN] = processesOf(dev.printed());
      process.kill(n3, 'SIGKILL');
      expect(await stele(['write', 'orders.18', 'carol'])).toMatchObject({ code: 0 });
      await dev.untilPrinted(/n3 \| it was killed by SIGKILL; it is started again/);
      await dev.untilPrinted(/n3 \| .*incarnation 2/);
    },
    LIMIT_MS,
  );

  test(
    'a store that another process has open is refused (4)',
    async () => {
      const { code, stdout } = await stele(['node', '--data', join(data, 'n1')]);
      expect(code).toBe(4);
      expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
        level: 60,
        code: 'STELE_STORE_LOCKED',
      });
    },
    LIMIT_MS,
  );

  test(
    'a directory with no store is refused (4)',
    async () => {
      const empty = await temporaryDirectory();
      const { code, stdout } = await stele(['node', '--data', empty, '--log-format', 'text']);
      expect(code).toBe(4);
      expect(stdout).toContain('There is no store');
    },
    LIMIT_MS,
  );

  test(
    'a port in use, and another number of members, are bad usage (2)',
    async () => {
      const inUse = await run(['dev', '--port', String(port), '--data', join(data, 'another'), '--nodes', '1']);
      expect(inUse.code).toBe(2);
      expect(inUse.stderr).toContain('--port');
      const five = await run(['dev', '--port', String(await freePort()), '--data', data, '--nodes', '5']);
      expect(five.code).toBe(2);
      expect(five.stderr).toContain('holds a cluster of 3');
    },
    LIMIT_MS,
  );

  test(
    'SIGTERM stops the members, then NATS, and leaves no process behind (0)',
    async () => {
      const pids = processesOf(dev.printed());
      const restarted = [...dev.printed().matchAll(/it is process (\d+) now/g)].map(([, pid]) => Number(pid));
      await nats.close();
      dev.process.kill('SIGTERM');
      expect(await dev.ended).toMatchObject({ code: 0, signal: null });
      expect(dev.printed()).toMatch(/n1 \| .*stopped/);
      expect([...pids, ...restarted].filter(isAlive)).toEqual([]);
      expect(await listens(port)).toBe(false);
    },
    LIMIT_MS,
  );
});

test(
  'what was written is there after a restart, and kill -9 of dev leaves no process behind',
  async () => {
    const data = join(await temporaryDirectory(), 'cluster');
    const port = await freePort();
    const args = ['dev', '--port', String(port), '--data', data];
    const nats = ['--nats', `nats://127.0.0.1:${port}`];
    const first = start([...args, '--nodes', '1']);
    await first.untilPrinted(UP);
    expect(await run(['write', 'orders.17', 'alice', ...nats])).toMatchObject({ code: 0 });
    const pids = processesOf(first.printed());
    first.process.kill('SIGKILL');
    expect(pids).toHaveLength(2);
    await until(async () => !pids.some(isAlive) && !(await listens(port)));

    const second = start(args);
    await second.untilPrinted(UP);
    expect(await run(['read', 'orders.17', ...nats])).toMatchObject({ code: 0, stdout: 'alice' });
    second.process.kill('SIGINT');
    expect(await second.ended).toMatchObject({ code: 0 });
  },
  LIMIT_MS,
);

test(
  'a member waits for NATS for as long as it takes, and leaves when it is asked to (0)',
  async () => {
    const data = await temporaryDirectory();
    await run(['init', '--id', 'n1', '--members', 'n1', '--data', data]);
    const member = start(['node', '--data', data, '--nats', `nats://127.0.0.1:${await freePort()}`]);
    await member.untilPrinted(/no NATS server answers yet/);
    member.process.kill('SIGTERM');
    expect(await member.ended).toMatchObject({ code: 0, signal: null });
  },
  LIMIT_MS,
);
