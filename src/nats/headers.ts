import { headers, Match, type MsgHdrs } from 'nats';
import { BadInputError } from '../errors.ts';
import type { ReadResult, WriteResult } from '../outcomes.ts';
import { formatBallot } from '../protocol/ballot.ts';
import { BALLOT_HEADER, ERROR_CODE_HEADER, ERROR_HEADER, OP_ID_HEADER, OUTCOME_HEADER } from './header-names.ts';

/** What went wrong, as in HTTP, and a sentence that says so and what to do. */
export interface Problem {
  readonly code: number;
  readonly error: string;
}

/** The headers of a reply. */
export function replyHeaders(result: WriteResult | ReadResult, problem: Problem | undefined): MsgHdrs {
  const head = headers();
  head.set(OUTCOME_HEADER, result.outcome);
  if ('decision' in result) head.set(BALLOT_HEADER, formatBallot(result.decision.ballot));
  if (problem !== undefined) {
    head.set(ERROR_CODE_HEADER, String(problem.code));
    head.set(ERROR_HEADER, oneLine(problem.error));
  }
  return head;
}

/**
 * The operation id that a request's headers carry, not looked at yet; undefined when there is none. Its name is taken in
 * any case: an id that was overlooked would make the retry lose to its own first try.
 * @throws BadInputError when there are several.
 */
export function opIdIn(head: MsgHdrs | undefined): string | undefined {
  const values = head?.values(OP_ID_HEADER, Match.IgnoreCase) ?? [];
  if (values.length > 1)
    throw new BadInputError(`There are ${values.length} ${OP_ID_HEADER} headers: send one, or none.`);
  return values[0];
}

/** A header ends with its line. */
function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ');
}
