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
  world.failures.length = 0;
});

describe('a write in the subject form', () => {
  test('that wins is answered with its value and the ballot', async () => {
    const answer = await world.request('register.write.orders.17', 'alice', { 'Register-Op-Id': ['op-1'] });
    expect(answer).toMatchObject({ text: 'alice', outcome: 'won', ballot: '3/n1/7', winner: 'op-1' });
    expect(answer).toMatchObject({ code: undefined, error: undefined });
    expect(world.member.writes).toEqual([{ name: 'orders.17', opId: 'op-1', value: Buffer.from('alice') }]);
  });

  test('that loses is answered 409 with the value that stands', async () => {
    world.member.hold('orders.17', 'bob');
    const answer = await world.request('register.write.orders.17', 'alice');
    expect(answer).toMatchObject({ text: 'bob', outcome: 'lost', ballot: '3/n1/7', winner: 'earlier', code: '409' });
    expect(answer.error).toMatch(/already has the value of another operation/);
  });

  test('that is sent again with its operation id wins again', async () => {
    for (const _ of [1, 2]) {
      const answer = await world.request('register.write.orders.17', 'alice', { 'Register-Op-Id': ['op-1'] });
      expect(answer).toMatchObject({ outcome: 'won', text: 'alice' });
    }
  });

  test('that lost to an earlier try of its own without an operation id can see that it was another operation', async () => {
    const first = await world.request('register.write.a', 'alice');
    const second = await world.request('register.write.a', 'alice');
    expect(second).toMatchObject({ outcome: 'lost', code: '409', text: 'alice', winner: first.winner });
    expect(first.winner).toBe(world.member.writes[0]?.opId);
    expect(second.winner).not.toBe(world.member.writes[1]?.opId);
  });

  test.each([
    ['{"x":1}', '{"x": 1}'],
    ['{"a":1,"b":2}', '{"b":2,"a":1}'],
    ['1', '1.0'],
    ['x', 'x\n'],
    ['', '0'],
  ])('with one operation id for two values, %j and %j, is answered 422', async (first, second) => {
    const opId = { 'Register-Op-Id': ['op-1'] };
    await world.request('register.write.a', first, opId);
    const answer = await world.request('register.write.a', second, opId);
    expect(answer).toMatchObject({ outcome: 'lost', code: '422', text: first, winner: 'op-1' });
    expect(answer.error).toMatch(/this same operation id.*byte for byte/);
    expect(await world.request('register.write.a', first, opId)).toMatchObject({ outcome: 'won', code: undefined });
  });

  test('finds its operation id in a header of any case', async () => {
    await world.request('register.write.orders.17', 'alice', { 'register-op-id': ['op-1'] });
    expect(world.member.writes).toMatchObject([{ opId: 'op-1' }]);
  });

  test('finds its operation id among other headers', async () => {
    await world.request('register.write.a', 'x', { 'Trace-Parent': ['t'], 'Register-Op-Id': ['op-1'] });
    await world.request('register.write.b', 'x', { 'REGISTER-OP-ID': ['op-2'], 'Trace-Parent': ['t'] });
    expect(world.member.writes).toMatchObject([{ opId: 'op-1' }, { opId: 'op-2' }]);
  });

  test('may have any printable characters in its operation id', async () => {
    await world.request('register.write.a', 'x', { 'Register-Op-Id': ['a: "b", {c} \\~'] });
    expect(world.member.writes).toMatchObject([{ opId: 'a: "b", {c} \\~' }]);
  });

  test('is given an operation id of its own when it brings none', async () => {
    await world.request('register.write.a', '1');
    await world.request('register.write.b', '2', { 'Some-Header': ['x'] });
    const [first, second] = world.member.writes;
    expect(first?.opId).toMatch(/^made-up-\d+$/);
    expect(second?.opId).toMatch(/^made-up-\d+$/);
    expect(first?.opId).not.toBe(second?.opId);
  });

  test('carries any bytes both ways', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    expect((await world.request('register.write.bytes', bytes)).payload).toEqual(Buffer.from(bytes));
    expect((await world.request('register.read.bytes')).payload).toEqual(Buffer.from(bytes));
  });

  test('may have an empty value, which is not the same as being empty', async () => {
    expect(await world.request('register.write.nothing', '')).toMatchObject({ outcome: 'won', text: '' });
    expect(await world.request('register.read.nothing')).toMatchObject({ outcome: 'decided', text: '' });
    expect(await world.request('register.read.untouched')).toMatchObject({ outcome: 'empty', text: '' });
  });

  test('may have a value of exactly the limit', async () => {
    expect(await world.request('register.write.full', 'x'.repeat(1_000))).toMatchObject({ outcome: 'won' });
  });

  test.each<[WriteResult, object]>([
    [
      { outcome: 'unknown' },
      { outcome: 'unknown', code: '504', error: expect.stringMatching(/may or may not take effect/) },
    ],
    [
      { outcome: 'refused', code: 429, error: 'Too\r\nmuch.' },
      { outcome: 'refused', code: '429', error: 'Too much.' },
    ],
    [
      { outcome: 'refused', code: 503, error: 'Joining.' },
      { outcome: 'refused', code: '503', error: 'Joining.' },
    ],
  ])('that comes to %j says so, and carries no value', async (result, expected) => {
    world.member.nextWrites.push(() => result);
    const answer = await world.request('register.write.orders.17', 'alice');
    expect(answer).toMatchObject({ ...expected, text: '', ballot: undefined, winner: undefined });
  });

  test('of unknown outcome names the operation id that settles it', async () => {
    world.member.nextWrites.push(() => ({ outcome: 'unknown' }));
    const { error } = await world.request('register.write.orders.17', 'alice');
    expect(error).toContain(world.member.writes[0]?.opId);
  });

  test('whose member throws is answered as unknown, for it may have started', async () => {
    const failure = new Error('the disk is gone');
    world.member.nextWrites.push(() => {
      throw failure;
    });
    const answer = await world.request('register.write.orders.17', 'alice');
    expect(answer).toMatchObject({ outcome: 'unknown', code: '504', text: '' });
    expect(world.failures).toEqual([failure]);
    expect(await world.request('register.write.orders.17', 'alice')).toMatchObject({ outcome: 'won' });
  });

  test('whose member answers several times is answered once', async () => {
    const replies = world.client.subscribe('replies.here');
    world.member.answersEach = 3;
    world.client.publish('register.write.orders.17', 'alice', { reply: 'replies.here' });
    expect(await world.request('register.write.orders.18', 'bob')).toMatchObject({ outcome: 'won' });
    world.member.answersEach = 1;
    await world.client.flush();
    expect(replies.getReceived()).toBe(1);
    replies.unsubscribe();
  });

  test('without a reply subject is carried out all the same', async () => {
    world.client.publish('register.write.orders.17', 'alice');
    await world.client.flush();
    // Behind the publish on the same connection, so after it.
    expect(await world.request('register.read.orders.17')).toMatchObject({ outcome: 'decided', text: 'alice' });
  });

  test.each(['register.write.stolen', '_register.n1.requests'])(
    'is never answered on the subject %s',
    async (reply) => {
      const subscription = world.client.subscribe('_register.>');
      world.client.publish('register.write.orders.17', 'alice', { reply });
      expect(await world.request('register.read.orders.17')).toMatchObject({ text: 'alice' });
      await world.client.flush();
      expect(await world.request('register.read.stolen')).toMatchObject({ outcome: 'empty' });
      expect(subscription.getReceived()).toBe(0);
      subscription.unsubscribe();
    },
  );
});

describe('a read in the subject form', () => {
  test('of a decided register is answered with the value and the ballot', async () => {
    world.member.hold('orders.17', 'bob');
    const answer = await world.request('register.read.orders.17');
    expect(answer).toMatchObject({
      text: 'bob',
      outcome: 'decided',
      ballot: '3/n1/7',
      winner: 'earlier',
      code: undefined,
    });
  });

  test.each<[ReadResult, object]>([
    [{ outcome: 'empty' }, { outcome: 'empty', code: undefined, error: undefined }],
    [
      { outcome: 'unavailable' },
      { outcome: 'unavailable', code: '504', error: expect.stringMatching(/Reading again/) },
    ],
    [
      { outcome: 'refused', code: 503, error: 'Joining.' },
      { outcome: 'refused', code: '503', error: 'Joining.' },
    ],
  ])('that comes to %j says so, and carries no value', async (result, expected) => {
    world.member.nextReads.push(() => result);
    expect(await world.request('register.read.orders.17')).toMatchObject({ ...expected, text: '', ballot: undefined });
  });

  test('whose member fails is answered as unavailable', async () => {
    world.member.nextReads.push(() => {
      throw new Error('the disk is gone');
    });
    expect(await world.request('register.read.orders.17')).toMatchObject({ outcome: 'unavailable', code: '504' });
    expect(world.failures).toHaveLength(1);
  });
});

describe('bad input in the subject form', () => {
  const tooLong = 'x'.repeat(256);
  test.each([
    ['a reserved name', '_system', /reserved/],
    ['a reserved name of several tokens', '_a.b', /reserved/],
    ['a name with a character of no name', 'orders!17', /ill-formed/],
    ['a name past ASCII', 'bestellung-ü', /ill-formed: it has "ü", U\+00FC \(character 12\).*base64url \(/],
    ['a name with a colon', 'user:alice', /ill-formed: it has ":" \(character 5\).*hex \(757365723a616c696365\)/],
    ['a name with what no eye sees', 'a\u200bb', /ill-formed: it has U\+200B \(character 2\)/],
    ['a name with a wildcard', 'orders.*', /ill-formed: it has "\*" \(character 8\)/],
    ['a name that is too long', tooLong, /256 bytes long/],
  ])('%s is refused with 400 and a sentence', async (_what, name, sentence) => {
    for (const verb of ['write', 'read']) {
      const answer = await world.request(`register.${verb}.${name}`, 'x');
      expect(answer).toMatchObject({ outcome: 'refused', code: '400', text: '' });
      expect(answer.error).toMatch(sentence);
    }
    expect(world.member.writes).toEqual([]);
    expect(await world.request('register.write.good', 'x')).toMatchObject({ outcome: 'won' });
  });

  test('a name of exactly 255 bytes is taken', async () => {
    expect(await world.request(`register.write.${'x'.repeat(255)}`, 'x')).toMatchObject({ outcome: 'won' });
  });

  test.each([
    ['an empty operation id', [''], /1 to 64 printable ASCII/],
    ['an operation id that is too long', ['o'.repeat(65)], /1 to 64 printable ASCII/],
    ['an operation id past ASCII', ['opération'], /1 to 64 printable ASCII/],
    ['two operation ids', ['one', 'two'], /2 Register-Op-Id headers/],
  ])('%s is refused with 400 and nothing is written', async (_what, opIds, sentence) => {
    const answer = await world.request('register.write.orders.17', 'x', { 'Register-Op-Id': opIds });
    expect(answer).toMatchObject({ outcome: 'refused', code: '400', text: '' });
    expect(answer.error).toMatch(sentence);
    expect(world.member.writes).toEqual([]);
  });

  test('two operation ids in headers of different case are refused too', async () => {
    const twice = { 'Register-Op-Id': ['one'], 'register-op-id': ['two'] };
    expect(await world.request('register.write.orders.17', 'x', twice)).toMatchObject({ code: '400' });
    expect(world.member.writes).toEqual([]);
  });

  test('a value over the limit is refused with 413 and both sizes, and nothing is written', async () => {
    const answer = await world.request('register.write.orders.17', 'x'.repeat(1_001));
    expect(answer).toMatchObject({ outcome: 'refused', code: '413', text: '' });
    expect(answer.error).toMatch(/1001 bytes, and 1000 is the most/);
    expect(world.member.writes).toEqual([]);
  });
});
