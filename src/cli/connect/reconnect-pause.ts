/** For how many tries in a row a step back is made up for: one for each server of a NATS cluster, and some to spare. */
const TRIES = 8;

/**
 * The pause before a try to reconnect, for the NATS library, which compares it with the wall clock's time since the last
 * try: after the clock was set back by an hour it would not try for an hour. So after a step back the next tries are due at once.
 * @param now the wall clock, in milliseconds.
 */
export function reconnectPause(pauseMs: number, now: () => number = Date.now): () => number {
  let lastMs = now();
  let stepBackMs = 0;
  let triesLeft = 0;
  return () => {
    const nowMs = now();
    if (nowMs < lastMs) {
      stepBackMs = Math.max(stepBackMs, lastMs - nowMs);
      triesLeft = TRIES;
    }
    lastMs = nowMs;
    if (triesLeft > 0) {
      triesLeft -= 1;
      return -stepBackMs;
    }
    stepBackMs = 0;
    return pauseMs;
  };
}
