import { crc32 } from 'node:zlib';

/**
 * CRC-32 over all fields of a row, its key and its table's name among them, so that a row that is right but in the wrong
 * place fails too. As JSON no two lists of fields read the same; the bytes come last, where they need no length.
 * @returns a whole number from 0 to 2^32 - 1.
 */
export function checksumOf(fields: readonly unknown[], bytes?: Uint8Array): number {
  const ofFields = crc32(JSON.stringify(fields));
  // zlib takes an array without memory for a request to start anew, and returns 0 whatever came before.
  return bytes === undefined || bytes.length === 0 ? ofFields : crc32(bytes, ofFields);
}
