import { BadInputError } from '../errors.ts';
import type { ReadResult, WriteResult } from '../outcomes.ts';
import { type Entry, type Envelope, fieldsOf, parseEnvelope, writeRequestOf } from './envelope.ts';
import { type EntryResult, formatEnvelope } from './envelope-replies.ts';
import { replyHeaders } from './headers.ts';
import { type Operations, refused } from './operations.ts';
import { problemOf } from './problems.ts';
import type { Reply } from './subject-form.ts';

/** Left for the headers of a reply, which count against the largest payload too. */
const HEADERS_BYTES_MAX = 2_048;

/** `register.write`: each entry is an operation of its own, and one that is refused keeps none of the others back. */
export function writeByEnvelope(operations: Operations, payload: Uint8Array, bytesMax: number): Promise<Reply> {
  return answer(payload, bytesMax, 'unknown', async (entry) => {
    const request = writeRequestOf(entry);
    return { register: request.name, ...(await operations.write(request)) };
  });
}

/** `register.read`. */
export function readByEnvelope(operations: Operations, payload: Uint8Array, bytesMax: number): Promise<Reply> {
  return answer(payload, bytesMax, 'unavailable', async (entry) => {
    const { register } = fieldsOf(entry);
    return { register, result: await operations.read(register), opId: undefined };
  });
}

/** @param ifNoRoom what to say when the outcomes, whatever they are, do not fit in one reply. */
async function answer(
  payload: Uint8Array,
  bytesMax: number,
  ifNoRoom: 'unknown' | 'unavailable',
  carryOut: (entry: Entry) => Promise<EntryResult>,
): Promise<Reply> {
  let envelope: Envelope;
  try {
    envelope = parseEnvelope(payload);
  } catch (error) {
    return wholeReply(refusalOf(error));
  }
  const { batch, entries } = envelope;
  const results = await Promise.all(
    entries.map(async (entry): Promise<EntryResult> => {
      try {
        return await carryOut(entry);
      } catch (error) {
        return { register: registerIn(entry), result: refusalOf(error), opId: undefined };
      }
    }),
  );
  const body = formatEnvelope(results, batch, bytesMax - HEADERS_BYTES_MAX);
  if (body === undefined) return wholeReply({ outcome: ifNoRoom });
  const [only] = results;
  if (batch || only === undefined) return { payload: body };
  return { payload: body, headers: replyHeaders(only.result, problemOf(only.result, only.opId)) };
}

/** One outcome for all of the body. */
function wholeReply(result: WriteResult | ReadResult): Reply {
  const problem = problemOf(result, undefined);
  const body = { outcome: result.outcome, ...problem };
  return { payload: Buffer.from(JSON.stringify(body)), headers: replyHeaders(result, problem) };
}

function refusalOf(error: unknown) {
  if (error instanceof BadInputError) return refused(400, error.message);
  throw error;
}

function registerIn({ fields }: Entry): unknown {
  return typeof fields === 'object' && fields !== null && 'register' in fields ? fields.register : undefined;
}
