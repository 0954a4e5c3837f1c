import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BadInputError, createRegisters, RefusedError, type Registers } from '../../src/index.ts';
import { type ServiceWorld, startServiceWorld } from '../support/service-world.ts';

let world: ServiceWorld;
let registers: Registers;
beforeAll(async () => {
  world = await startServiceWorld({ valueBytesMax: 1_000 });
  registers = createRegisters(world.client);
});
afterAll(() => world.close());
beforeEach(() => {
  world.member.decisions.clear();
  world.member.writes.length = 0;
});

describe('write', () => {
  test('of a value that wins says so, with the value and its ballot', async () => {
    const result = await registers.write('orders.17', { owner: 'alice' });
    expect(result).toEqual({
      outcome: 'won',
      name: 'orders.17',
      value: { owner: 'alice' },
      bytes: new TextEncoder().encode('{"owner":"alice"}'),
      ballot: '3/n1/7',
      winner: world.member.writes[0]?.opId,
      opId: world.member.writes[0]?.opId,
    });
  });

  test('of a value that loses gives the value that stands', async () => {
    world.member.hold('orders.17', '{"owner":"bob"}', 'of-bob');
    const result = await registers.write('orders.17', { owner: 'alice' }, { opId: 'of-alice' });
    expect(result).toMatchObject({ outcome: 'lost', value: { owner: 'bob' }, winner: 'of-bob', opId: 'of-alice' });
  });

  test('gives every write an operation id of its own', async () => {
    const { opId: first } = await registers.write('a', 1);
    const { opId: second } = await registers.write('b', 1);
    expect(first).not.toBe(second);
    expect(world.member.writes).toMatchObject([{ opId: first }, { opId: second }]);
  });

  test('takes the operation id that it is given', async () => {
    await registers.write('orders.17', 1, { opId: 'op-1' });
    expect(await registers.write('orders.17', 1, { opId: 'op-1' })).toMatchObject({ outcome: 'won', opId: 'op-1' });
  });

  test.each([
    ['an object', { a: [1, null] }, '{"a":[1,null]}'],
    ['a string', 'alice', '"alice"'],
    ['a number', 17, '17'],
    ['null', null, 'null'],
    ['false', false, 'false'],
  ])('sends %s as its JSON text', async (_what, value, text) => {
    await registers.write('n', value);
    expect(world.member.writes[0]?.value.toString()).toBe(text);
  });

  test('sends a Uint8Array, and a Buffer, as it is', async () => {
    const bytes = Uint8Array.of(0, 255, 128);
    expect(await registers.write('a', bytes)).toMatchObject({ outcome: 'won', value: bytes, bytes });
    await registers.write('b', Buffer.from('text'));
    expect(world.member.writes.map(({ value }) => value)).toEqual([Buffer.from(bytes), Buffer.from('text')]);
  });

  test.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a bigint', 1n],
    ['a circle', circle()],
  ])('refuses %s before anything is sent', async (_what, value) => {
    await expect(registers.write('n', value)).rejects.toThrow(BadInputError);
    expect(world.member.writes).toEqual([]);
  });

  test.each(['', 'a..b', '_a', 'a b', 'a.*', 'x'.repeat(256)])(
    'refuses the name %j before anything is sent',
    async (name) => {
      await expect(registers.write(name, 1)).rejects.toThrow(BadInputError);
      await expect(registers.read(name)).rejects.toThrow(BadInputError);
      await expect(registers.readBytes(name)).rejects.toThrow(BadInputError);
      expect(world.member.writes).toEqual([]);
    },
  );

  test.each(['', 'o'.repeat(65), 'ö'])('refuses the operation id %j before anything is sent', async (opId) => {
    await expect(registers.write('n', 1, { opId })).rejects.toThrow(BadInputError);
    expect(world.member.writes).toEqual([]);
  });

  test('of a value over the limit of the service, or of NATS, is refused with 413', async () => {
    for (const bytes of [1_001, 2_000_000]) {
      const refusal = await registers.write('n', new Uint8Array(bytes)).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(RefusedError);
      expect(refusal).toMatchObject({ status: 413, message: expect.stringMatching(/Register n was not written/) });
    }
    expect(world.member.writes).toEqual([]);
  });
});

describe('read', () => {
  test('of an empty register gives undefined', async () => {
    expect(await registers.read('n')).toBeUndefined();
    expect(await registers.readBytes('n')).toBeUndefined();
  });

  test('of a register with JSON gives the parsed value, and its bytes', async () => {
    world.member.hold('n', '{"a":1.0}');
    expect(await registers.read('n')).toEqual({ a: 1 });
    expect(await registers.readBytes('n')).toEqual(new TextEncoder().encode('{"a":1.0}'));
  });

  test('of a register with other bytes gives them', async () => {
    world.member.hold('n', Uint8Array.of(255, 0));
    expect(await registers.read('n')).toEqual(Uint8Array.of(255, 0));
  });

  test('of an empty value gives no bytes, which is not the same as being empty', async () => {
    world.member.hold('n', '');
    expect(await registers.read('n')).toEqual(new Uint8Array(0));
    expect(await registers.readBytes('n')).toEqual(new Uint8Array(0));
  });

  test('of null gives null', async () => {
    world.member.hold('n', 'null');
    expect(await registers.read('n')).toBeNull();
  });
});

test.each([{ prefix: '_a' }, { prefix: '' }, { timeoutMs: 0 }, { timeoutMs: Number.NaN }, { tryTimeoutMs: -1 }])(
  'createRegisters refuses the options %j',
  (options) => {
    expect(() => createRegisters(world.client, options)).toThrow(BadInputError);
  },
);

function circle(): unknown {
  const object: Record<string, unknown> = {};
  object.self = object;
  return object;
}
