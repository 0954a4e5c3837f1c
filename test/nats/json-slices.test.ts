import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { memberSlices } from '../../src/nats/service/json-source.ts';

/** JSON texts that say the same in as many ways as there are: white space, escapes, equal keys. */
const space = fc.constantFrom('', '', ' ', '\n\t', '\r\n  ');
const key = fc.oneof(
  fc.constantFrom(
    '"value"',
    '"\\u0076alue"',
    '"val\\u0075e"',
    '"Value"',
    '"va\\"lue"',
    '"\\\\value"',
    '"__proto__"',
    '""',
  ),
  fc.string().map((text) => JSON.stringify(text)),
);
const text = fc.letrec<{ value: string; array: string; object: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom('12345678901234567890', '1.0', '-0', '1e400', 'null', 'true', 'false', '"}]\\\\\\"{["', '"\u2028"'),
    fc.string().map((string) => JSON.stringify(string)),
    tie('array'),
    tie('object'),
  ),
  array: fc
    .tuple(fc.array(tie('value'), { maxLength: 4 }), space)
    .map(([values, gap]) => `[${gap}${values.join(`${gap},${gap}`)}${gap}]`),
  object: fc
    .tuple(fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }), space)
    .map(([members, gap]) => `{${gap}${members.map(([k, v]) => `${k}${gap}:${gap}${v}`).join(`${gap},${gap}`)}${gap}}`),
}));

describe('the text of a member', () => {
  test('is that of the value which JSON.parse finds there, in any object', () => {
    fc.assert(
      fc.property(text.object, space, (object, gap) => {
        const slices = memberSlices(gap + object + gap, 'value');
        expect(slices.map(parsed)).toEqual([valueIn(JSON.parse(object))]);
      }),
    );
  });

  test('is found for each element of any array', () => {
    fc.assert(
      fc.property(text.array, space, (array, gap) => {
        const elements: unknown[] = JSON.parse(array);
        expect(memberSlices(gap + array + gap, 'value').map(parsed)).toEqual(elements.map(valueIn));
      }),
    );
  });

  test('is exactly as it was sent, without the white space around it', () => {
    expect(memberSlices('{"a":1, "value" :  12345678901234567890 }', 'value')).toEqual(['12345678901234567890']);
    expect(memberSlices('{"value":1.0}', 'value')).toEqual(['1.0']);
    expect(memberSlices('{"value": { "b" : [ 1 ] } ,"c":2}', 'value')).toEqual(['{ "b" : [ 1 ] }']);
  });

  test('is that of the last of equal keys, however each is written', () => {
    expect(memberSlices('{"value":1,"\\u0076alue":2}', 'value')).toEqual(['2']);
    expect(memberSlices('{"\\u0076alue":2,"value":1}', 'value')).toEqual(['1']);
  });

  test('is not looked for any deeper', () => {
    expect(memberSlices('{"a":{"value":1}}', 'value')).toEqual([undefined]);
    expect(memberSlices('[[{"value":1}],{"a":[{"value":1}]}]', 'value')).toEqual([undefined, undefined]);
  });

  test('may be nested deeper than the stack', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    expect(memberSlices(`{"value":${deep}}`, 'value')).toEqual([deep]);
  });
});

function valueIn(element: unknown): unknown {
  return typeof element === 'object' && element !== null && !Array.isArray(element) && 'value' in element
    ? element.value
    : undefined;
}

function parsed(slice: string | undefined): unknown {
  return slice === undefined ? undefined : JSON.parse(slice);
}
