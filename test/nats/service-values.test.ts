import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ServiceWorld, startServiceWorld } from '../support/service-world.ts';

let world: ServiceWorld;
beforeAll(async () => {
  world = await startServiceWorld();
});
afterAll(() => world.close());

let names = 0;
const newName = () => {
  names += 1;
  return `v.${names}`;
};

/** JSON that a double, a string or an object of JavaScript does not give back as it was. */
const TEXTS = [
  '12345678901234567890',
  '0.1000000000000000055511151231257827',
  '1.0',
  '1E+2',
  '-0',
  '-0.0e-0',
  '1e400',
  '-1e400',
  '5e-325',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\u0000\\u001f\\/"',
  '"\u007f\u2028\ufeff"',
  '{"a":1,"a":2,"\\u0061":3}',
  '{"__proto__":{"x":1},"constructor":2}',
  '{"2":1,"1":2}',
  '[ 1,\n\t2 ]',
  `${'['.repeat(10_000)}1${']'.repeat(10_000)}`,
  `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
];

describe.each([
  ['written as JSON', (name: string, text: string) => `{"register":"${name}","value":${text},"opId":"o"}`],
  [
    'written as base64',
    (name: string, text: string) =>
      `{"register":"${name}","base64":"${Buffer.from(text).toString('base64')}","opId":"o"}`,
  ],
])('JSON %s', (_how, entry) => {
  test.each(TEXTS.map((text) => [text.slice(0, 40), text] as const))(
    'keeps its very text: %s',
    async (_shown, text) => {
      const name = newName();
      const whole = (outcome: string) =>
        `{"register":"${name}","outcome":"${outcome}","value":${text},"ballot":"3/n1/7","winner":"o"`;
      expect((await world.request('register.write', entry(name, text))).text).toBe(`${whole('won')},"opId":"o"}`);
      expect((await world.request(`register.read.${name}`)).text).toBe(text);
      expect((await world.request('register.read', `{"register":"${name}"}`)).text).toBe(`${whole('decided')}}`);
      const batch = await world.request('register.read', `[{"register":"${name}"},{"register":"none"}]`);
      expect(batch.text).toBe(`[${whole('decided')}},{"register":"none","outcome":"empty"}]`);
      expect((await world.request('register.write', `[${entry(name, '7')}]`)).text).toContain(`"value":${text},`);
    },
  );
});

test('white space around a value is no part of it in an envelope, and is part of it as bytes', async () => {
  const [inside, outside] = [newName(), newName()];
  await world.request('register.write', `{"register":"${inside}","value": \n1 \t}`);
  expect((await world.request(`register.read.${inside}`)).text).toBe('1');
  await world.request(`register.write.${outside}`, ' 1 \n');
  expect((await world.request(`register.read.${outside}`)).text).toBe(' 1 \n');
  const envelope = await world.request('register.read', `{"register":"${outside}"}`);
  expect(envelope.text).toContain('"value": 1 \n,');
});

test.each<[string, Buffer]>([
  ['a byte order mark before JSON', Buffer.from('\ufeff{"a":1}')],
  ['half a character, as bytes', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
  ['an overlong character', Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
  ['a NUL in a string', Buffer.from('"\0"')],
  ['a line feed in a string', Buffer.from('"\n"')],
  ['a NUL behind JSON', Buffer.from('1\0')],
  ['two values', Buffer.from('1 2')],
  ['a number that JSON has not', Buffer.from('01')],
  ['NaN', Buffer.from('NaN')],
  ['white space', Buffer.from(' \n')],
  ['a blank that JSON does not have', Buffer.from('\u00a01')],
])('%s is no JSON, and comes back as base64', async (_what, bytes) => {
  const name = newName();
  await world.request(`register.write.${name}`, bytes);
  const { body } = await world.request('register.read', `{"register":"${name}"}`);
  expect(body).toMatchObject({ outcome: 'decided', base64: bytes.toString('base64') });
  expect(body).not.toHaveProperty('value');
  expect((await world.request(`register.read.${name}`)).payload).toEqual(bytes);
});

test('any bytes come back as they were, in both forms', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), async (array) => {
      const [name, bytes] = [newName(), Buffer.from(array)];
      await world.request('register.write', JSON.stringify({ register: name, base64: bytes.toString('base64') }));
      expect((await world.request(`register.read.${name}`)).payload).toEqual(bytes);
      const { text, body } = await world.request('register.read', JSON.stringify({ register: name }));
      const { base64 } = body as { base64?: string };
      if (base64 !== undefined) expect(Buffer.from(base64, 'base64')).toEqual(bytes);
      else expect(text).toContain(`"value":${bytes},`);
    }),
    { numRuns: 50 },
  );
});
