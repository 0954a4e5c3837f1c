import type { Logger } from 'pino';
import type { Access } from './access.ts';
import { diagnose, showFailures } from './dial.ts';

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

  begin(): void {
    this.#timer ??= this.#sayIn(FIRST_WORD_MS);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #sayIn(afterMs: number): NodeJS.Timeout {
    const timer = setTimeout(async () => {
      const failures = await diagnose(this.#access);
      if (this.#timer !== timer) return;
      // With none, the library gets in as well at its next try.
      if (failures.length > 0) {
        const isNobodyThere = failures.every(({ why }) => why.kind === 'absent');
        const what = isNobodyThere ? 'no NATS server answers yet' : 'NATS does not let this member in yet';
        this.#log.warn(`${what}; trying for ever. ${showFailures(failures)}`);
      }
      this.#timer = this.#sayIn(NEXT_WORD_MS);
    }, afterMs);
    return timer;
  }
}
