import { BadInputError } from '../contract/errors.ts';
import { parseExactly } from './exact-json.ts';
import { problemWithJson } from './plain-json.ts';
import type { Codec } from './types.ts';

/** JSON, both ways without loss: what would change on the way is refused when written, and stays bytes when read. */
export const EXACT_JSON: Codec = {
  encode(value) {
    const problem = problemWithJson(value);
    if (problem !== undefined) {
      throw new BadInputError(
        `${problem}, which JSON does not give back as it is. Nothing was sent: write null, booleans, text, finite numbers, arrays and plain objects of these, or bytes, or choose another codec.`,
      );
    }
    return new TextEncoder().encode(JSON.stringify(value));
  },
  decode(bytes) {
    const json = parseExactly(bytes);
    return json === undefined ? bytes : json.value;
  },
};

/** The bytes of a value to be written. They are a copy: a retry has to send the very same ones. */
export function bytesOfValue(codec: Codec, value: unknown): Uint8Array {
  try {
    const bytes = bytesOf(value);
    if (bytes !== undefined) return bytes;
    const encoded = bytesOf(codec.encode(value));
    if (encoded !== undefined) return encoded;
  } catch (error) {
    if (error instanceof BadInputError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new BadInputError(`The value cannot be made into bytes, so nothing was sent: ${why}`, error);
  }
  throw new BadInputError('The codec made something else than bytes of the value, so nothing was sent.');
}

/** A register's value, as the codec reads it; bytes that it cannot read come back as they are. */
export function valueOfBytes(codec: Codec, bytes: Uint8Array): unknown {
  try {
    return codec.decode(bytes);
  } catch {
    // What became of the operation is known, and must not get lost over how its value reads.
    return bytes;
  }
}

/** A copy of what is bytes already, in whatever view; undefined for all else. It throws where a view has lost its buffer. */
function bytesOf(value: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  }
  return isBuffer(value) ? new Uint8Array(new Uint8Array(value)) : undefined;
}

/** Also of another realm. */
function isBuffer(value: unknown): value is ArrayBufferLike {
  return ['[object ArrayBuffer]', '[object SharedArrayBuffer]'].includes(Object.prototype.toString.call(value));
}
