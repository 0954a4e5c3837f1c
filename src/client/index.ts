import { randomUUID } from 'node:crypto';
import { headers, type NatsConnection } from 'nats';
import { BadInputError, UnavailableError, UnknownOutcomeError } from '../errors.ts';
import { problemWithName, problemWithOpId } from '../names.ts';
import { BALLOT_HEADER, OP_ID_HEADER } from '../nats/header-names.ts';
import { subjectsOf } from '../nats/subjects.ts';
import { attempt } from './attempt.ts';
import { settle } from './settle.ts';
import type { Registers, RegistersOptions } from './types.ts';
import { bytesOfValue, valueOfBytes } from './values.ts';
import { startWatch } from './watch.ts';

export type * from './types.ts';

const TIMEOUT_MS = 5_000;
const TRY_TIMEOUT_MS = 1_000;
const NOTHING = new Uint8Array(0);

/**
 * Registers over a NATS connection, which stays the caller's. It speaks the subject form alone, so that NATS permissions
 * can say who writes and reads what.
 * @throws BadInputError for a prefix or a timeout that cannot be one.
 * @example
 * const registers = createRegisters(await connect({ servers: 'nats://127.0.0.1:4222' }));
 * const { outcome } = await registers.write('orders.17', { owner: 'alice' });
 */
export function createRegisters(connection: NatsConnection, options: RegistersOptions = {}): Registers {
  const { prefix, timeoutMs = TIMEOUT_MS, tryTimeoutMs = TRY_TIMEOUT_MS } = options;
  const subjects = subjectsOf(prefix);
  assertDuration('timeoutMs', timeoutMs);
  assertDuration('tryTimeoutMs', tryTimeoutMs);

  async function readBytes(name: string): Promise<Uint8Array | undefined> {
    assertFine(problemWithName(name));
    const { outcome, reply } = await settle(
      (timeout) => attempt(connection, subjects.readOf(name), NOTHING, { timeout }),
      {
        timeoutMs,
        tryTimeoutMs,
        hasEffects: false,
        notStarted: `Register ${name} was not read`,
        inDoubt: (reason, cause) =>
          new UnavailableError(`Register ${name} could not be read: ${reason} Reading again is safe.`, cause),
      },
    );
    return outcome === 'empty' ? undefined : new Uint8Array(reply.data);
  }

  return {
    async write(name, value, { opId = randomUUID() } = {}) {
      assertFine(problemWithName(name));
      assertFine(problemWithOpId(opId));
      const payload = bytesOfValue(value);
      const { outcome, reply } = await settle(
        (timeout) => {
          const head = headers();
          head.set(OP_ID_HEADER, opId);
          return attempt(connection, subjects.writeOf(name), payload, { timeout, headers: head });
        },
        {
          timeoutMs,
          tryTimeoutMs,
          hasEffects: true,
          notStarted: `Register ${name} was not written`,
          inDoubt: (reason, cause) => unknownOutcome(name, opId, reason, cause),
        },
      );
      // Of a write that won it is the value that was sent, which a reply may have no room for.
      const bytes = outcome === 'won' ? payload : new Uint8Array(reply.data);
      return {
        outcome: outcome === 'won' ? 'won' : 'lost',
        name,
        value: valueOfBytes(bytes),
        bytes,
        ballot: reply.headers?.get(BALLOT_HEADER) ?? '',
        opId,
      };
    },
    async read(name) {
      const bytes = await readBytes(name);
      return bytes === undefined ? undefined : valueOfBytes(bytes);
    },
    readBytes,
    watch: (pattern = '>') => startWatch(connection, subjects, pattern),
  };
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

/** What a timer can count; past it, it fires at once. */
const DURATION_MS_MAX = 2_147_483_647;

function assertDuration(option: string, durationMs: number): void {
  if (Number.isSafeInteger(durationMs) && durationMs >= 1 && durationMs <= DURATION_MS_MAX) return;
  throw new BadInputError(
    `The option ${option} is ${String(durationMs)}: give it a whole number of milliseconds from 1 to ${DURATION_MS_MAX}.`,
  );
}
