import { expect, test } from 'vitest';
import { createActor, SimulatedClock } from 'xstate';
import { handoverMachine } from '../../src/machines/handover.ts';
import type { Handover, Settled } from '../../src/protocol/messages.ts';
import { ballot, proposal } from '../support/sample.ts';

const HANDOVER: Handover = {
  writes: [
    { name: 'a', proposal: proposal('v') },
    { name: 'b', proposal: proposal('w') },
  ],
};
const DECISION = { ballot: ballot(1, 'n3'), proposal: proposal('x') };

function world({ isHomeSilent = true } = {}) {
  const asked: Handover[] = [];
  const clock = new SimulatedClock();
  const actor = createActor(handoverMachine, {
    clock,
    input: {
      handover: HANDOVER,
      timeoutMs: 400,
      ask: (handover) => asked.push(handover),
      isHomeSilent: () => isHomeSilent,
    },
  }).start();
  const settle = (settled: Partial<Settled>) =>
    actor.send({ type: 'SETTLED', settled: { won: [], decided: [], ...settled } });
  const left = () => [...(actor.getSnapshot().output?.left ?? ['still asking'])];
  return { actor, asked, clock, settle, left };
}

test('a home that settles all of it, in one answer or several, leaves nothing', () => {
  const { asked, clock, settle, left } = world();
  settle({ won: [1] });
  settle({ decided: [{ place: 0, decision: DECISION }] });
  clock.increment(400);
  expect(asked).toEqual([HANDOVER]);
  expect(left()).toEqual([]);
});

test('once nothing of it is waited for any more it ends with nothing left, whatever was settled', () => {
  for (const [isHomeSilent, won] of [
    [true, []],
    [true, [1]],
    [false, []],
  ] as const) {
    const { actor, clock, settle, left } = world({ isHomeSilent });
    settle({ won });
    // In time, or in the time of grace.
    clock.increment(isHomeSilent ? 399 : 400);
    expect(left()).toEqual(['still asking']);
    actor.send({ type: 'OVER' });
    expect(left()).toEqual([]);
  }
});

test('where nobody is there it ends at once, and leaves what was not settled', () => {
  const { actor, settle, left } = world();
  settle({ won: [0] });
  actor.send({ type: 'NOBODY' });
  expect(left()).toEqual([1]);
});

test('a home that was silent all the time is waited for once', () => {
  const { clock, left } = world({ isHomeSilent: true });
  clock.increment(400);
  expect(left()).toEqual([0, 1]);
});

test('a home that is alive and late is given as long again, and then left', () => {
  const { actor, asked, clock, settle, left } = world({ isHomeSilent: false });
  clock.increment(400);
  expect(actor.getSnapshot().value).toBe('waiting');
  // To ask it again would only be more work for it.
  expect(asked).toHaveLength(1);
  settle({ won: [0] });
  clock.increment(400);
  expect(left()).toEqual([1]);
});

test('an answer that comes in the time of grace is in time', () => {
  const { clock, settle, left } = world({ isHomeSilent: false });
  clock.increment(400);
  settle({ won: [0, 1] });
  clock.increment(400);
  expect(left()).toEqual([]);
});

test('an answer that names a place twice, or one that there is not, settles nothing more', () => {
  const { clock, settle, left } = world();
  settle({ won: [0, 0, 7] });
  clock.increment(400);
  expect(left()).toEqual([1]);
});
