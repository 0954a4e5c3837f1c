import { problemWithServer } from '../contract/fitness.ts';
import { ERROR_CODE_HEADER, ERROR_HEADER, OUTCOME_HEADER } from '../contract/header-names.ts';
import { deniedBy, natsFaultOf } from '../contract/nats-errors.ts';
import type { Connection, Message, MessageHeaders } from './connection.ts';

/** What one try of an operation came to. */
export type Attempt =
  /** The operation is settled. */
  | { readonly type: 'answered'; readonly outcome: string; readonly reply: Message }
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

export interface AttemptOptions {
  readonly timeoutMs: number;
  readonly headers?: MessageHeaders;
}

const SETTLED: ReadonlySet<string> = new Set(['won', 'lost', 'decided', 'empty']);
/** The service says these of the moment, and all others of the request. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([429, 503]);

/** Sends requests of the subject form, and says what came of each. */
export class Requester {
  readonly #connection: Connection;
  /** Whether something else answers the service's subjects as well, as a JetStream stream that captures them does. */
  #hasCompany = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Tries once. It never rejects. */
  async attempt(subject: string, payload: Uint8Array, { timeoutMs, headers }: AttemptOptions): Promise<Attempt> {
    const lack = problemWithServer(this.#connection.info);
    if (lack !== undefined) return { type: 'not-started', status: 503, failure: { reason: lack, passing: false } };
    const more = headers === undefined ? {} : { headers };
    try {
      if (this.#hasCompany) return await this.#firstOfService(subject, payload, { maxWait: timeoutMs, ...more });
      const reply = await this.#connection.request(subject, payload, { timeout: timeoutMs, ...more });
      if (isOfService(reply)) return ofReply(reply);
      // A plain request ends with its first reply, whoever sent it. The next try listens on.
      this.#hasCompany = true;
      return inDoubt(strangerSentence(reply), true);
    } catch (error) {
      return ofError(error);
    }
  }

  /** Waits for a reply of the service's own, however many others come before it. */
  async #firstOfService(
    subject: string,
    payload: Uint8Array,
    options: { readonly maxWait: number; readonly headers?: MessageHeaders },
  ): Promise<Attempt> {
    let stranger: Message | undefined;
    for await (const reply of await this.#connection.requestMany(subject, payload, options)) {
      if (isOfService(reply)) return ofReply(reply);
      stranger = reply;
    }
    return inDoubt(stranger === undefined ? NO_ANSWER : strangerSentence(stranger), true);
  }
}

const NO_ANSWER = 'There was no answer in time.';

function isOfService({ headers }: Message): boolean {
  return headers !== undefined && (headers.get(OUTCOME_HEADER) !== '' || headers.get(ERROR_CODE_HEADER) !== '');
}

/** Whether the service knows the outcome, and NATS does not carry the value that belongs to it. */
export function isTooLarge({ headers }: Message): boolean {
  return headers?.get(ERROR_CODE_HEADER) === '413';
}

function ofReply(reply: Message): Attempt {
  const outcome = reply.headers?.get(OUTCOME_HEADER) ?? '';
  // The register is decided. The service does not say so to those who would take no bytes for its value.
  if (outcome === 'unavailable' && isTooLarge(reply)) return { type: 'answered', outcome: 'decided', reply };
  if (SETTLED.has(outcome)) return { type: 'answered', outcome, reply };
  const reason = reply.headers?.get(ERROR_HEADER) || 'The service did not say why.';
  if (outcome !== 'refused') return inDoubt(reason, true);
  const status = Number(reply.headers?.get(ERROR_CODE_HEADER)) || 503;
  return { type: 'not-started', status, failure: { reason, passing: PASSING_STATUSES.has(status) } };
}

/** Says who answered in place of the service. */
function strangerSentence({ data }: Message): string {
  const stream = streamOf(data);
  if (stream === undefined) return 'What answered is not the register service.';
  return `Only the JetStream stream ${JSON.stringify(stream)} answered, and not the register service: the stream captures the subjects of requests. Let it capture none but those of decisions (<prefix>.decided.>).`;
}

/** The stream that an acknowledgement of JetStream names; undefined for anything else. */
function streamOf(data: Uint8Array): string | undefined {
  try {
    const { stream } = JSON.parse(new TextDecoder().decode(data)) as { stream?: unknown };
    return typeof stream === 'string' ? stream : undefined;
  } catch {
    return undefined;
  }
}

function inDoubt(reason: string, passing: boolean, cause?: unknown): Attempt {
  return { type: 'in-doubt', failure: { reason, passing, cause } };
}

function ofError(cause: unknown): Attempt {
  const notStarted = (status: number, reason: string, passing = false): Attempt => ({
    type: 'not-started',
    status,
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
      return inDoubt(NO_ANSWER, true, cause);
    case 'permissions':
      return deniedBy(cause)?.operation === 'publish'
        ? notStarted(403, 'NATS does not permit this connection to publish on the subject of this operation.')
        : inDoubt(
            'NATS does not permit this connection to subscribe to its own inbox, where answers arrive.',
            false,
            cause,
          );
    case 'payload-too-large':
      return notStarted(413, 'The value is larger than the NATS server takes.');
    case 'closed':
      return notStarted(503, 'The connection to NATS is closed: connect again.');
    default:
      return inDoubt(`The request failed: ${cause instanceof Error ? cause.message : String(cause)}.`, false, cause);
  }
}
