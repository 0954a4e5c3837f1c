import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Refused } from '../../src/contract/outcomes.ts';
import { createRegisters, RefusedError, UnavailableError, UnknownOutcomeError } from '../../src/index.ts';
import { type ServiceWorld, startServiceWorld } from '../support/service-world.ts';

let world: ServiceWorld;
beforeEach(async () => {
  world = await startServiceWorld();
});
afterEach(() => world.close());

const UNKNOWN = { outcome: 'unknown' } as const;
const UNAVAILABLE = { outcome: 'unavailable' } as const;
const refused = (code: number): Refused => ({ outcome: 'refused', code, error: `It is ${code}.` });
const never = () => new Promise<never>(() => undefined);
const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a write', () => {
  test('that took effect unseen is settled by a retry with the same operation id: it won, not lost', async () => {
    world.member.carriesOut = true;
    world.member.nextWrites.push(
      () => UNKNOWN,
      () => UNKNOWN,
    );
    const result = await createRegisters(world.client).write('orders.17', 'alice');
    expect(result).toMatchObject({ outcome: 'won', value: 'alice' });
    expect(world.member.writes).toHaveLength(3);
    expect(new Set(world.member.writes.map(({ opId }) => opId))).toEqual(new Set([result.opId]));
  });

  test('that is not answered at all is tried again with the same operation id', async () => {
    world.member.carriesOut = true;
    world.member.nextWrites.push(never);
    const result = await createRegisters(world.client, { tryTimeoutMs: 100 }).write('orders.17', 'alice');
    expect(result.outcome).toBe('won');
    expect(world.member.writes.map(({ opId }) => opId)).toEqual([result.opId, result.opId]);
  });

  test('sends the same bytes with every try, whatever becomes of the array it was given', async () => {
    const bytes = Buffer.from('alice');
    world.member.nextWrites.push(() => {
      bytes.fill(0);
      return UNKNOWN;
    });
    await createRegisters(world.client).write('orders.17', bytes);
    expect(world.member.writes.map(({ value }) => value.toString())).toEqual(['alice', 'alice']);
  });

  test.each([429, 503])('that is refused with %i for now is tried again', async (code) => {
    world.member.nextWrites.push(
      () => refused(code),
      () => refused(code),
    );
    expect(await createRegisters(world.client).write('orders.17', 1)).toMatchObject({ outcome: 'won' });
    expect(world.member.writes).toHaveLength(3);
  });

  test('that is refused for good is not tried again', async () => {
    world.member.nextWrites.push(() => refused(400));
    const error = await caught(createRegisters(world.client).write('orders.17', 1));
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({ code: 'STELE_REFUSED', status: 400, message: expect.stringMatching(/It is 400/) });
    expect(world.member.writes).toHaveLength(1);
  });

  test('that stays unknown throws an error with the operation id that settles it', async () => {
    world.member.nextWrites.push(...Array(1_000).fill(() => UNKNOWN));
    const registers = createRegisters(world.client, { timeoutMs: 300 });
    const error = await caught(registers.write('orders.17', 'alice', { opId: 'op-1' }));
    expect(error).toBeInstanceOf(UnknownOutcomeError);
    expect(error).toMatchObject({ code: 'STELE_UNKNOWN', opId: 'op-1' });
    expect(error).toMatchObject({ message: expect.stringMatching(/may or may not.*again with \{ opId: "op-1" \}/) });
    world.member.nextWrites.length = 0;
    expect(await registers.write('orders.17', 'alice', { opId: 'op-1' })).toMatchObject({ outcome: 'won' });
  });

  test.each([400, 413, 429, 503])(
    'that may have started is unknown, though a later try is refused with %i',
    async (code) => {
      world.member.nextWrites.push(() => UNKNOWN, ...Array(1_000).fill(() => refused(code)));
      const error = await caught(createRegisters(world.client, { timeoutMs: 500 }).write('orders.17', 1));
      expect(error).toBeInstanceOf(UnknownOutcomeError);
    },
  );

  test.each([429, 503])('that is refused with %i to the end was never started, and says so', async (code) => {
    world.member.nextWrites.push(...Array(1_000).fill(() => refused(code)));
    const error = await caught(createRegisters(world.client, { timeoutMs: 1_000 }).write('orders.17', 1));
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({ status: code, message: expect.stringMatching(/was not written/) });
  });

  test('with nobody to serve it is refused with 503, for nothing was started', async () => {
    await world.stopService();
    const error = await caught(createRegisters(world.client, { timeoutMs: 300 }).write('orders.17', 1));
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({ status: 503, message: expect.stringMatching(/Nobody serves registers/) });
  });

  test('that something else answers is unknown', async () => {
    world.client.subscribe('other.write.>', { callback: (_error, message) => message.respond('hello') });
    const registers = createRegisters(world.client, { prefix: 'other', timeoutMs: 300 });
    const error = await caught(registers.write('orders.17', 1));
    expect(error).toBeInstanceOf(UnknownOutcomeError);
    expect(error).toMatchObject({ message: expect.stringMatching(/not the register service/) });
  });

  test('on a closed connection is refused, for nothing was sent', async () => {
    await world.client.close();
    const error = await caught(createRegisters(world.client).write('orders.17', 1));
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({ status: 503, message: expect.stringMatching(/closed/) });
  });

  test('whose connection is closed under way is unknown', async () => {
    world.member.nextWrites.push(never);
    const error = caught(createRegisters(world.client).write('orders.17', 1));
    await expect.poll(() => world.member.writes.length).toBe(1);
    await world.client.close();
    expect(await error).toBeInstanceOf(UnknownOutcomeError);
  });
});

describe('a read', () => {
  test('that is unavailable for now is tried again', async () => {
    world.member.hold('orders.17', '"bob"');
    world.member.nextReads.push(
      () => UNAVAILABLE,
      () => refused(503),
      () => refused(429),
      never,
    );
    expect(await createRegisters(world.client, { tryTimeoutMs: 100 }).read('orders.17')).toBe('bob');
    expect(world.member.reads).toHaveLength(5);
  });

  test('that stays unavailable throws an error that says so', async () => {
    world.member.nextReads.push(...Array(1_000).fill(() => UNAVAILABLE));
    const error = await caught(createRegisters(world.client, { timeoutMs: 300 }).read('orders.17'));
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error).toMatchObject({ code: 'STELE_UNAVAILABLE', message: expect.stringMatching(/Reading again is safe/) });
  });

  test('with nobody to serve it is refused with 503', async () => {
    await world.stopService();
    const error = await caught(createRegisters(world.client, { timeoutMs: 300 }).read('orders.17'));
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({ status: 503 });
  });
});
