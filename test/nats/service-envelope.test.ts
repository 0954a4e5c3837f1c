import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ReadResult, WriteResult } from '../../src/contract/outcomes.ts';
import { type ServiceWorld, startServiceWorld } from '../support/service-world.ts';

let world: ServiceWorld;
beforeAll(async () => {
  world = await startServiceWorld({ valueBytesMax: 1_000 });
});
afterAll(() => world.close());
beforeEach(() => {
  world.member.decisions.clear();
  world.member.writes.length = 0;
  world.member.reads.length = 0;
  world.failures.length = 0;
});

const write = (body: unknown) => world.request('register.write', JSON.stringify(body));
const read = (body: unknown) => world.request('register.read', JSON.stringify(body));

describe('a write in the envelope form', () => {
  test('that wins is answered with the value, the ballot and the operation id', async () => {
    const answer = await write({ register: 'orders.17', value: { owner: 'alice' }, opId: 'op-1' });
    expect(answer).toMatchObject({ outcome: 'won', ballot: '3/n1/7', code: undefined });
    expect(answer.body).toEqual({
      register: 'orders.17',
      outcome: 'won',
      value: { owner: 'alice' },
      ballot: '3/n1/7',
      winner: 'op-1',
      opId: 'op-1',
    });
    expect(world.member.writes).toEqual([{ name: 'orders.17', opId: 'op-1', value: Buffer.from('{"owner":"alice"}') }]);
  });

  test('that loses is answered 409 with the value that stands', async () => {
    world.member.hold('orders.17', '"bob"');
    const answer = await write({ register: 'orders.17', value: 'alice', opId: 'op-1' });
    expect(answer).toMatchObject({ outcome: 'lost', ballot: '3/n1/7', winner: 'earlier', code: '409' });
    expect(answer.body).toMatchObject({
      register: 'orders.17',
      outcome: 'lost',
      code: 409,
      value: 'bob',
      winner: 'earlier',
      opId: 'op-1',
    });
  });

  test('with one operation id for two values is answered 422, though they be the same JSON', async () => {
    const first = '{"register":"n","value":{"owner": "alice"},"opId":"o"}';
    expect((await world.request('register.write', first)).text).toContain('"value":{"owner": "alice"},');
    const again = await world.request('register.write', '{"register":"n","value":{"owner":"alice"},"opId":"o"}');
    expect(again).toMatchObject({ outcome: 'lost', code: '422', winner: 'o' });
    expect(again.text).toContain('"outcome":"lost","code":422,"value":{"owner": "alice"},');
    expect(again.body).toMatchObject({
      winner: 'o',
      opId: 'o',
      error: expect.stringMatching(/this same operation id/),
    });
    expect((await world.request('register.write', first)).body).toMatchObject({ outcome: 'won', winner: 'o' });
    const batch = await write([
      { register: 'n', value: 2, opId: 'o' },
      { register: 'n', value: 2, opId: 'p' },
    ]);
    expect(batch.body).toMatchObject([
      { code: 422, winner: 'o', opId: 'o' },
      { code: 409, winner: 'o', opId: 'p' },
    ]);
  });

  test('may have any printable characters in its operation id', async () => {
    const opId = 'a: "b", {c} \\~';
    expect((await write({ register: 'n', value: 1, opId })).body).toMatchObject({ outcome: 'won', opId });
  });

  test('is given an operation id of its own when it brings none, and is told which', async () => {
    const { body } = await write({ register: 'orders.17', value: 1 });
    expect(body).toMatchObject({ opId: world.member.writes[0]?.opId });
    expect(world.member.writes[0]?.opId).toMatch(/^made-up-/);
  });

  test.each([
    '12345678901234567890',
    '1.0',
    '1e400',
    '-0',
    '{ "b":1,  "a":[ ] }',
    '"\\u00e9"',
    '"é\u2028"',
    'null',
    '""',
    '1E+2',
    '0.1000000000000000055511151231257827',
    '"\\ud800"',
    '"\\u0000\\/"',
    '{"a":1,"a":2,"\\u0061":3}',
    '{"__proto__":{"x":1}}',
    '[1,\n\t 2 ]',
    `${'['.repeat(400)}1${']'.repeat(400)}`,
  ])('keeps the text of its value, %s, to the byte', async (text) => {
    const answer = await world.request('register.write', ` { "register" : "n" , "value" : ${text} } `);
    expect(world.member.writes[0]?.value.toString()).toBe(text);
    expect(answer.text).toContain(`"value":${text},`);
    expect((await world.request('register.read.n')).text).toBe(text);
    expect((await read({ register: 'n' })).text).toContain(`"value":${text},`);
  });

  test('of base64 writes the bytes, and shows bytes that are no JSON as base64', async () => {
    const bytes = Buffer.from([0, 255, 254, 1]);
    const answer = await write({ register: 'n', base64: bytes.toString('base64'), opId: 'o' });
    expect(answer.body).toEqual({
      register: 'n',
      outcome: 'won',
      base64: bytes.toString('base64'),
      ballot: '3/n1/7',
      winner: 'o',
      opId: 'o',
    });
    expect(world.member.writes[0]?.value).toEqual(bytes);
  });

  test('of base64 may have no bytes at all', async () => {
    expect((await write({ register: 'n', base64: '' })).body).toMatchObject({ outcome: 'won', base64: '' });
  });

  test.each<[WriteResult, object]>([
    [
      { outcome: 'unknown' },
      { outcome: 'unknown', code: 504, error: expect.stringMatching(/operation id op-1 to settle/), opId: 'op-1' },
    ],
    [
      { outcome: 'refused', code: 429, error: 'Too much.' },
      { outcome: 'refused', code: 429, error: 'Too much.' },
    ],
    [
      { outcome: 'refused', code: 503, error: 'Joining.' },
      { outcome: 'refused', code: 503, error: 'Joining.' },
    ],
  ])('that comes to %j says so, in the body and in the headers', async (result, expected) => {
    world.member.nextWrites.push(() => result);
    const answer = await write({ register: 'n', value: 1, opId: 'op-1' });
    expect(answer.body).toMatchObject({ register: 'n', ...expected });
    expect(answer.body).not.toHaveProperty('value');
    expect(answer).toMatchObject({ outcome: result.outcome, code: expect.stringMatching(/^(504|429|503)$/) });
  });

  test('whose member fails is answered as unknown', async () => {
    world.member.nextWrites.push(() => {
      throw new Error('the disk is gone');
    });
    expect((await write({ register: 'n', value: 1 })).body).toMatchObject({ outcome: 'unknown', code: 504 });
    expect(world.failures).toHaveLength(1);
  });

  test('without a reply subject is carried out all the same', async () => {
    world.client.publish('register.write', JSON.stringify([{ register: 'n', value: 1 }]));
    await world.client.flush();
    expect((await read({ register: 'n' })).body).toMatchObject({ outcome: 'decided', value: 1 });
  });
});

describe('a read in the envelope form', () => {
  test('of a decided register has the value and the ballot', async () => {
    world.member.hold('n', '[1,2]');
    const answer = await read({ register: 'n' });
    expect(answer.body).toEqual({
      register: 'n',
      outcome: 'decided',
      value: [1, 2],
      ballot: '3/n1/7',
      winner: 'earlier',
    });
    expect(answer).toMatchObject({ outcome: 'decided', ballot: '3/n1/7', winner: 'earlier' });
  });

  test.each<[ReadResult, object]>([
    [{ outcome: 'empty' }, { register: 'n', outcome: 'empty' }],
    [{ outcome: 'unavailable' }, { register: 'n', outcome: 'unavailable', code: 504, error: expect.any(String) }],
    [
      { outcome: 'refused', code: 503, error: 'Joining.' },
      { register: 'n', outcome: 'refused', code: 503, error: 'Joining.' },
    ],
  ])('that comes to %j says so', async (result, expected) => {
    world.member.nextReads.push(() => result);
    const answer = await read({ register: 'n' });
    expect(answer.body).toEqual(expected);
    expect(answer.outcome).toBe(result.outcome);
  });

  test.each([
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['bytes that begin with a byte order mark', Buffer.from('\ufeff1')],
    ['text that is no JSON', Buffer.from('alice')],
    ['no bytes', Buffer.alloc(0)],
  ])('shows %s as base64', async (_what, bytes) => {
    world.member.hold('n', bytes);
    const { body } = await read({ register: 'n' });
    expect(body).toEqual({
      register: 'n',
      outcome: 'decided',
      base64: bytes.toString('base64'),
      ballot: '3/n1/7',
      winner: 'earlier',
    });
  });
});

describe('a batch', () => {
  test('of writes is answered in its order, each entry for itself', async () => {
    world.member.hold('b', '"bob"');
    world.member.nextWrites.push(() => new Promise((resolve) => setImmediate(() => resolve({ outcome: 'unknown' }))));
    const answer = await write([
      { register: 'a', value: 1, opId: 'o' },
      { register: 'b', value: 2 },
      { register: 'bad..name', value: 3 },
      { register: 'd', value: 4 },
    ]);
    expect(answer.body).toMatchObject([
      { register: 'a', outcome: 'unknown', code: 504, opId: 'o' },
      { register: 'b', outcome: 'lost', code: 409, value: 'bob' },
      { register: 'bad..name', outcome: 'refused', code: 400, error: expect.stringMatching(/ill-formed/) },
      { register: 'd', outcome: 'won', value: 4 },
    ]);
    expect(answer).toMatchObject({ outcome: undefined, code: undefined });
  });

  test('in which the member fails at one entry is answered for all of them', async () => {
    world.member.nextWrites.push(() => {
      throw new Error('the disk is gone');
    });
    const answer = await write([
      { register: 'a', value: 1 },
      { register: 'b', value: 2 },
    ]);
    expect(answer.body).toMatchObject([{ outcome: 'unknown' }, { outcome: 'won' }]);
  });

  test('whose member answers each entry several times is answered once, with all of them', async () => {
    world.member.answersEach = 3;
    const answer = await write([{ register: 'a', value: 1 }, 7, { register: 'b', value: 2 }]);
    world.member.answersEach = 1;
    expect(answer.body).toMatchObject([{ outcome: 'won' }, { outcome: 'refused' }, { outcome: 'won' }]);
  });

  test('of reads is answered in its order', async () => {
    world.member.hold('b', '2');
    expect((await read([{ register: 'a' }, { register: 'b' }, 7, { register: '_c' }])).body).toMatchObject([
      { register: 'a', outcome: 'empty' },
      { register: 'b', outcome: 'decided', value: 2 },
      { outcome: 'refused', code: 400 },
      { register: '_c', outcome: 'refused', code: 400 },
    ]);
  });

  test('keeps the text of every value', async () => {
    const values = ['1.0', '12345678901234567890', '[ ]', '{"value":7.0}'];
    const body = values.map((value, index) => `{"value":${value},"register":"r${index}"}`).join(' , ');
    const answer = await world.request('register.write', `[${body}]`);
    for (const value of values) expect(answer.text).toContain(`"value":${value},`);
    expect(world.member.writes.map((seen) => seen.value.toString())).toEqual(values);
  });

  test('of one entry is answered with an array of one', async () => {
    expect((await write([{ register: 'a', value: 1 }])).body).toMatchObject([{ outcome: 'won' }]);
  });

  test('of none is answered with an array of none', async () => {
    expect((await write([])).text).toBe('[]');
  });

  test('of exactly 1,000 entries is carried out', async () => {
    const { body } = await write(
      Array.from({ length: 1_000 }, (_, index) => ({ register: `r.${index}`, value: index })),
    );
    expect(body).toHaveLength(1_000);
    expect(body).toMatchObject(Array.from({ length: 1_000 }, (_, index) => ({ register: `r.${index}`, value: index })));
  });

  test('of 1,001 entries is refused whole, and nothing is written', async () => {
    const answer = await write(Array.from({ length: 1_001 }, (_, index) => ({ register: `r.${index}`, value: index })));
    expect(answer).toMatchObject({ outcome: 'refused', code: '400' });
    expect(answer.body).toEqual({
      outcome: 'refused',
      code: 400,
      error: expect.stringMatching(/1001 entries, and 1000/),
    });
    expect(world.member.writes).toEqual([]);
  });
});

describe('bad input in the envelope form', () => {
  test.each<[string, string | Uint8Array, RegExp]>([
    ['no body', '', /not JSON/],
    ['broken JSON', '{"register":"n",\n', /not JSON/],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22]), /UTF-8/],
    ['a number', '17', /neither an object nor an array/],
    ['a string', '"orders.17"', /neither an object nor an array/],
    ['null', 'null', /neither an object nor an array/],
  ])('%s is refused whole with 400 and a sentence', async (_what, body, sentence) => {
    for (const verb of ['write', 'read']) {
      const answer = await world.request(`register.${verb}`, body);
      expect(answer).toMatchObject({ outcome: 'refused', code: '400', error: expect.stringMatching(sentence) });
      expect(answer.body).toEqual({ outcome: 'refused', code: 400, error: expect.stringMatching(sentence) });
    }
    expect(world.member.writes).toEqual([]);
    expect((await write({ register: 'good', value: 1 })).body).toMatchObject({ outcome: 'won' });
  });

  test.each<[string, unknown, number, RegExp]>([
    [
      'a field of another case',
      { register: 'n', value: 1, opid: 'o' },
      400,
      /unknown field, "opid". Did you mean "opId"/,
    ],
    ['a field by a known synonym', { name: 'n', value: 1 }, 400, /unknown field, "name". Did you mean "register"/],
    [
      'a field that nobody knows',
      { register: 'n', value: 1, ttl: 5 },
      400,
      /"ttl". It may have "register", "value", "ba/,
    ],
    ['no register', { value: 1 }, 400, /needs a name/],
    ['a register that is no string', { register: 7, value: 1 }, 400, /needs a name/],
    ['an empty name', { register: '', value: 1 }, 400, /is empty/],
    ['a name with an empty token', { register: 'a..b', value: 1 }, 400, /ill-formed/],
    ['a name with a wildcard', { register: 'a.*', value: 1 }, 400, /ill-formed/],
    ['a name with a line break', { register: 'a\n', value: 1 }, 400, /ill-formed/],
    ['a name that is too long', { register: 'x'.repeat(256), value: 1 }, 400, /256 bytes long/],
    ['a name with a quotation mark', { register: 'a"b', value: 1 }, 400, /ill-formed/],
    ['a reserved name', { register: '_a', value: 1 }, 400, /reserved/],
    ['no value', { register: 'n' }, 400, /no value/],
    ['both value and base64', { register: 'n', value: 1, base64: 'YQ==' }, 400, /both "value" and "base64"/],
    ['base64 that is no string', { register: 'n', base64: 7 }, 400, /"base64" is ill-formed/],
    ['base64 that is null', { register: 'n', base64: null }, 400, /"base64" is ill-formed/],
    ['bad base64', { register: 'n', base64: 'YQ=' }, 400, /"base64" is ill-formed/],
    ['an operation id that is no string', { register: 'n', value: 1, opId: 7 }, 400, /operation id/],
    ['an operation id that is null', { register: 'n', value: 1, opId: null }, 400, /operation id/],
    ['an operation id with a blank before it', { register: 'n', value: 1, opId: ' o' }, 400, /ends with a blank/],
    ['an empty operation id', { register: 'n', value: 1, opId: '' }, 400, /operation id/],
    ['an operation id that is too long', { register: 'n', value: 1, opId: 'o'.repeat(65) }, 400, /operation id/],
    ['a value over the limit', { register: 'n', value: 'x'.repeat(999) }, 413, /1001 bytes, and 1000/],
  ])('%s is refused, by itself and in a batch, and nothing is written', async (_what, entry, code, sentence) => {
    const refusal = { outcome: 'refused', code, error: expect.stringMatching(sentence) };
    const alone = await write(entry);
    expect(alone.body).toMatchObject(refusal);
    expect(alone).toMatchObject({ ...refusal, code: String(code) });
    expect(world.member.writes).toEqual([]);
    expect((await write([entry, { register: 'good', value: 1 }])).body).toMatchObject([refusal, { outcome: 'won' }]);
  });

  test.each([[null], [7], ['text'], [[]]])('an entry of %j is refused by itself', async (entry) => {
    expect((await write([entry, { register: 'good', value: 1 }])).body).toMatchObject([
      { outcome: 'refused', code: 400, error: expect.stringMatching(/not an object/) },
      { outcome: 'won' },
    ]);
  });

  test('a body nested deeper than the stack is answered all the same', async () => {
    const answer = await world.request('register.write', `[${'['.repeat(200_000)}${']'.repeat(200_000)}]`);
    expect(answer.body).toMatchObject([{ outcome: 'refused', code: 400 }]);
  });
});
