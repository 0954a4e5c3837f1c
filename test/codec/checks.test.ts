import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isNameAt, isOpIdAt } from '../../src/codec/checks.ts';
import { problemWithName, problemWithOpId } from '../../src/contract/names.ts';

const nearName = fc.stringMatching(/^[a_.=/\-é \n]{0,12}$/);
const long = fc.integer({ min: 60, max: 260 }).map((length) => 'a'.repeat(length));
const edge = fc.constantFrom('', '.', 'a.', '.a', '_', '_a', 'a._b', 'a..b', ' ', '~', '\x7f', '\x1f', '0/=-_.A');
const text = fc.oneof(fc.string({ unit: 'binary-ascii', maxLength: 12 }), nearName, long, edge);

test.each([
  { what: 'names', isAt: isNameAt, problemWith: problemWithName },
  { what: 'operation ids', isAt: isOpIdAt, problemWith: problemWithOpId },
])('the rule for $what is the same over bytes as over strings', ({ isAt, problemWith }) => {
  fc.assert(
    fc.property(text, (candidate) => {
      // In the middle of others, so that a look past either end shows.
      const bytes = Buffer.from(`_.${candidate}\x00a`, 'latin1');
      expect(isAt(bytes, 2, 2 + candidate.length)).toBe(problemWith(candidate) === undefined);
    }),
    { numRuns: 3_000 },
  );
});

test('every byte is legal in a name, or in an operation id, where it is as a character', () => {
  for (let byte = 0; byte < 256; byte += 1) {
    const text = `a${String.fromCharCode(byte)}a`;
    const bytes = Buffer.from(text, 'latin1');
    expect([byte, isNameAt(bytes, 0, 3)]).toEqual([byte, problemWithName(text) === undefined]);
    expect([byte, isOpIdAt(bytes, 0, 3)]).toEqual([byte, problemWithOpId(text) === undefined]);
  }
});
