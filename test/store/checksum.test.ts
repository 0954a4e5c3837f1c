import { expect, test } from 'vitest';
import { checksumOf } from '../../src/store/sqlite/checksum.ts';

test('moving a character from one field to the next changes it', () => {
  expect(checksumOf(['ab', 'c'])).not.toBe(checksumOf(['a', 'bc']));
  expect(checksumOf(['a', null])).not.toBe(checksumOf(['a', 'null']));
  expect(checksumOf(['a', 1])).not.toBe(checksumOf(['a', '1']));
});
