import { randomUUID } from 'node:crypto';
import { AnswerTooLargeError, BadInputError, UnavailableError, UnknownOutcomeError } from '../contract/errors.ts';
import { BALLOT_HEADER, ERROR_HEADER, OP_ID_HEADER } from '../contract/header-names.ts';
import { problemWithName, problemWithOpId } from '../contract/names.ts';
import { readyHeaders } from '../contract/ready-headers.ts';
import { subjectsOf } from '../contract/subjects.ts';
import { isTooLarge, Requester } from './attempt.ts';
import type { Connection, Message } from './connection.ts';
import { settle } from './settle.ts';
import type { Decided, Registers, RegistersOptions } from './types.ts';
import { bytesOfValue, EXACT_JSON, valueOfBytes } from './values.ts';
import { waitUntilDecided } from './wait.ts';
import { startWatch } from './watch.ts';

export type { Connection } from './connection.ts';
export type * from './types.ts';

const TIMEOUT_MS = 5_000;
const TRY_TIMEOUT_MS = 1_000;
/** What a timer can count; past it, it fires at once. */
const DURATION_MS_MAX = 2_147_483_647;
const NOTHING = new Uint8Array(0);

/**
 * Registers over a NATS connection, which stays the caller's. It speaks the subject form alone, so that NATS permissions
 * can say who writes and reads what.
 * @throws BadInputError for a prefix or a timeout that cannot be one.
 * @example
 * const registers = createRegisters(await connect({ servers: 'nats://127.0.0.1:4222' }));
 * const { outcome } = await registers.write('orders.17', { owner: 'alice' });
 */
export function createRegisters(connection: Connection, options: RegistersOptions = {}): Registers {
  const { prefix, timeoutMs = TIMEOUT_MS, tryTimeoutMs = TRY_TIMEOUT_MS, codec = EXACT_JSON } = options;
  const subjects = subjectsOf(prefix);
  assertConnection(connection);
  assertDuration('timeoutMs', timeoutMs);
  assertDuration('tryTimeoutMs', tryTimeoutMs);
  const requester = new Requester(connection);
  const decode = (bytes: Uint8Array) => valueOfBytes(codec, bytes);
  const decidedBy = (name: string, { headers }: Message, bytes: Uint8Array): Decided => ({
    name,
    value: decode(bytes),
    bytes,
    ballot: headers?.get(BALLOT_HEADER) ?? '',
    winner: headers?.get(OP_ID_HEADER) ?? '',
  });

  async function find(name: string): Promise<Decided | undefined> {
    assertFine(problemWithName(name));
    const subject = subjects.readOf(name);
    const { outcome, reply } = await settle((timeoutMs) => requester.attempt(subject, NOTHING, { timeoutMs }), {
      timeoutMs,
      tryTimeoutMs,
      hasEffects: false,
      notStarted: `Register ${name} was not read`,
      inDoubt: (reason, cause) =>
        new UnavailableError(`Register ${name} could not be read: ${reason} Reading again is safe.`, cause),
    });
    if (outcome === 'empty') return undefined;
    if (isTooLarge(reply)) throw answerTooLarge('decided', name, reply);
    return decidedBy(name, reply, new Uint8Array(reply.data));
  }

  return {
    async write(name, value, { opId = randomUUID() } = {}) {
      assertFine(problemWithName(name));
      assertFine(problemWithOpId(opId));
      const payload = bytesOfValue(codec, value);
      const subject = subjects.writeOf(name);
      // The id is printable, so it cannot end its line.
      const headers = readyHeaders(`${OP_ID_HEADER}: ${opId}\r\n`);
      const { outcome, reply } = await settle(
        (timeoutMs) => requester.attempt(subject, payload, { timeoutMs, headers }),
        {
          timeoutMs,
          tryTimeoutMs,
          hasEffects: true,
          notStarted: `Register ${name} was not written`,
          inDoubt: (reason, cause) => unknownOutcome(name, opId, reason, cause),
        },
      );
      if (outcome === 'won') {
        // What won is this very value, also where the reply had no room for it.
        return { outcome, ...decidedBy(name, reply, payload), winner: opId, opId };
      }
      if (isTooLarge(reply)) throw answerTooLarge('lost', name, reply);
      return { outcome: 'lost', ...decidedBy(name, reply, new Uint8Array(reply.data)), opId };
    },
    async read(name) {
      return (await find(name))?.value;
    },
    async readBytes(name) {
      return (await find(name))?.bytes;
    },
    find,
    async waitFor(name, waitOptions = {}) {
      assertFine(problemWithName(name));
      if (waitOptions.timeoutMs !== undefined) assertDuration('timeoutMs', waitOptions.timeoutMs);
      const waited = { name, subject: subjects.decidedOf(name), find: () => find(name) };
      return await waitUntilDecided(connection, waited, waitOptions);
    },
    watch: (pattern = '>') => startWatch(connection, subjects, pattern, decode),
  };
}

function answerTooLarge(outcome: 'lost' | 'decided', name: string, { headers }: Message): AnswerTooLargeError {
  const what =
    outcome === 'lost' ? `Register ${name} was not written: it already has a value` : `Register ${name} has a value`;
  return new AnswerTooLargeError(
    outcome,
    headers?.get(OP_ID_HEADER) ?? '',
    `${what}, which is too large to be sent here. ${headers?.get(ERROR_HEADER) ?? ''}`.trim(),
  );
}

function unknownOutcome(name: string, opId: string, reason: string, cause: unknown): UnknownOutcomeError {
  return new UnknownOutcomeError(
    opId,
    `Nobody knows yet whether the write of register ${name} took effect: ${reason} It may or may not. Write the same value again with { opId: ${JSON.stringify(opId)} } to settle it.`,
    cause,
  );
}

function assertFine(problem: string | undefined): void {
  if (problem !== undefined) throw new BadInputError(`${problem} Nothing was sent.`);
}

function assertConnection(connection: Partial<Connection> | undefined): void {
  if (typeof connection?.request === 'function') return;
  throw new BadInputError(
    'What createRegisters was given is no connection to NATS: give it what connect() of the package nats resolves to.',
  );
}

function assertDuration(option: string, durationMs: number): void {
  if (Number.isSafeInteger(durationMs) && durationMs >= 1 && durationMs <= DURATION_MS_MAX) return;
  throw new BadInputError(
    `The option ${option} is ${String(durationMs)}: give it a whole number of milliseconds from 1 to ${DURATION_MS_MAX}.`,
  );
}
