import { Match, type MsgHdrs, type ServiceMsg } from 'nats';
import { BadInputError } from '../../contract/errors.ts';
import {
  BALLOT_HEADER,
  ERROR_CODE_HEADER,
  ERROR_HEADER,
  OP_ID_HEADER,
  OUTCOME_HEADER,
} from '../../contract/header-names.ts';
import { natsFaultOf } from '../../contract/nats-errors.ts';
import type { ReadResult, WriteResult } from '../../contract/outcomes.ts';
import { headerBytesOf, readyHeaders } from '../../contract/ready-headers.ts';
import type { MemberStatus } from '../../contract/status.ts';
import { formatBallot } from '../../protocol/ballot.ts';
import type { Decision } from '../../protocol/register.ts';
import { type Problem, problemOf } from './problems.ts';

/** A reply that is ready to be sent. */
export interface Reply {
  readonly payload: Uint8Array;
  readonly headers?: MsgHdrs;
  /** Makes the reply to send where NATS does not carry this one, given how large a message it carries. */
  readonly ifTooLarge?: (bytesMax: number) => Reply;
}

/** Answers a request, once: with what the function makes. */
export type Answer = (reply: () => Reply) => void;

/** A message that can be replied to: a request of the service, or of the NATS services protocol. */
export interface Answerable {
  readonly subject: string;
  readonly reply?: string;
  respond(payload: Uint8Array, options: { headers?: MsgHdrs }): unknown;
}

export interface RepliesOptions {
  /** The largest message that NATS carries, now. */
  readonly payloadBytesMax: () => number;
  /** Whether a subject is one that answers must not be written to. */
  readonly isOwn: (subject: string) => boolean;
  /** Told, by an error whose message is a sentence, of each reply that did not leave as it was made. */
  readonly onFailure: (error: unknown) => void;
}

/** The one place where replies leave, and where all that NATS may say to that is met. It never throws. */
export class Replies {
  readonly #options: RepliesOptions;

  constructor(options: RepliesOptions) {
    this.#options = options;
  }

  /** Whether a request wants a reply, and says a place for it that is not the service's own. */
  isWanted({ reply }: Answerable): boolean {
    // Without a look at where it goes, a client that may only read could have its answers written somewhere.
    return reply !== undefined && reply !== '' && !this.#options.isOwn(reply);
  }

  /** Sends a reply, or the next smaller one where NATS finds it too large. Once NATS is closed none can be sent. */
  send(request: Answerable, reply: Reply): void {
    if (!this.isWanted(request)) return;
    const failure = this.#attempt(request, reply);
    if (failure !== undefined) this.#options.onFailure(failure);
  }

  /** @returns what to tell of; undefined where the reply left as it was made. */
  #attempt(request: Answerable, reply: Reply): Error | undefined {
    const { payload, headers, ifTooLarge } = reply;
    try {
      request.respond(payload, headers === undefined ? {} : { headers });
      return undefined;
    } catch (error) {
      const to = `The reply to a request on ${request.subject}`;
      if (natsFaultOf(error) !== 'payload-too-large') {
        return new Error(`${to} could not be sent: ${sentenceOf(error)}`, { cause: error });
      }
      const bytesMax = this.#options.payloadBytesMax();
      const tooLarge = `${to} takes more than the ${bytesMax} bytes that NATS carries (its max_payload)`;
      if (ifTooLarge === undefined) return new Error(`${tooLarge}, and none was sent.`, { cause: error });
      return this.#attempt(request, ifTooLarge(bytesMax)) === undefined
        ? new Error(`${tooLarge}, so a shorter one was sent, which says so.`, { cause: error })
        : new Error(`${tooLarge}, and so does a shorter one: none was sent.`, { cause: error });
    }
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What the headers of a reply can say. */
export interface Heading {
  readonly outcome: string;
  /** Its ballot is said, and the id of the operation that the value belongs to. */
  readonly decision?: Decision;
  readonly code?: number | undefined;
  readonly error?: string;
}

/** The headers of a reply to the operation with this id. */
export function replyHeaders(result: WriteResult | ReadResult, opId: string | undefined): MsgHdrs {
  return resultHeaders(result, problemOf(result, opId));
}

/** The headers of a reply that tells this of the result. */
export function resultHeaders(result: WriteResult | ReadResult, problem: Partial<Problem> | undefined): MsgHdrs {
  const { outcome } = result;
  // A sentence without a code, about a value that was left out, is the body's to say.
  const said = problem?.code === undefined ? {} : problem;
  return headersOf('decision' in result ? { outcome, decision: result.decision, ...said } : { outcome, ...said });
}

/** Names and ids were checked where they came in: none of them can end a line. */
export function headersOf({ outcome, decision, code, error }: Heading): MsgHdrs {
  let lines = `${OUTCOME_HEADER}: ${outcome}\r\n`;
  if (decision !== undefined) {
    const { ballot, proposal } = decision;
    lines += `${BALLOT_HEADER}: ${formatBallot(ballot)}\r\n${OP_ID_HEADER}: ${proposal.opId}\r\n`;
  }
  if (code !== undefined) lines += `${ERROR_CODE_HEADER}: ${code}\r\n`;
  if (error !== undefined) lines += `${ERROR_HEADER}: ${oneLine(error)}\r\n`;
  return readyHeaders(lines);
}

/**
 * The operation id that a request's headers carry, not looked at yet; undefined when there is none. Its name is taken in
 * any case: an id that was overlooked would make the retry lose to its own first try.
 * @throws BadInputError when there are several.
 */
export function opIdIn(message: ServiceMsg): string | undefined {
  return soleOpId(headerBytesOf(message)) ?? opIdAmong(message.headers);
}

/** Reads what is no UTF-8 as the library does. */
const UTF8 = new TextDecoder();
const SOLE_OP_ID = new RegExp(`^NATS/1\\.0\r\n${OP_ID_HEADER}:([^\r\n]*)\r\n\r\n$`, 'i');

/** What most writes bring: an operation id, and no other header. */
function soleOpId(block: Uint8Array | undefined): string | undefined {
  return block === undefined ? undefined : SOLE_OP_ID.exec(UTF8.decode(block))?.[1]?.trim();
}

function opIdAmong(head: MsgHdrs | undefined): string | undefined {
  const values = head?.values(OP_ID_HEADER, Match.IgnoreCase) ?? [];
  if (values.length > 1)
    throw new BadInputError(`There are ${values.length} ${OP_ID_HEADER} headers: send one, or none.`);
  return values[0];
}

/** A header ends with its line, and some of what reads them stops at any control character. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim();
}

/** What a member says of itself, where it is asked by its id. */
export function statusReply(status: MemberStatus): Reply {
  return { payload: Buffer.from(JSON.stringify(status)), ifTooLarge: unavailable };
}

function unavailable(bytesMax: number): Reply {
  const code = 413;
  const error = `The status of this member does not fit in the ${bytesMax} bytes that NATS carries: raise max_payload of the NATS servers.`;
  return {
    payload: Buffer.from(JSON.stringify({ code, error })),
    headers: headersOf({ outcome: 'unavailable', code, error }),
    ifTooLarge: () => ({ payload: new Uint8Array(0), headers: headersOf({ outcome: 'unavailable', code }) }),
  };
}
