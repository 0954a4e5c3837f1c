import { expect, test } from 'vitest';
import { createActor } from 'xstate';
import { type InChargeEvent, inChargeMachine } from '../../src/machines/in-charge.ts';

/** What the machine says of taking writes, as it hears events. */
function takes(isHome: boolean, events: readonly InChargeEvent['type'][]): boolean[] {
  const told: boolean[] = [];
  const actor = createActor(inChargeMachine, { input: { isHome, takeWrites: (taken) => told.push(taken) } }).start();
  for (const type of events) actor.send({ type });
  return told;
}

test('the home takes the writes whenever it serves, whatever it hears of others, until it leaves', () => {
  expect(takes(true, ['AHEAD_GONE', 'AHEAD_BACK'])).toEqual([]);
  expect(takes(true, ['SERVING', 'AHEAD_GONE', 'AHEAD_BACK'])).toEqual([true]);
  expect(takes(true, ['SERVING', 'LEAVING'])).toEqual([true, false]);
});

test('another member takes them while nobody ahead of it does, and hears it once each time', () => {
  expect(takes(false, ['SERVING', 'AHEAD_BACK', 'AHEAD_GONE', 'AHEAD_GONE'])).toEqual([true]);
  expect(takes(false, ['SERVING', 'AHEAD_GONE', 'AHEAD_BACK', 'AHEAD_BACK', 'AHEAD_GONE'])).toEqual([
    true,
    false,
    true,
  ]);
});

test('a member that does not serve yet, or has left, never takes them', () => {
  expect(takes(false, ['AHEAD_GONE'])).toEqual([]);
  expect(takes(false, ['LEAVING', 'SERVING', 'AHEAD_GONE'])).toEqual([]);
  expect(takes(false, ['SERVING', 'AHEAD_GONE', 'LEAVING', 'AHEAD_GONE'])).toEqual([true, false]);
});
