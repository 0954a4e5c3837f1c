import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonLine, showValue } from '../../src/cli/values.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

test.each([
  ['alice', 'alice'],
  ['', ''],
  ['größe ✓', 'größe ✓'],
  ['two\nlines', 'text:"two\\nlines"'],
  ['a\u0007bell', 'base64:YQdiZWxs'],
  ['base64:x', 'text:"base64:x"'],
])('the text %j is shown as %j', (text, shown) => {
  expect(showValue(bytesOf(text))).toBe(shown);
});

test('bytes that are not UTF-8 are shown as base64', () => {
  expect(showValue(new Uint8Array([0xff, 0xfe]))).toBe('base64://4=');
});

test('whatever the bytes, they are shown in one line, and no other bytes are shown the same', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const shown = showValue(bytes);
      expect(shown).not.toMatch(/[\n\r\u2028\u2029]/);
      expect(readBack(shown)).toEqual(Buffer.from(bytes));
    }),
  );
});

test('JSON gives the value of bytes that are JSON, and the base64 of others', () => {
  expect(jsonLine({ register: 'a' }, bytesOf('{"owner":"alice"}'))).toBe('{"register":"a","value":{"owner":"alice"}}');
  expect(jsonLine({ register: 'a' }, bytesOf('alice'))).toBe('{"register":"a","base64":"YWxpY2U="}');
  expect(jsonLine({ register: 'a' }, new Uint8Array([0x22, 0xff, 0x22]))).toBe('{"register":"a","base64":"Iv8i"}');
});

test('JSON in one line keeps every digit, and its line breaks become spaces', () => {
  const line = jsonLine({ register: 'a' }, bytesOf('{\n  "n": 12345678901234567890\n}\n'));
  expect(line).toBe('{"register":"a","value":{   "n": 12345678901234567890 }}');
});

test('whatever JSON is written, its line parses to it', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(undefined, 2), (text, indent) => {
      const value: unknown = JSON.parse(text);
      const line = jsonLine({ register: 'a' }, bytesOf(JSON.stringify(value, null, indent)));
      expect(line).not.toContain('\n');
      expect(JSON.parse(line)).toEqual({ register: 'a', value });
    }),
  );
});

function readBack(shown: string): Buffer {
  if (shown.startsWith('base64:')) return Buffer.from(shown.slice('base64:'.length), 'base64');
  if (shown.startsWith('text:')) return Buffer.from(JSON.parse(shown.slice('text:'.length)) as string);
  return Buffer.from(shown);
}
