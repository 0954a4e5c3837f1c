import { crc32 } from 'node:zlib';

/**
 * CRC-32 over all fields of a row, its key and its table's name among them, so that a row that is right but in the wrong
 * place fails too. As JSON no two lists of fields read the same.
 * @returns a whole number from 0 to 2^32 - 1.
 */
export function checksumOf(fields: readonly unknown[]): number {
  return crc32(JSON.stringify(fields));
}
