import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '../exit-codes.ts';
import { type Child, type ChildExit, howItEnded, startChild } from './child.ts';

const RESTART_PAUSE_MS = 1_000;
/** What a process ends with when it would end so again. */
const HOPELESS: readonly number[] = [EXIT.badInput, EXIT.storeRefused, EXIT.driverMissing];

/** A process that is started again when it dies, until it is stopped or says itself that starting it again is no use. */
export interface Supervised {
  readonly name: string;
  /** Of the process that runs now, or ran last. */
  readonly pid: number | undefined;
  /** How it ended for good, before anybody asked it to. */
  readonly givenUp: ChildExit | undefined;
  stop(graceMs: number): Promise<void>;
  kill(): void;
}

/** @param tell is given what the process prints and what becomes of it, line by line. */
export function supervise(name: string, args: readonly string[], tell: (line: string) => void): Supervised {
  const stopping = new AbortController();
  let givenUp: ChildExit | undefined;
  let child: Child = startChild(args, tell);
  const finished = (async () => {
    for (;;) {
      const exit = await child.exit;
      if (stopping.signal.aborted) return;
      if (exit.code !== null && HOPELESS.includes(exit.code)) {
        givenUp = exit;
        tell(`it ${howItEnded(exit)}, and is not started again: that would not help`);
        return;
      }
      tell(`it ${howItEnded(exit)}; it is started again in a second`);
      await sleep(RESTART_PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      child = startChild(args, tell);
      tell(`it is process ${child.pid} now`);
    }
  })();
  return {
    name,
    get pid() {
      return child.pid;
    },
    get givenUp() {
      return givenUp;
    },
    kill: () => {
      stopping.abort();
      child.kill();
    },
    stop: async (graceMs) => {
      stopping.abort();
      await child.stop(graceMs);
      await finished;
    },
  };
}
