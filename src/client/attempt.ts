import type { Msg, MsgHdrs, NatsConnection } from 'nats';
import { problemWithServer } from '../nats/fitness.ts';
import { ERROR_CODE_HEADER, ERROR_HEADER, OUTCOME_HEADER } from '../nats/header-names.ts';
import { deniedBy, natsFaultOf } from '../nats/nats-errors.ts';

/** What one try of an operation came to. */
export type Attempt =
  /** The operation is settled. */
  | { readonly type: 'answered'; readonly outcome: string; readonly reply: Msg }
  /** This try started nothing. */
  | { readonly type: 'not-started'; readonly status: number; readonly failure: Failure }
  /** This try may have started it, and nobody has said how it ended. */
  | { readonly type: 'in-doubt'; readonly failure: Failure };

export interface Failure {
  /** A sentence. */
  readonly reason: string;
  /** Whether another try may do better. */
  readonly passing: boolean;
  readonly cause?: unknown;
}

const SETTLED: ReadonlySet<string> = new Set(['won', 'lost', 'decided', 'empty']);
/** The service says these of the moment, and all others of the request. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([429, 503]);

const VALUE_TOO_LARGE = 413;

/** Sends one request of the subject form and says what came of it. It never rejects. */
export async function attempt(
  connection: NatsConnection,
  subject: string,
  payload: Uint8Array,
  options: { readonly timeout: number; readonly headers?: MsgHdrs },
): Promise<Attempt> {
  const lack = problemWithServer(connection.info);
  if (lack !== undefined) return { type: 'not-started', status: 503, failure: { reason: lack, passing: false } };
  try {
    return ofReply(await connection.request(subject, payload, options));
  } catch (error) {
    return ofError(error);
  }
}

function ofReply(reply: Msg): Attempt {
  const outcome = reply.headers?.get(OUTCOME_HEADER) ?? '';
  const reason = reply.headers?.get(ERROR_HEADER) || 'What answered is not the register service.';
  if (hasNoRoomForValue(reply)) {
    // It will not be other with another try: whoever sent no value does not have it, and whoever lost never takes effect.
    if (outcome === 'lost')
      return { type: 'not-started', status: VALUE_TOO_LARGE, failure: { reason, passing: false } };
    if (outcome === 'unavailable') return { type: 'in-doubt', failure: { reason, passing: false } };
  }
  if (SETTLED.has(outcome)) return { type: 'answered', outcome, reply };
  if (outcome !== 'refused') return { type: 'in-doubt', failure: { reason, passing: true } };
  const status = Number(reply.headers?.get(ERROR_CODE_HEADER)) || 503;
  return { type: 'not-started', status, failure: { reason, passing: PASSING_STATUSES.has(status) } };
}

/** Whether the outcome is known, and the value that the reply should carry is larger than NATS carries. */
function hasNoRoomForValue(reply: Msg): boolean {
  return Number(reply.headers?.get(ERROR_CODE_HEADER)) === VALUE_TOO_LARGE;
}

function ofError(cause: unknown): Attempt {
  const notStarted = (status: number, reason: string, passing = false): Attempt => ({
    type: 'not-started',
    status,
    failure: { reason, passing, cause },
  });
  const inDoubt = (reason: string, passing = false): Attempt => ({
    type: 'in-doubt',
    failure: { reason, passing, cause },
  });
  switch (natsFaultOf(cause)) {
    case 'no-responders':
      return notStarted(
        503,
        'Nobody serves registers on this NATS server: no member is up, or the prefix differs.',
        true,
      );
    case 'timeout':
      return inDoubt('There was no answer in time.', true);
    case 'permissions':
      return deniedBy(cause)?.operation === 'publish'
        ? notStarted(403, 'NATS does not permit this connection to publish on the subject of this operation.')
        : inDoubt('NATS does not permit this connection to subscribe to its own inbox, where answers arrive.');
    case 'payload-too-large':
      return notStarted(413, 'The value is larger than the NATS server takes.');
    case 'closed':
      return notStarted(503, 'The connection to NATS is closed: connect again.');
    default:
      return inDoubt(`The request failed: ${cause instanceof Error ? cause.message : String(cause)}.`);
  }
}
