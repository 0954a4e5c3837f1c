import { BadInputError, RefusedError } from '../../contract/errors.ts';
import { decodeUtf8 } from '../../contract/json-bytes.ts';
import { OP_ID_LENGTH_MAX } from '../../contract/names.ts';
import type { ReadResult, WriteResult } from '../../contract/outcomes.ts';
import { assertKnownFields, bytesOfBase64, shownField, type Verb } from './batch-fields.ts';
import { bodyBytesMax, type EntryResult, formatEnvelope, leastReplyBytes, problemOfEntry } from './batch-reply.ts';
import { memberSlices } from './json-source.ts';
import { type Operations, refused, type WriteRequest } from './operations.ts';
import { problemOf } from './problems.ts';
import { type Answer, type Heading, headersOf, type Reply, resultHeaders } from './reply.ts';
import { terseReply } from './request-subject.ts';

/** `register.write`: each entry is an operation of its own, and one that is refused keeps none of the others back. */
export function writeByEnvelope(operations: Operations, payload: Uint8Array, bytesMax: BytesMax, answer: Answer): void {
  answerEach(payload, bytesMax, 'unknown', answer, (entry, settle) => {
    const request = writeRequestOf(entry);
    const sent = entry.valueText === undefined ? undefined : { bytes: request.value, text: entry.valueText };
    operations.write(request, (result, opId) => settle({ register: request.name, result, opId, sent }));
  });
}

/** `register.read`. */
export function readByEnvelope(operations: Operations, payload: Uint8Array, bytesMax: BytesMax, answer: Answer): void {
  answerEach(payload, bytesMax, 'unavailable', answer, (entry, settle) => {
    const { register } = fieldsOf(entry, 'read');
    operations.read(register, (result) => settle({ register, result, opId: undefined, sent: undefined }));
  });
}

/** The largest message that carries a reply, as of each call; infinite where no reply is wanted. */
export type BytesMax = () => number;

/** @param ifNoRoom what to say where the outcomes have no room any more, since NATS carries less than when they were started. */
function answerEach(
  payload: Uint8Array,
  bytesMax: BytesMax,
  ifNoRoom: 'unknown' | 'unavailable',
  answer: Answer,
  carryOut: (entry: Entry, settle: (result: EntryResult) => void) => void,
): void {
  let envelope: Envelope;
  try {
    envelope = parseEnvelope(payload);
    assertRoom(envelope, bytesMax());
  } catch (error) {
    const refusal = refusalOf(error);
    answer(() => wholeReply(refusal));
    return;
  }
  const { batch, entries } = envelope;
  const results: EntryResult[] = new Array(entries.length);
  let left = entries.length;
  const reply = () => replyOf(results, batch, bytesMax()) ?? shrunkReply(ifNoRoom, bytesMax());
  if (left === 0) answer(reply);
  entries.forEach((entry, index) => {
    const settle = (result: EntryResult) => {
      results[index] = result;
      left -= 1;
      if (left === 0) answer(reply);
    };
    try {
      carryOut(entry, settle);
    } catch (error) {
      settle({ register: fieldIn(entry, 'register'), result: refusalOf(error), opId: undefined, sent: undefined });
    }
  });
}

/** @throws RefusedError where what becomes of the entries might not fit in one reply: then nobody could say what was done. */
function assertRoom({ batch, entries }: Envelope, bytesMax: number): void {
  const needed = leastReplyBytes(
    entries.map((entry) => ({ register: fieldIn(entry, 'register'), opId: opIdShown(entry) })),
  );
  const room = bodyBytesMax(batch, bytesMax);
  if (needed <= room) return;
  const fitting = Math.max(1, Math.floor((room * entries.length) / needed));
  const next = fitting < entries.length ? `Send it in parts of ${fitting} or fewer, or raise` : 'Raise';
  throw new RefusedError(
    413,
    `The reply may take ${needed} bytes without any value, for ${entries.length} entries, and NATS leaves room for ${room} (its max_payload is ${bytesMax}): nothing was started. ${next} max_payload of the NATS servers.`,
  );
}

/** Undefined where there is no room for it. */
function replyOf(results: readonly EntryResult[], batch: boolean, bytesMax: number): Reply | undefined {
  const body = formatEnvelope(results, batch, bytesMax);
  const [only] = results;
  if (body === undefined || batch || only === undefined) return body && { payload: body.payload };
  const problem = problemOfEntry(only, body.detail, bytesMax);
  return { payload: body.payload, headers: resultHeaders(only.result, problem) };
}

/** One outcome for all of the body. */
export function wholeReply(result: WriteResult | ReadResult): Reply {
  const heading = { outcome: result.outcome, ...problemOf(result, undefined) };
  return { ...headedReply(heading), ifTooLarge: () => terseReply(result, undefined) };
}

function shrunkReply(outcome: 'unknown' | 'unavailable', bytesMax: number): Reply {
  const error = `What became of these entries does not fit in the ${bytesMax} bytes that NATS carries (its max_payload), which are fewer than when they were started. Send them again in smaller parts; writes with the same operation ids.`;
  const ifTooLarge = () => ({ payload: new Uint8Array(0), headers: headersOf({ outcome, code: 413 }) });
  return { ...headedReply({ outcome, code: 413, error }), ifTooLarge };
}

function headedReply(heading: Heading): Reply {
  return { payload: Buffer.from(JSON.stringify(heading)), headers: headersOf(heading) };
}

function refusalOf(error: unknown) {
  if (error instanceof BadInputError) return refused(400, error.message);
  if (error instanceof RefusedError) return refused(error.status, error.message);
  throw error;
}

function fieldIn({ fields }: Entry, field: string): unknown {
  return typeof fields === 'object' && fields !== null ? (fields as Record<string, unknown>)[field] : undefined;
}

/** An operation id that is ill-formed is not shown. */
function opIdShown(entry: Entry): string | undefined {
  const opId = fieldIn(entry, 'opId');
  return typeof opId === 'string' && opId.length <= OP_ID_LENGTH_MAX ? opId : undefined;
}

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
