import { NAME_BYTES_MAX, OP_ID_LENGTH_MAX } from '../contract/names.ts';

/*
 * The rules of src/contract/names.ts for names and operation ids, over bytes: every write passes here several times, and its bytes are
 * at hand. A test holds the two to each other.
 */

const ILLEGAL = 0;
const IN_TOKEN = 1;
const DOT = 2;
const UNDERSCORE = 0x5f;
const KINDS = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if (character === '.') return DOT;
  return /[A-Za-z0-9_=/-]/.test(character) ? IN_TOKEN : ILLEGAL;
});

/** Whether the bytes from `start` up to, not including, `end` are a register's name. */
export function isNameAt(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > NAME_BYTES_MAX || bytes[start] === UNDERSCORE) return false;
  // As if a dot came first: so a name neither begins with one nor is empty.
  let before = DOT;
  for (let at = start; at < end; at += 1) {
    const kind = KINDS[bytes[at] ?? 0] ?? ILLEGAL;
    if (kind === ILLEGAL || (kind === DOT && before === DOT)) return false;
    before = kind;
  }
  return before !== DOT;
}

/** Whether the bytes from `start` up to, not including, `end` are an operation id. */
export function isOpIdAt(bytes: Uint8Array, start: number, end: number): boolean {
  if (end === start || end - start > OP_ID_LENGTH_MAX) return false;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x20 || byte > 0x7e) return false;
  }
  return true;
}
