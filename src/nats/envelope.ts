import { BadInputError } from '../contract/errors.ts';
import { decodeUtf8 } from '../contract/json-bytes.ts';
import { bytesOfBase64 } from './base64.ts';
import { assertKnownFields, shownField, type Verb } from './envelope-fields.ts';
import { memberSlices } from './json-slices.ts';
import type { WriteRequest } from './operations.ts';

/** The most registers that one request may speak of. */
export const ENVELOPE_ENTRIES_MAX = 1_000;

/** A request body, taken apart. Its entries have not been looked at. */
export interface Envelope {
  /** Whether the body was an array, and so must the reply be. */
  readonly batch: boolean;
  readonly entries: readonly Entry[];
}

export interface Entry {
  readonly fields: unknown;
  /** The text of its `value`, exactly as it was sent. */
  readonly valueText: string | undefined;
  /** A field that it has more than once. */
  readonly repeated: string | undefined;
}

const EXAMPLE = 'send {"register":"orders.17"}, with a "value" or "base64" to write it, or an array of these';

/** @throws BadInputError for a body that no part of can be carried out. */
export function parseEnvelope(payload: Uint8Array): Envelope {
  const text = textOf(payload);
  const body = parseJson(text);
  if (typeof body !== 'object' || body === null) {
    throw new BadInputError(`The body is neither an object nor an array: ${EXAMPLE}.`);
  }
  const batch = Array.isArray(body);
  const all: readonly unknown[] = batch ? body : [body];
  if (all.length > ENVELOPE_ENTRIES_MAX) {
    throw new BadInputError(
      `The array has ${all.length} entries, and ${ENVELOPE_ENTRIES_MAX} is the most: nothing was started. Send it in parts.`,
    );
  }
  const repeated = new Map<number, string>();
  const slices = memberSlices(text, 'value', (index, key) => repeated.set(index, key));
  const entries = all.map((fields, index) => ({ fields, valueText: slices[index], repeated: repeated.get(index) }));
  return { batch, entries };
}

/**
 * What an entry says.
 * @throws BadInputError for one that is no object, or says what would be passed over.
 */
export function fieldsOf({ fields, repeated }: Entry, verb: Verb): Record<string, unknown> {
  if (!isObject(fields)) throw new BadInputError(`The entry is not an object: ${EXAMPLE}.`);
  assertKnownFields(fields, verb);
  if (repeated === undefined) return fields;
  throw new BadInputError(`The entry has the field ${shownField(repeated)} more than once: send it once.`);
}

/** @throws BadInputError for an entry that does not state one value. */
export function writeRequestOf(entry: Entry): WriteRequest {
  const { register: name, base64, opId } = fieldsOf(entry, 'write');
  const { valueText } = entry;
  if (valueText !== undefined && base64 !== undefined) {
    throw new BadInputError('The entry has both "value" and "base64": send one of them.');
  }
  if (valueText !== undefined) return { name, value: Buffer.from(valueText), opId };
  if (base64 === undefined) {
    throw new BadInputError('The entry has no value: send "value" with any JSON, or "base64" with bytes.');
  }
  const value = typeof base64 === 'string' ? bytesOfBase64(base64) : undefined;
  if (value === undefined) {
    throw new BadInputError('The field "base64" is ill-formed: send a string of the standard alphabet, padded with =.');
  }
  return { name, value, opId };
}

function textOf(payload: Uint8Array): string {
  try {
    return decodeUtf8(payload);
  } catch {
    throw new BadInputError('The body is not valid UTF-8: send JSON text, and bytes of a value as "base64".');
  }
}

function parseJson(text: string): unknown {
  // RFC 8259 §8.1: none may be added, and no eye sees it in the message of the parser.
  if (text.startsWith('\ufeff')) {
    throw new BadInputError('The body is not JSON, for it begins with a byte order mark (U+FEFF): send it without.');
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? ` (${error.message})` : '';
    throw new BadInputError(`The body is not JSON${why}: ${EXAMPLE}.`, error);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
