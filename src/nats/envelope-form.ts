import { BadInputError, RefusedError } from '../contract/errors.ts';
import { OP_ID_LENGTH_MAX } from '../contract/names.ts';
import type { ReadResult, WriteResult } from '../contract/outcomes.ts';
import { type Entry, type Envelope, fieldsOf, parseEnvelope, writeRequestOf } from './envelope.ts';
import { bodyBytesMax, type EntryResult, formatEnvelope, leastReplyBytes, problemOfEntry } from './envelope-replies.ts';
import { type Heading, headersOf, resultHeaders } from './headers.ts';
import { type Operations, refused } from './operations.ts';
import { problemOf } from './problems.ts';
import type { Answer, Reply } from './replies.ts';
import { terseReply } from './subject-form.ts';

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
