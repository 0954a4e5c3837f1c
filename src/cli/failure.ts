import {
  AnswerTooLargeError,
  BadInputError,
  DriverMissingError,
  NatsUnfitError,
  NoStoreError,
  NotAdmittedError,
  PrefixTakenError,
  RefusedError,
  ServiceStoppedError,
  SteleError,
  StoreCorruptError,
  StoreExistsError,
  StoreLockedError,
  StoreVersionError,
  UnavailableError,
  UnknownOutcomeError,
} from '../contract/errors.ts';
import { NatsTurnedAwayError, NatsUnreachableError } from './connect/connection.ts';
import { EXIT } from './exit-codes.ts';
import { foreseen } from './foreseen.ts';
import { say, writeOut } from './output.ts';

const STORE_REFUSALS = [
  NoStoreError,
  StoreExistsError,
  StoreLockedError,
  StoreVersionError,
  StoreCorruptError,
  NotAdmittedError,
  PrefixTakenError,
];

/** NATS is away, or will not have us as we are. */
const NATS_REFUSALS = [NatsUnreachableError, NatsTurnedAwayError, NatsUnfitError, ServiceStoppedError];

/** Which exit code a failure stands for; `ifOther` for one that is none of the foreseen. */
export function exitCodeOf(failure: unknown, ifOther: number): number {
  const error = foreseen(failure);
  if (error instanceof BadInputError) return EXIT.badInput;
  if (error instanceof RefusedError)
    return error.status === 400 || error.status === 413 ? EXIT.badInput : EXIT.unavailable;
  if (error instanceof UnknownOutcomeError || error instanceof UnavailableError) return EXIT.unavailable;
  if (error instanceof AnswerTooLargeError) return error.outcome === 'lost' ? EXIT.otherwise : EXIT.unavailable;
  if (NATS_REFUSALS.some((refusal) => error instanceof refusal)) return EXIT.unavailable;
  if (error instanceof DriverMissingError) return EXIT.driverMissing;
  return STORE_REFUSALS.some((refusal) => error instanceof refusal) ? EXIT.storeRefused : ifOther;
}

/** A failure as `--json` prints it: the outcomes and codes of the service, and a stable `reason`. */
function failureAsJson(error: unknown): Record<string, unknown> {
  const reason = error instanceof SteleError ? error.code : 'STELE_UNEXPECTED';
  const rest = { error: sentenceOf(error), reason };
  if (error instanceof UnknownOutcomeError) return { outcome: 'unknown', code: 504, ...rest, opId: error.opId };
  if (error instanceof UnavailableError) return { outcome: 'unavailable', code: 504, ...rest };
  if (error instanceof AnswerTooLargeError) return { outcome: error.outcome, code: 413, ...rest, winner: error.winner };
  if (error instanceof RefusedError) return { outcome: 'refused', code: error.status, ...rest };
  if (error instanceof BadInputError) return { outcome: 'refused', code: 400, ...rest };
  if (error instanceof StoreExistsError) return { outcome: 'refused', code: 409, ...rest };
  if (error instanceof NatsTurnedAwayError) return { outcome: 'refused', code: 403, ...rest };
  if (NATS_REFUSALS.some((refusal) => error instanceof refusal)) return { outcome: 'refused', code: 503, ...rest };
  return { outcome: 'failed', code: 500, ...rest };
}

/**
 * Tells the user what went wrong: a sentence on standard error, with `json` also an object on standard output.
 * `STELE_DEBUG` adds the stack traces.
 * @returns the exit code.
 */
export async function reportFailure(failure: unknown, { json, ifOther }: { json: boolean; ifOther: number }) {
  const error = foreseen(failure);
  say(`stele: ${sentenceOf(error)}`);
  if (error instanceof UnknownOutcomeError) say(`The same command with --op-id '${error.opId}' settles it.`);
  if (process.env.STELE_DEBUG !== undefined) say(stacksOf(error));
  if (json) await writeOut(`${JSON.stringify(failureAsJson(error))}\n`);
  return exitCodeOf(error, ifOther);
}

export function sentenceOf(failure: unknown): string {
  const error = foreseen(failure);
  if (error instanceof SteleError) return error.message;
  const text = error instanceof Error ? error.message : String(error);
  return `Something unforeseen went wrong: ${text} (Set STELE_DEBUG=1 to see where.)`;
}

function stacksOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = error.stack ?? error.message;
  return error.cause === undefined ? stack : `${stack}\ncaused by ${stacksOf(error.cause)}`;
}
