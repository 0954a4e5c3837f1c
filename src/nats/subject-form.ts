import type { MsgHdrs, ServiceMsg } from 'nats';
import { BadInputError } from '../errors.ts';
import type { ReadResult, WriteResult } from '../outcomes.ts';
import { opIdIn, replyHeaders } from './headers.ts';
import { type Operations, refused } from './operations.ts';

/** A reply that is ready to be sent. */
export interface Reply {
  readonly payload: Uint8Array;
  readonly headers?: MsgHdrs;
}

/** Answers a request, once: with what the function makes. */
export type Answer = (reply: () => Reply) => void;

const NOTHING = new Uint8Array(0);

/** `register.write.<name>`: the payload is the value, and so is the reply's. */
export function writeBySubject(operations: Operations, name: string, message: ServiceMsg, answer: Answer): void {
  let opId: string | undefined;
  try {
    opId = opIdIn(message);
  } catch (error) {
    if (!(error instanceof BadInputError)) throw error;
    const { message: why } = error;
    answer(() => bareReply(refused(400, why), undefined));
    return;
  }
  // The payload is a view of all that came with it from the network: a copy lets that go.
  const value = new Uint8Array(message.data);
  operations.write({ name, value, opId }, (result, idOfWrite) => answer(() => replyOf(result, idOfWrite)));
}

/** `register.read.<name>`: the reply's payload is the value. */
export function readBySubject(operations: Operations, name: string, answer: Answer): void {
  operations.read(name, (result) => answer(() => replyOf(result, undefined)));
}

/** A reply without a value. */
export function bareReply(result: WriteResult | ReadResult, opId: string | undefined): Reply {
  return { payload: NOTHING, headers: replyHeaders(result, opId) };
}

function replyOf(result: WriteResult | ReadResult, opId: string | undefined): Reply {
  const payload = 'decision' in result ? result.decision.proposal.value : NOTHING;
  return { payload, headers: replyHeaders(result, opId) };
}
