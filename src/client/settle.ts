import { setTimeout as sleep } from 'node:timers/promises';
import { RefusedError, type SteleError } from '../contract/errors.ts';
import type { Attempt } from './attempt.ts';
import type { Message } from './connection.ts';

export interface SettleOptions {
  readonly timeoutMs: number;
  readonly tryTimeoutMs: number;
  /** Whether it matters that a try without an answer may have been carried out. */
  readonly hasEffects: boolean;
  /** What it means that no try has started it: the beginning of a sentence. */
  readonly notStarted: string;
  /** What to throw when no try was answered for certain. */
  readonly inDoubt: (reason: string, cause: unknown) => SteleError;
}

const PAUSE_MIN_MS = 25;
const PAUSE_MAX_MS = 500;
/** A try with less time than this would only turn what is known not to have started into what nobody knows. */
const TRY_MIN_MS = 100;

/**
 * Tries an operation until it is settled, time is up, or another try could do no better. Every try must be one and the
 * same operation.
 * @throws RefusedError when no try has started it; what `inDoubt` gives when one may have.
 */
export async function settle(
  tryOnce: (timeoutMs: number) => Promise<Attempt>,
  { timeoutMs, tryTimeoutMs, hasEffects, notStarted, inDoubt }: SettleOptions,
): Promise<{ readonly outcome: string; readonly reply: Message }> {
  const deadlineMs = performance.now() + timeoutMs;
  let doubtful = false;
  for (let tries = 1; ; tries += 1) {
    const attempt = await tryOnce(Math.max(1, Math.min(tryTimeoutMs, deadlineMs - performance.now())));
    if (attempt.type === 'answered') return attempt;
    doubtful ||= attempt.type === 'in-doubt';
    const { reason, passing, cause } = attempt.failure;
    const pauseMs = jitteredPauseMs(tries);
    if (passing && performance.now() + pauseMs + TRY_MIN_MS < deadlineMs) {
      await sleep(pauseMs);
      continue;
    }
    // A try that was refused for good says all about a read, and nothing about an earlier try of a write.
    if (attempt.type === 'not-started' && !(doubtful && (hasEffects || passing))) {
      throw new RefusedError(attempt.status, `${notStarted}: ${reason}`, cause);
    }
    throw inDoubt(reason, cause);
  }
}

/** It doubles with every try, and no two clients that failed together come back together. */
function jitteredPauseMs(tries: number): number {
  const longestMs = Math.min(PAUSE_MAX_MS, PAUSE_MIN_MS * 2 ** Math.min(tries, 10));
  return PAUSE_MIN_MS + Math.random() * (longestMs - PAUSE_MIN_MS);
}
