import type { Clock } from '../ports.ts';

/** This process's own clock: monotonic, so that a change of the wall clock changes no time-out. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (handle) => clearTimeout(handle),
};
