import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checksumOf } from '../../src/sqlite/checksum.ts';
import { decodeRow, encodeRow } from '../../src/sqlite/rows.ts';
import { accepted, names, plain, states } from './world.ts';

test('an empty value does not hide the fields before it', () => {
  // Three kinds of empty: the last has a buffer of its own without any memory behind it.
  for (const empty of [new Uint8Array(), Buffer.from('x').subarray(1), new Uint8Array(new ArrayBuffer(0))]) {
    expect(checksumOf(['a'], empty)).not.toBe(checksumOf(['b'], empty));
    expect(checksumOf(['a'], empty)).toBe(checksumOf(['a']));
  }
});

test('moving a character from one field to the next changes it', () => {
  expect(checksumOf(['ab', 'c'])).not.toBe(checksumOf(['a', 'bc']));
  expect(checksumOf(['a', null])).not.toBe(checksumOf(['a', 'null']));
  expect(checksumOf(['a', 1])).not.toBe(checksumOf(['a', '1']));
});

test('a row is decoded to the state that it was encoded from, and fails under any other name', () => {
  fc.assert(
    fc.property(names, names, states, (name, other, state) => {
      const row = rowOf(encodeRow(name, state));
      expect(plain([[name, decodeRow(row).state]])).toEqual(plain([[name, state]]));
      fc.pre(name !== other);
      expect(() => decodeRow({ ...row, name: other })).toThrow('not what was written');
    }),
  );
});

test('a row fails with any one bit of its value flipped', () => {
  const size = 48;
  fc.assert(
    fc.property(fc.uint8Array({ minLength: size, maxLength: size }), fc.nat(size * 8 - 1), (value, bit) => {
      const row = rowOf(encodeRow('r', accepted(value)));
      const flipped = Buffer.from(value);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(() => decodeRow({ ...row, value: flipped })).toThrow('not what was written');
    }),
  );
});

/** The row as SQLite returns it. */
function rowOf({ columns, value }: ReturnType<typeof encodeRow>) {
  const [name, promised, acceptedAt, opId, decided, checksum] = columns;
  return { name, promised, accepted: acceptedAt, op_id: opId, value, decided, checksum };
}
