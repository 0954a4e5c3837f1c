import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type NatsServer, startNatsServer } from '../support/nats-server.ts';
import { type ServiceWorld, startServiceWorld } from '../support/service-world.ts';

const PAYLOAD_BYTES_MAX = 8_192;

let world: ServiceWorld;
beforeAll(async () => {
  world = await startServiceWorld({ config: `max_payload: ${PAYLOAD_BYTES_MAX}` });
});
afterAll(() => world.close());

describe('a reply that NATS would not carry', () => {
  test('leaves out the largest values and says so, and keeps every outcome', async () => {
    world.member.hold('small', '"s"');
    world.member.hold('large', JSON.stringify('x'.repeat(4_000)));
    world.member.hold('larger', JSON.stringify('y'.repeat(5_000)));
    const registers = ['small', 'larger', 'empty', 'large'].map((register) => ({ register }));
    const answer = await world.request('register.read', JSON.stringify(registers));
    expect(answer.body).toMatchObject([
      { register: 'small', outcome: 'decided', value: 's' },
      {
        register: 'larger',
        outcome: 'decided',
        valueOmitted: true,
        ballot: '3/n1/7',
        error: expect.stringMatching(/by itself/),
      },
      { register: 'empty', outcome: 'empty' },
      { register: 'large', outcome: 'decided', value: 'x'.repeat(4_000) },
    ]);
    expect(answer.payload.length).toBeLessThanOrEqual(PAYLOAD_BYTES_MAX);
    expect(answer.text).not.toContain('yyy');
  });

  test('leaves out the sentences too where even they do not fit, and keeps every outcome and code', async () => {
    const entries = Array.from({ length: 22 }, (_, index) => ({ register: `r${index}`, value: 0, opId: `o${index}` }));
    for (const _ of entries) world.member.nextWrites.push(() => ({ outcome: 'unknown' }));
    const answer = await world.request('register.write', JSON.stringify(entries));
    expect(answer.payload.length).toBeLessThanOrEqual(PAYLOAD_BYTES_MAX);
    expect(answer.body).toMatchObject(
      entries.map(({ register, opId }) => ({ register, opId, outcome: 'unknown', code: 504 })),
    );
  });

  test.each(['write', 'read'])('of a batch, a %s, is refused with 413 before anything starts', async (verb) => {
    const entries = Array.from({ length: 200 }, (_, index) => ({
      register: `${verb}.${index}`,
      ...(verb === 'write' ? { value: 0 } : {}),
    }));
    const answer = await world.request(`register.${verb}`, JSON.stringify(entries));
    expect(answer).toMatchObject({ outcome: 'refused', code: '413' });
    expect(answer.body).toMatchObject({
      outcome: 'refused',
      code: 413,
      error: expect.stringMatching(/max_payload is 8192\): nothing was started. Send it in parts of \d+ or fewer/),
    });
    expect(world.member.decisions.has(`${verb}.0`)).toBe(false);
    expect(world.member.reads).not.toContain('read.0');
    const parts = Number(/parts of (\d+)/.exec(answer.error ?? '')?.[1]);
    const { body } = await world.request(`register.${verb}`, JSON.stringify(entries.slice(0, parts)));
    expect(body).toHaveLength(parts);
  });

  test('does not keep a batch back that wants no reply', async () => {
    const entries = Array.from({ length: 200 }, (_, index) => ({ register: `quiet.${index}`, value: 0 }));
    const parts = [entries.slice(0, 100), entries.slice(100)];
    for (const part of parts) world.client.publish('register.write', JSON.stringify(part));
    expect(await world.request('register.read.quiet.199')).toMatchObject({ outcome: 'decided' });
  });

  test('of one value says so with the limit, and how the operation ended', async () => {
    world.member.hold('huge', Buffer.alloc(PAYLOAD_BYTES_MAX, 1), 'op-1');
    const limit = expect.stringMatching(
      /8192 bytes does not fit in a reply: NATS carries 8192 bytes \(its max_payload\)/,
    );
    const known = { code: '413', text: '', ballot: '3/n1/7', winner: 'op-1', error: limit };
    expect(await world.request('register.read.huge')).toMatchObject({ outcome: 'unavailable', ...known });
    expect(await world.request('register.write.huge', 'x')).toMatchObject({ outcome: 'lost', ...known });
    const decision = world.member.decisions.get('huge');
    if (decision === undefined) throw new Error('the register is empty');
    world.member.nextWrites.push(() => ({ outcome: 'won', decision }));
    expect(await world.request('register.write.huge', 'x')).toMatchObject({ outcome: 'won', ...known });
    expect(world.failures.map(String)).toContainEqual(
      expect.stringMatching(/on register.read.huge takes more than the 8192 bytes.*a shorter one was sent/),
    );
  });

  test('of one value says so in the envelope form too', async () => {
    world.member.hold('huge', Buffer.alloc(PAYLOAD_BYTES_MAX, 1), 'op-1');
    world.member.hold('wide', Buffer.alloc(6_500, 1), 'op-2');
    const known = {
      code: 413,
      valueOmitted: true,
      ballot: '3/n1/7',
      winner: 'op-1',
      error: expect.stringMatching(/8192/),
    };
    const read = await world.request('register.read', '{"register":"huge"}');
    expect(read.body).toEqual({ register: 'huge', outcome: 'decided', ...known });
    expect(read).toMatchObject({ outcome: 'decided', code: '413', winner: 'op-1' });
    const lost = await world.request('register.write', '{"register":"huge","value":1,"opId":"o"}');
    expect(lost.body).toEqual({ register: 'huge', outcome: 'lost', ...known, opId: 'o' });
    // This one does not fit as base64, and does by itself.
    const wide = await world.request('register.read', '[{"register":"wide"}]');
    expect(wide.body).toMatchObject([
      { outcome: 'decided', valueOmitted: true, error: expect.stringMatching(/by itself/) },
    ]);
    expect(wide.body).not.toMatchObject([{ code: 413 }]);
    expect((await world.request('register.read.wide')).payload).toHaveLength(6_500);
  });
});

test('a value that members could not send each other is refused with 413, which names the limit of NATS', async () => {
  const answer = await world.request('register.write.n', 'x'.repeat(7_000));
  expect(answer).toMatchObject({ outcome: 'refused', code: '413', text: '' });
  expect(answer.error).toMatch(/7000 bytes, and 4096 is the most in messages of the 8192 bytes.*Raise max_payload/);
  expect(await world.request('register.write.n', 'x'.repeat(4_000))).toMatchObject({ outcome: 'won' });
});

describe('a server that carries less than it did', () => {
  let shrunk: ServiceWorld;
  let small: NatsServer;
  beforeAll(async () => {
    shrunk = await startServiceWorld();
    shrunk.member.hold('held', Buffer.alloc(60_000, 1), 'op-1');
    await shrunk.server.kill();
    small = await startNatsServer({ port: shrunk.server.port, config: 'max_payload: 1024' });
    await vi.waitFor(() => shrunk.client.request('register.read.none', '', { timeout: 500 }), { timeout: 20_000 });
  });
  afterAll(async () => {
    await shrunk.close();
    await small.stop();
  });

  test('is told of, with what a member needs', () => {
    expect(shrunk.failures.map(String)).toContainEqual(
      expect.stringMatching(/carries messages of up to 1024 bytes \(its max_payload\), and a member needs 5120/),
    );
  });

  test('refuses values with its limit, and tells how decided registers are', async () => {
    expect(await shrunk.request('register.write.n', 'x')).toMatchObject({
      outcome: 'refused',
      code: '413',
      error: expect.stringMatching(/0 is the most in messages of the 1024 bytes that NATS carries/),
    });
    expect(await shrunk.request('register.read.held')).toMatchObject({
      outcome: 'unavailable',
      code: '413',
      error: expect.stringMatching(/The register is decided, but the value of 60000 bytes.*1024/),
    });
  });

  test.each([
    '$SRV.PING',
    '$SRV.PING.register',
    '$SRV.INFO',
    '$SRV.INFO.register',
    '$SRV.STATS',
    '$SRV.STATS.register',
  ])('is answered to %s as far as the answer fits, again and again', async (subject) => {
    // The status of nine members is more than 1,024 bytes by itself.
    shrunk.member.peers = 8;
    for (const _ of [1, 2, 3]) {
      const answer = await shrunk.request(subject);
      expect(answer.body).toMatchObject({ name: 'register', metadata: { member: 'n1' } });
      if (subject.startsWith('$SRV.STATS'))
        expect(answer).toMatchObject({ code: '413', error: expect.stringMatching(/1024/) });
    }
    shrunk.member.peers = 0;
  });

  test('shows the status of a member in its statistics as long as that fits', async () => {
    const { body } = await shrunk.request('$SRV.STATS.register');
    expect(body).toMatchObject({ endpoints: [{ name: 'status', data: { member: 'n1' } }] });
  });

  test('is told by a member’s status why there is none', async () => {
    shrunk.member.peers = 8;
    const answer = await shrunk.request('_register.n1.status.get');
    expect(answer).toMatchObject({ code: '413', error: expect.stringMatching(/1024/) });
    expect(answer.body).toMatchObject({
      code: 413,
      error: expect.stringMatching(/status of this member does not fit/),
    });
    shrunk.member.peers = 0;
    expect((await shrunk.request('_register.n1.status.get')).body).toMatchObject({ member: 'n1' });
  });

  test('answers in the envelope form what it can, and refuses the rest before it starts', async () => {
    const answer = await shrunk.request('register.read', '[{"register":"held"},{"register":"a"}]');
    expect(answer.body).toMatchObject([{ outcome: 'decided', valueOmitted: true, code: 413 }, { outcome: 'empty' }]);
    const single = await shrunk.request('register.read', '{"register":"held"}');
    expect(single).toMatchObject({
      outcome: 'refused',
      code: '413',
      error: expect.stringMatching(/nothing was started/),
    });
  });
});

test('a server that carries next to nothing still has outcome and code', async () => {
  const tiny = await startServiceWorld({ config: 'max_payload: 200' });
  onTestFinished(() => tiny.close());
  expect(await tiny.request('register.write.n', 'x')).toMatchObject({
    outcome: 'refused',
    code: '413',
    error: undefined,
  });
  expect(await tiny.request('register.read.user:alice')).toMatchObject({
    outcome: 'refused',
    code: '400',
    error: undefined,
  });
  expect(await tiny.request('register.read', 'x')).toMatchObject({ outcome: 'refused', code: '400', text: '' });
  expect(tiny.failures.length).toBeGreaterThan(0);
});
