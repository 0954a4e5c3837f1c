import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ServiceWorld, startServiceWorld } from '../support/service-world.ts';

let world: ServiceWorld;
beforeAll(async () => {
  world = await startServiceWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  world.member.decisions.clear();
  world.member.reads.length = 0;
});

const GOOD = '{"register":"good","value":1}';

describe('a write with a field that would be passed over', () => {
  test.each<[string, string, string | undefined]>([
    ['opid', '{"register":"n","value":1,"opid":"o"}', 'opId'],
    ['op_id', '{"register":"n","value":1,"op_id":"o"}', 'opId'],
    ['OpID', '{"register":"n","value":1,"OpID":"o"}', 'opId'],
    ['opIdd', '{"register":"n","value":1,"opIdd":"o"}', 'opId'],
    ['oId', '{"register":"n","value":1,"oId":"o"}', 'opId'],
    ['poId', '{"register":"n","value":1,"poId":"o"}', 'opId'],
    ['operationId', '{"register":"n","value":1,"operationId":"o"}', 'opId'],
    ['idempotency-key', '{"register":"n","value":1,"idempotency-key":"o"}', 'opId'],
    ['Register', '{"Register":"n","value":1}', 'register'],
    ['regsiter', '{"regsiter":"n","value":1}', 'register'],
    ['registers', '{"registers":["n"]}', 'register'],
    ['name', '{"name":"n","value":1}', 'register'],
    ['key', '{"key":"n","value":1}', 'register'],
    ['Value', '{"register":"n","Value":1}', 'value'],
    ['values', '{"register":"n","values":1}', 'value'],
    ['data', '{"register":"n","data":"x"}', 'value'],
    ['Base64', '{"register":"n","Base64":"eA=="}', 'base64'],
    ['base_64', '{"register":"n","base_64":"eA=="}', 'base64'],
    ['opId ', '{"register":"n","value":1,"opId ":"o"}', 'opId'],
    ['ttl', '{"register":"n","value":1,"ttl":60}', undefined],
    ['outcome', '{"register":"n","value":1,"outcome":"won"}', undefined],
    ['', '{"register":"n","value":1,"":1}', undefined],
    ['__proto__', '{"register":"n","value":1,"__proto__":{"opId":"o"}}', undefined],
    ['constructor', '{"register":"n","value":1,"constructor":1}', undefined],
    ['toString', '{"toString":"n"}', undefined],
  ])('%j is refused by its name, alone and in a batch, and nothing is written', async (field, entry, likely) => {
    const alone = await world.request('register.write', entry);
    expect(alone).toMatchObject({ outcome: 'refused', code: '400' });
    expect(alone.error).toContain(`unknown field, ${JSON.stringify(field)}.`);
    if (likely === undefined) expect(alone.error).not.toContain('Did you mean');
    else expect(alone.error).toContain(`Did you mean "${likely}"?`);
    expect(world.member.decisions.size).toBe(0);
    const { body } = await world.request('register.write', `[${entry},${GOOD}]`);
    expect(body).toMatchObject([{ outcome: 'refused', code: 400, error: alone.error }, { outcome: 'won' }]);
    expect([...world.member.decisions.keys()]).toEqual(['good']);
  });

  test.each<[string, string]>([
    ['register', '{"register":"a","register":"b","value":1}'],
    ['value', '{"register":"a","value":1,"value":1}'],
    ['opId', '{"register":"a","value":1,"opId":"o","op\\u0049d":"p"}'],
    ['base64', '{"register":"a","base64":"","base64":""}'],
  ])('%j twice is refused by its name', async (field, entry) => {
    for (const body of [entry, ` [ ${entry} , ${GOOD} ] `]) {
      const { text } = await world.request('register.write', body);
      expect(text).toContain(
        `The entry has the field ${JSON.stringify(JSON.stringify(field)).slice(1, -1)} more than once`,
      );
    }
    expect([...world.member.decisions.keys()]).toEqual(['good']);
  });

  test('with the same key twice inside its value is taken, for that is the value', async () => {
    const answer = await world.request('register.write', '{"register":"n","value":{"a":1,"a":2,"register":3}}');
    expect(answer.text).toContain('"value":{"a":1,"a":2,"register":3},');
  });

  test('with a very long one is shown the beginning of it', async () => {
    const { error = '' } = await world.request('register.write', `{"${'x'.repeat(50_000)}":1}`);
    expect(error).toMatch(/unknown field, "x{32}…"/);
    expect(error.length).toBeLessThan(300);
  });
});

describe('a read with a field that would be passed over', () => {
  test.each([
    ['{"register":"n","value":1}', /"value", which is one of a write/],
    ['{"register":"n","base64":"eA=="}', /"base64", which is one of a write/],
    ['{"register":"n","opId":"o"}', /"opId", which is one of a write/],
    ['{"Register":"n"}', /unknown field, "Register". Did you mean "register"/],
    ['{"register":"n","consistent":true}', /unknown field, "consistent". It may have "register" alone/],
    ['{"register":"n","register":"m"}', /"register" more than once/],
    ['{}', /needs a name/],
    ['{"register":null}', /needs a name/],
  ])('is refused by its name: %s', async (entry, sentence) => {
    const alone = await world.request('register.read', entry);
    expect(alone).toMatchObject({ outcome: 'refused', code: '400', error: expect.stringMatching(sentence) });
    const { body } = await world.request('register.read', `[${entry},{"register":"good"}]`);
    expect(body).toMatchObject([{ outcome: 'refused', code: 400, error: alone.error }, { outcome: 'empty' }]);
    expect(world.member.reads).toEqual(['good']);
  });
});

test('a body that begins with a byte order mark is refused with its name', async () => {
  expect(await world.request('register.write', `\ufeff${GOOD}`)).toMatchObject({
    code: '400',
    error: expect.stringMatching(/byte order mark \(U\+FEFF\)/),
  });
});
