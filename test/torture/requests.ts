import { ErrorCode, headers, type Msg, type NatsConnection, NatsError } from 'nats';
import type { ReadOutcome, Seen, WriteOutcome } from '../simulation/history/history.ts';
import { type Proposed, seenIn } from './proposals.ts';

export interface Answer {
  readonly outcome: string;
  readonly seen?: Seen;
}

/** Nobody can tell what became of it: no answer in time. */
const SILENCE: Answer = { outcome: 'silence' };
/** NATS' own word that nobody takes such requests: nothing was started. */
const NOBODY: Answer = { outcome: 'refused' };

/** Whoever knows nothing but NATS and the contract asks this way. */
export async function writeBySubject(nats: NatsConnection, name: string, write: Proposed, timeout: number) {
  const head = headers();
  head.set('Register-Op-Id', write.proposal.opId);
  return answerIn(await ask(nats, `register.write.${name}`, JSON.stringify(write.text), timeout, head));
}

export async function readBySubject(nats: NatsConnection, name: string, timeout: number): Promise<Answer> {
  return answerIn(await ask(nats, `register.read.${name}`, '', timeout));
}

/** One request for many registers. @returns an answer for each, in the same order. */
export async function writeBatch(
  nats: NatsConnection,
  writes: readonly (Proposed & { name: string })[],
  timeout: number,
) {
  const body = writes.map(({ name, proposal, text }) => ({ register: name, value: text, opId: proposal.opId }));
  return entriesIn(await ask(nats, 'register.write', JSON.stringify(body), timeout), writes.length);
}

export async function readBatch(nats: NatsConnection, names: readonly string[], timeout: number): Promise<Answer[]> {
  const body = names.map((register) => ({ register }));
  return entriesIn(await ask(nats, 'register.read', JSON.stringify(body), timeout), names.length);
}

const WRITE_OUTCOMES: ReadonlySet<string> = new Set<WriteOutcome>(['won', 'lost', 'refused']);
const READ_OUTCOMES: ReadonlySet<string> = new Set<ReadOutcome>(['decided', 'empty', 'refused']);

/** Whatever is not plainly an outcome that settles something settles nothing. */
export function writeOutcome({ outcome }: Answer): WriteOutcome {
  return WRITE_OUTCOMES.has(outcome) ? (outcome as WriteOutcome) : 'unknown';
}

export function readOutcome({ outcome }: Answer): ReadOutcome {
  return READ_OUTCOMES.has(outcome) ? (outcome as ReadOutcome) : 'unavailable';
}

async function ask(
  nats: NatsConnection,
  subject: string,
  body: string,
  timeout: number,
  head = headers(),
): Promise<Msg | Answer> {
  try {
    return await nats.request(subject, body, { timeout, headers: head });
  } catch (error) {
    // No answer, or not connected: in both cases the request may be on its way all the same.
    return error instanceof NatsError && error.code === ErrorCode.NoResponders ? NOBODY : SILENCE;
  }
}

const HOLDS_VALUE: ReadonlySet<string> = new Set(['won', 'lost', 'decided']);

function answerIn(reply: Msg | Answer): Answer {
  if ('outcome' in reply) return reply;
  const outcome = reply.headers?.get('Register-Outcome');
  if (outcome === undefined || outcome === '') return SILENCE;
  // The outcome is said, and the value has no room in the reply: there is nothing to hold against the history.
  if (reply.headers?.get('Nats-Service-Error-Code') === '413' && HOLDS_VALUE.has(outcome)) return SILENCE;
  return HOLDS_VALUE.has(outcome) ? { outcome, seen: seenIn(reply.data) } : { outcome };
}

function entriesIn(reply: Msg | Answer, count: number): Answer[] {
  const isAnswer = 'outcome' in reply || reply.data.length === 0;
  const entries: unknown = isAnswer ? undefined : JSON.parse(reply.string());
  if (!Array.isArray(entries)) return Array.from({ length: count }, () => answerIn(reply));
  return Array.from({ length: count }, (_, index) => entryIn(entries[index]));
}

function entryIn(entry: unknown): Answer {
  if (typeof entry !== 'object' || entry === null || !('outcome' in entry)) return SILENCE;
  const outcome = String(entry.outcome);
  if (!HOLDS_VALUE.has(outcome)) return { outcome };
  if ('valueOmitted' in entry) return SILENCE;
  if ('base64' in entry) return { outcome, seen: seenIn(Buffer.from(String(entry.base64), 'base64')) };
  return { outcome, seen: seenIn(Buffer.from('value' in entry ? JSON.stringify(entry.value) : '')) };
}
