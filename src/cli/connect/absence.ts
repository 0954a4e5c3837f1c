import type { Logger } from 'pino';
import type { Access } from './access.ts';
import { diagnose, type Failure, showFailures } from './dial.ts';

/** A server that was only restarted is back within this time, and needs no words. */
const FIRST_WORD_MS = 2_000;
const NEXT_WORD_MS = 30_000;

/**
 * Says why there is no connection to NATS, now and then, for as long as there is none. The NATS library goes on trying and
 * says nothing of what it meets, so this tries each server too.
 */
export class Absence {
  readonly #log: Logger;
  readonly #access: Access;
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Logger, access: Access) {
    this.#log = log;
    this.#access = access;
  }

  /** @param isFirst whether there has been no connection yet. */
  begin(isFirst: boolean): void {
    this.#timer ??= this.#sayIn(FIRST_WORD_MS, isFirst);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #sayIn(afterMs: number, isFirst: boolean): NodeJS.Timeout {
    const timer = setTimeout(async () => {
      const failures = await diagnose(this.#access);
      if (this.#timer !== timer) return;
      // With none, the library gets in as well at its next try.
      if (failures.length > 0) {
        const what = isFirst ? whatKeepsOut(failures) : 'still without NATS';
        this.#log.warn(`${what}; trying for ever. ${showFailures(failures)}`);
      }
      this.#timer = this.#sayIn(NEXT_WORD_MS, isFirst);
    }, afterMs);
    return timer;
  }
}

function whatKeepsOut(failures: readonly Failure[]): string {
  const kinds = failures.map(({ why }) => why.kind);
  if (kinds.includes('turned-away')) return 'NATS does not accept the credentials of this member yet';
  return kinds.includes('unsafe') ? 'NATS does not let this member in yet' : 'no NATS server answers yet';
}
