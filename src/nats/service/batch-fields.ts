import { BadInputError } from '../../contract/errors.ts';

/** What an entry of each kind of request may say. */
export type Verb = 'write' | 'read';
const FIELDS: Readonly<Record<Verb, readonly string[]>> = {
  write: ['register', 'value', 'base64', 'opId'],
  read: ['register'],
};

/** What people call a field by other names, in small letters without _ and -. */
const SYNONYMS: Readonly<Record<string, string>> = {
  name: 'register',
  key: 'register',
  subject: 'register',
  operationid: 'opId',
  idempotencykey: 'opId',
  requestid: 'opId',
  id: 'opId',
  data: 'value',
  val: 'value',
  bytes: 'base64',
  b64: 'base64',
};

/** The longest field that is shown in a sentence. */
const SHOWN_LENGTH_MAX = 32;

/**
 * Refuses what would be passed over in silence. A write whose operation id is in a field that is not known would win under an id
 * that nobody knows, and its retry would lose to it.
 * @throws BadInputError for a field that such an entry does not have.
 */
export function assertKnownFields(fields: Readonly<Record<string, unknown>>, verb: Verb): void {
  const known = FIELDS[verb];
  const unknown = Object.keys(fields).find((field) => !known.includes(field));
  if (unknown === undefined) return;
  const shown = shownField(unknown);
  if (verb === 'read' && FIELDS.write.includes(unknown)) {
    throw new BadInputError(
      `An entry of a read has no field ${shown}, which is one of a write: leave it out, or send the entry to be written.`,
    );
  }
  const likely = likelyField(unknown, known);
  const guess = likely === undefined ? '' : ` Did you mean "${likely}"?`;
  throw new BadInputError(`The entry has an unknown field, ${shown}.${guess} It may have ${listOf(known)}.`);
}

/** A field as a sentence can show it. */
export function shownField(field: string): string {
  return JSON.stringify(field.length > SHOWN_LENGTH_MAX ? `${field.slice(0, SHOWN_LENGTH_MAX)}…` : field);
}

function likelyField(field: string, known: readonly string[]): string | undefined {
  if (field.length > SHOWN_LENGTH_MAX) return undefined;
  const plain = plainOf(field);
  const synonym = Object.hasOwn(SYNONYMS, plain) ? SYNONYMS[plain] : undefined;
  if (synonym !== undefined && known.includes(synonym)) return synonym;
  return known.find((one) => isOneTypoAway(plain, plainOf(one)));
}

function plainOf(field: string): string {
  return field.toLowerCase().replace(/[_-]/g, '');
}

/** Whether two texts are the same but for one letter that is missing, added or another, or two neighbours that are swapped. */
function isOneTypoAway(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const [ofA, ofB] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  if (ofA.length <= 1 && ofB.length <= 1) return true;
  return ofA.length === 2 && ofB.length === 2 && ofA[0] === ofB[1] && ofA[1] === ofB[0];
}

function listOf(fields: readonly string[]): string {
  const quoted = fields.map((field) => `"${field}"`);
  return quoted.length === 1 ? `${quoted[0]} alone` : `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1)}`;
}

export function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** The bytes of strict base64: the standard alphabet, padded, no bits left over. Undefined for anything else. */
export function bytesOfBase64(base64: string): Uint8Array | undefined {
  const bytes = Buffer.from(base64, 'base64');
  // Buffer skips what it cannot read, so only what encodes back to itself was base64 through and through.
  return bytes.toString('base64') === base64 ? bytes : undefined;
}
