import { Match, type MsgHdrs, type ServiceMsg } from 'nats';
import { BadInputError } from '../errors.ts';
import type { ReadResult, WriteResult } from '../outcomes.ts';
import { type Ballot, formatBallot, sameBallot } from '../protocol/ballot.ts';
import { BALLOT_HEADER, ERROR_CODE_HEADER, ERROR_HEADER, OP_ID_HEADER, OUTCOME_HEADER } from './header-names.ts';
import { problemOf } from './problems.ts';
import { headerBytesOf, readyHeaders } from './ready-headers.ts';

/** The headers of a reply. Of one that carries a decision, they say nothing but its outcome and its ballot. */
export function replyHeaders(result: WriteResult | ReadResult, opId: string | undefined): MsgHdrs {
  if (!('decision' in result)) return readyHeaders(outcomeLine(result) + problemLines(result, opId));
  const { outcome, decision } = result;
  const { ballot } = decision;
  const known = kept.find((one) => one.outcome === outcome && sameBallot(one.ballot, ballot));
  if (known !== undefined) return known.headers;
  const ballotLine = `${BALLOT_HEADER}: ${formatBallot(ballot)}\r\n`;
  const headers = readyHeaders(outcomeLine(result) + ballotLine + problemLines(result, undefined));
  kept.unshift({ outcome, ballot, headers });
  kept.length = Math.min(kept.length, KEPT_MAX);
  return headers;
}

/** Few members open nearly all registers, each at one ballot a life: most replies have the headers of an earlier one. */
const kept: { readonly outcome: string; readonly ballot: Ballot; readonly headers: MsgHdrs }[] = [];
const KEPT_MAX = 16;

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

function outcomeLine({ outcome }: WriteResult | ReadResult): string {
  return `${OUTCOME_HEADER}: ${outcome}\r\n`;
}

function problemLines(result: WriteResult | ReadResult, opId: string | undefined): string {
  const problem = problemOf(result, opId);
  if (problem === undefined) return '';
  return `${ERROR_CODE_HEADER}: ${problem.code}\r\n${ERROR_HEADER}: ${oneLine(problem.error)}\r\n`;
}

/** A header ends with its line. */
function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').trim();
}
