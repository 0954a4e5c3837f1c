import { BadInputError } from '../errors.ts';
import { parseJsonBytes } from '../nats/json-bytes.ts';

/** The bytes of a value to be written. They are a copy: a retry has to send the very same ones. */
export function bytesOfValue(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  const text = jsonOf(value);
  if (text === undefined) {
    throw new BadInputError(
      `A value of type ${typeof value} has no JSON text, so nothing was sent: write anything that JSON can say, or a Uint8Array.`,
    );
  }
  return new TextEncoder().encode(text);
}

/** A register's value: parsed where it is JSON, else the bytes. */
export function valueOfBytes(bytes: Uint8Array): unknown {
  const json = parseJsonBytes(bytes);
  return json === undefined ? bytes : json.value;
}

function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new BadInputError(`The value cannot be made into JSON, so nothing was sent: ${why}`, error);
  }
}
