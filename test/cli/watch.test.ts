import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDecisionPublisher } from '../../src/nats/publisher.ts';
import { type NatsServer, startNatsServer } from '../support/nats-server.ts';
import { type ServiceWorld, startServiceWorld } from '../support/service-world.ts';
import { Undo } from '../support/undo.ts';
import { type Running, run, start } from './support.ts';

let undo: Undo;
beforeEach(() => {
  undo = new Undo();
});
afterEach(() => undo.all());

function watch(args: readonly string[], url: string): Running {
  const running = start(['watch', ...args, '--nats', url]);
  undo.add(() => running.process.kill('SIGKILL'));
  return running;
}

describe('stele watch', () => {
  let world: ServiceWorld;
  beforeEach(async () => {
    world = await startServiceWorld();
    undo.add(() => world.close());
  });

  /** Decides a register and publishes it, as members do, in as many copies as members reached it. */
  function decide(name: string, copies = 1): void {
    world.member.hold(name, 'alice', 'op-1');
    const decision = world.member.decisions.get(name);
    if (decision === undefined) return;
    const publish = createDecisionPublisher({ connection: world.client });
    for (let copy = 0; copy < copies; copy += 1) publish({ type: 'decided', name, decision });
  }

  test.each([['--count', '1'], []])(
    'of a name that is decided already prints it at once, and ends (%s %s)',
    async (...more) => {
      world.member.hold('leader.epoch-9', 'alice');
      const { code, stdout } = await run(['watch', 'leader.epoch-9', ...more, '--nats', world.server.url]);
      expect({ code, stdout }).toEqual({ code: 0, stdout: 'leader.epoch-9  alice  3/n1/7\n' });
    },
  );

  test('of a name waits for its decision, and prints it once', async () => {
    const running = watch(['leader.epoch-9'], world.server.url);
    await expect.poll(() => world.member.reads.length, { timeout: 20_000 }).toBeGreaterThan(0);
    decide('leader.epoch-9', 2);
    expect(await running.ended).toMatchObject({ code: 0, stdout: 'leader.epoch-9  alice  3/n1/7\n' });
  });

  test.each(['leader.epoch-9', 'leader.>'])('of %s ends with 0 when it is told to', async (pattern) => {
    const running = watch([pattern], world.server.url);
    await running.untilPrinted(/Ctrl-C ends it/);
    running.process.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 0, stdout: '' });
  });

  test('of a pattern says, also in JSON, where decisions may be missing, and goes on', async () => {
    const running = watch(['orders.>', '--json', '--count', '2'], world.server.url);
    await running.untilPrinted(/Ctrl-C ends it/);
    decide('orders.17');
    await running.untilPrinted(/orders\.17/);
    await world.server.kill();
    const server = await startNatsServer({ port: world.server.port });
    undo.add(() => server.stop());
    await running.untilPrinted(/may be missing/);
    await expect.poll(() => world.client.flush().then(() => 'up', String), { timeout: 10_000 }).toBe('up');
    decide('orders.18');
    const { code, stdout } = await running.ended;
    expect(code).toBe(0);
    const date = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { register: 'orders.17', ballot: '3/n1/7', opId: 'op-1', winner: 'op-1', base64: 'YWxpY2U=' },
      { type: 'gap', from: date, to: date },
      { register: 'orders.18', ballot: '3/n1/7', opId: 'op-1', winner: 'op-1', base64: 'YWxpY2U=' },
    ]);
  });
});

describe('NATS turns stele watch away', () => {
  const users = (password: string, rules = '') =>
    `authorization: { users: [{ user: u, password: ${password}, permissions: { ${rules} } }] }`;
  const all = 'publish: ">", subscribe: ">"';
  let server: NatsServer;
  beforeEach(async () => {
    server = await startNatsServer({ config: users('before', all) });
    undo.add(() => server.stop());
  });

  test.each([
    ['orders.>', 'after a changed password', users('after', all), /Authorization Violation/i],
    ['orders.17', 'after a changed password', users('after', all), /Authorization Violation/i],
    ['orders.>', 'without its permission', users('before', 'publish: ">", subscribe: ["_INBOX.>"]'), /not permit/],
    ['orders.17', 'without its permission', users('before', 'publish: ">", subscribe: ["_INBOX.>"]'), /not permit/],
  ])('of %s %s: it says so, exit code 3', async (pattern, _when, config, why) => {
    const running = watch([pattern], `nats://u:before@127.0.0.1:${server.port}`);
    await running.untilPrinted(/Ctrl-C ends it/);
    await server.reload(config);
    const { code, stderr } = await running.ended;
    expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringMatching(why) });
    expect(stderr).not.toMatch(/unforeseen/);
  });
});
