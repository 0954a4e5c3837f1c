import { expect, test } from 'vitest';
import { reconnectPause } from '../../src/cli/connect/reconnect-pause.ts';

const HOUR_MS = 3_600_000;

/** Tries of one server as the NATS library makes them: one that is due is made, and its time kept; else it asks again soon. */
function tries(count: number, clock: (step: number) => number): number {
  let nowMs = clock(0);
  const pause = reconnectPause(1_000, () => nowMs);
  let lastTryMs = nowMs;
  let made = 0;
  for (let step = 1; step <= count; step += 1) {
    nowMs = clock(step);
    // A pause below 0 is none: it asks again at the same moment.
    for (let wait = -1; wait < 0; ) {
      wait = pause();
      if (lastTryMs + wait > nowMs) continue;
      lastTryMs = nowMs;
      made += 1;
    }
  }
  return made;
}

test('a clock that goes on is left alone: a try a second', () => {
  expect(tries(100, (step) => step * 250)).toBe(25);
});

// Torture, seed 4005: a member whose clock had been set back never came back to NATS.
test('a clock that is set back by an hour does not keep a member from NATS for an hour', () => {
  const clock = (step: number) => (step < 4 ? 2 * HOUR_MS : HOUR_MS) + step * 250;
  const made = tries(40, clock);
  expect(made).toBeGreaterThanOrEqual(9);
  // Nor is it a storm: the pause comes back after a few tries.
  expect(made).toBeLessThan(20);
});
