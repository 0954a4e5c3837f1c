import { BadInputError } from '../errors.ts';
import type { ReadResult, WriteResult } from '../outcomes.ts';
import { type Entry, type Envelope, fieldsOf, parseEnvelope, writeRequestOf } from './envelope.ts';
import { type EntryResult, formatEnvelope } from './envelope-replies.ts';
import { replyHeaders } from './headers.ts';
import { type Operations, refused } from './operations.ts';
import { problemOf } from './problems.ts';
import type { Answer, Reply } from './subject-form.ts';

/** Left for the headers of a reply, which count against the largest payload too. */
const HEADERS_BYTES_MAX = 2_048;

/** `register.write`: each entry is an operation of its own, and one that is refused keeps none of the others back. */
export function writeByEnvelope(operations: Operations, payload: Uint8Array, bytesMax: number, answer: Answer): void {
  answerEach(payload, bytesMax, { outcome: 'unknown' }, answer, (entry, settle) => {
    const request = writeRequestOf(entry);
    const sent = entry.valueText === undefined ? undefined : { bytes: request.value, text: entry.valueText };
    operations.write(request, (result, opId) => settle({ register: request.name, result, opId, sent }));
  });
}

/** `register.read`. */
export function readByEnvelope(operations: Operations, payload: Uint8Array, bytesMax: number, answer: Answer): void {
  answerEach(payload, bytesMax, { outcome: 'unavailable' }, answer, (entry, settle) => {
    const { register } = fieldsOf(entry);
    operations.read(register, (result) => settle({ register, result, opId: undefined, sent: undefined }));
  });
}

/** @param ifNoRoom what to say when the outcomes, whatever they are, do not fit in one reply. */
function answerEach(
  payload: Uint8Array,
  bytesMax: number,
  ifNoRoom: WriteResult | ReadResult,
  answer: Answer,
  carryOut: (entry: Entry, settle: (result: EntryResult) => void) => void,
): void {
  let envelope: Envelope;
  try {
    envelope = parseEnvelope(payload);
  } catch (error) {
    const refusal = refusalOf(error);
    answer(() => wholeReply(refusal));
    return;
  }
  const { batch, entries } = envelope;
  const results: EntryResult[] = new Array(entries.length);
  let left = entries.length;
  const reply = () => replyOf(results, batch, bytesMax - HEADERS_BYTES_MAX) ?? wholeReply(ifNoRoom);
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
      settle({ register: registerIn(entry), result: refusalOf(error), opId: undefined, sent: undefined });
    }
  });
}

/** Undefined where there is no room for it. */
function replyOf(results: readonly EntryResult[], batch: boolean, bytesMax: number): Reply | undefined {
  const payload = formatEnvelope(results, batch, bytesMax);
  const [only] = results;
  if (payload === undefined || batch || only === undefined) return payload && { payload };
  return { payload, headers: replyHeaders(only.result, only.opId) };
}

/** One outcome for all of the body. */
function wholeReply(result: WriteResult | ReadResult): Reply {
  const problem = problemOf(result, undefined);
  const body = { outcome: result.outcome, ...problem };
  return { payload: Buffer.from(JSON.stringify(body)), headers: replyHeaders(result, undefined) };
}

function refusalOf(error: unknown) {
  if (error instanceof BadInputError) return refused(400, error.message);
  throw error;
}

function registerIn({ fields }: Entry): unknown {
  return typeof fields === 'object' && fields !== null && 'register' in fields ? fields.register : undefined;
}
