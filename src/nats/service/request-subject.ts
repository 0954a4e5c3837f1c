import type { ServiceMsg } from 'nats';
import { BadInputError } from '../../contract/errors.ts';
import type { Known, ReadResult, WriteResult } from '../../contract/outcomes.ts';
import { type Operations, refused } from './operations.ts';
import { problemOf, problemWithoutValue } from './problems.ts';
import { type Answer, headersOf, opIdIn, type Reply, replyHeaders } from './reply.ts';

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
  return { payload: NOTHING, headers: replyHeaders(result, opId), ifTooLarge: () => terseReply(result, opId) };
}

/** The outcome and its code, and no sentence: what NATS carries if it carries anything. */
export function terseReply(result: WriteResult | ReadResult, opId: string | undefined): Reply {
  const code = problemOf(result, opId)?.code;
  return { payload: NOTHING, headers: headersOf({ outcome: result.outcome, code }) };
}

function replyOf(result: WriteResult | ReadResult, opId: string | undefined): Reply {
  if (!('decision' in result)) return bareReply(result, opId);
  const headers = replyHeaders(result, opId);
  const { value } = result.decision.proposal;
  return { payload: value, headers, ifTooLarge: (bytesMax) => replyWithoutValue(result, bytesMax) };
}

/**
 * A write is told how it ended. A read is not told `decided`, for no bytes are a value too: it was to return the value, or to
 * fail.
 */
function replyWithoutValue({ outcome, decision }: Known, bytesMax: number): Reply {
  const problem = problemWithoutValue(outcome, decision.proposal.value.length, bytesMax);
  const said = outcome === 'decided' ? 'unavailable' : outcome;
  return {
    payload: NOTHING,
    headers: headersOf({ outcome: said, decision, ...problem }),
    ifTooLarge: () => ({ payload: NOTHING, headers: headersOf({ outcome: said, code: problem.code }) }),
  };
}

/**
 * What is wrong with where a write asks to be answered; undefined where nothing is. In the text protocol of NATS what follows a
 * blank is the reply subject, so `PUB register.write.user.john smith 1` would write `user.john`, for ever. An inbox
 * always has two tokens or more.
 */
export function problemWithReplySubject(reply: string): string | undefined {
  if (reply === '' || reply.includes('.')) return undefined;
  return `The reply subject ${JSON.stringify(reply)} is one token, and so nobody's inbox: nothing was written. Most likely it is the end of a name with a blank in it, which NATS takes for a reply subject. Names have no blanks: encode them (base64url, hex). To write without an answer, give no reply subject.`;
}
