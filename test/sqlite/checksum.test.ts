import { expect, test } from 'vitest';
import { checksumOf } from '../../src/sqlite/checksum.ts';

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
