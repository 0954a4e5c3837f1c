import type { MsgHdrs, ServiceMsg } from 'nats';
import { BadInputError } from '../errors.ts';
import type { ReadResult, WriteResult } from '../outcomes.ts';
import { opIdIn, replyHeaders } from './headers.ts';
import { type Operations, refused, type Written } from './operations.ts';
import { problemOf } from './problems.ts';

/** A reply that is ready to be sent. */
export interface Reply {
  readonly payload: Uint8Array;
  readonly headers?: MsgHdrs;
}

const NOTHING = new Uint8Array(0);

/** `register.write.<name>`: the payload is the value, and so is the reply's. */
export async function writeBySubject(operations: Operations, name: string, message: ServiceMsg): Promise<Reply> {
  const { result, opId } = await write(operations, name, message);
  return replyOf(result, opId);
}

/** `register.read.<name>`: the reply's payload is the value. */
export async function readBySubject(operations: Operations, name: string): Promise<Reply> {
  return replyOf(await operations.read(name), undefined);
}

/** A reply without a value. */
export function bareReply(result: WriteResult | ReadResult, opId: string | undefined): Reply {
  return { payload: NOTHING, headers: replyHeaders(result, problemOf(result, opId)) };
}

async function write(operations: Operations, name: string, { headers, data }: ServiceMsg): Promise<Written> {
  try {
    // The payload is a view of all that came with it from the network: a copy lets that go.
    return await operations.write({ name, value: new Uint8Array(data), opId: opIdIn(headers) });
  } catch (error) {
    if (error instanceof BadInputError) return { result: refused(400, error.message), opId: undefined };
    throw error;
  }
}

function replyOf(result: WriteResult | ReadResult, opId: string | undefined): Reply {
  const reply = bareReply(result, opId);
  return 'decision' in result ? { ...reply, payload: result.decision.proposal.value } : reply;
}
