import { Match, type MsgHdrs, type ServiceMsg } from 'nats';
import { BadInputError } from '../contract/errors.ts';
import {
  BALLOT_HEADER,
  ERROR_CODE_HEADER,
  ERROR_HEADER,
  OP_ID_HEADER,
  OUTCOME_HEADER,
} from '../contract/header-names.ts';
import type { ReadResult, WriteResult } from '../contract/outcomes.ts';
import { headerBytesOf, readyHeaders } from '../contract/ready-headers.ts';
import { formatBallot } from '../protocol/ballot.ts';
import type { Decision } from '../protocol/register.ts';
import { type Problem, problemOf } from './problems.ts';

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
