import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJsonBytes } from '../../src/contract/json-bytes.ts';

function parsed(text: string): unknown {
  try {
    return { text, value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

test('bytes are JSON where JSON.parse takes their text, and only there', () => {
  const text = fc.oneof(
    fc.json(),
    fc.string(),
    fc.string({ unit: fc.constantFrom(...' \t\n\r{}[]":,-+.0123eEtrufalsn') }),
  );
  fc.assert(
    fc.property(text, (sample) => {
      expect(parseJsonBytes(Buffer.from(sample))).toEqual(parsed(sample));
    }),
  );
});

test.each(['1', '-1', '"x"', '{}', '[]', 'true', 'false', 'null', ' 1', '\t1', '\n1', '\r1', '0', '9'])(
  '%j is JSON',
  (text) => {
    expect(parseJsonBytes(Buffer.from(text))).toEqual({ text, value: JSON.parse(text) });
  },
);

test.each(['', 'x', '+1', '.5', "'x'", '\u00a01', '\ufeff1', 'undefined', 'NaN', '\v1'])('%j is not', (text) => {
  expect(parseJsonBytes(Buffer.from(text))).toBeUndefined();
});
