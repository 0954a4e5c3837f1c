import { AnswerTooLargeError, RefusedError, SteleError, WaitTimeoutError } from '../contract/errors.ts';
import type { Connection } from './connection.ts';
import { Lifeline } from './lifeline.ts';
import type { Decided, WaitOptions } from './types.ts';
import { subscribe } from './watch.ts';

/** Long enough for an interest to reach the other NATS servers of a cluster in most cases. */
const PAUSE_MIN_MS = 100;
const PAUSE_MAX_MS = 5_000;

export interface Waited {
  readonly name: string;
  /** Where the decision is published. */
  readonly subject: string;
  /** Reads the register. */
  find(): Promise<Decided | undefined>;
}

/**
 * Waits for a register to be decided. A read alone says that it is; the events, which may get lost, only say when to
 * read. It subscribes before the first read, so that either sees a decision, and reads again now and then, since the
 * servers of a NATS cluster learn of a subscription one after the other.
 */
export async function waitUntilDecided(
  connection: Connection,
  { name, subject, find }: Waited,
  { timeoutMs, signal }: WaitOptions,
): Promise<Decided> {
  signal?.throwIfAborted();
  const bell = new Bell();
  let lastFailure: unknown;
  const look = () =>
    find().catch((error: unknown) => {
      if (!mayPass(error)) throw error;
      lastFailure = error;
      return undefined;
    });
  const subscription = subscribe(connection, subject, { onMessage: () => bell.ring(), onRefused: bell.fail });
  const unfollow = Lifeline.of(connection).follow({ onBack: () => bell.ring(), onClosed: bell.fail });
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => bell.fail(new WaitTimeoutError(name, timeoutMs, lastFailure)), timeoutMs);
  const abort = () => bell.fail(signal?.reason);
  signal?.addEventListener('abort', abort);
  try {
    for (let pauseMs = PAUSE_MIN_MS; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MAX_MS)) {
      bell.quiet();
      const found = await Promise.race([look(), bell.failed]);
      if (found !== undefined) return found;
      await bell.rung(pauseMs * (0.75 + Math.random() / 4));
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    clearTimeout(timer);
    unfollow();
    subscription.unsubscribe();
  }
}

/** Whether a read that failed may do better later, without the caller doing anything. */
function mayPass(error: unknown): boolean {
  if (error instanceof RefusedError) return error.status === 429 || error.status === 503;
  return error instanceof SteleError && !(error instanceof AnswerTooLargeError);
}

/** What wakes a waiter. */
class Bell {
  readonly failed: Promise<never>;
  readonly fail: (error: unknown) => void;
  #hasRung = false;
  #wake: () => void = () => undefined;

  constructor() {
    let reject: (error: unknown) => void = () => undefined;
    this.failed = new Promise<never>((_, no) => {
      reject = no;
    });
    this.fail = reject;
    // It may fail while nobody waits, and after nobody does any more.
    this.failed.catch(() => undefined);
  }

  ring(): void {
    this.#hasRung = true;
    this.#wake();
  }

  quiet(): void {
    this.#hasRung = false;
  }

  /** Resolves once it rings, or has rung since it was quiet, or a while has passed; rejects once it has failed. */
  async rung(atMostMs: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const rung = new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, this.#hasRung ? 0 : atMostMs);
    });
    await Promise.race([rung, this.failed]).finally(() => clearTimeout(timer));
  }
}
