import { expect, test } from 'vitest';
import { createActor, SimulatedClock } from 'xstate';
import type { MemberEvent } from '../../src/events.ts';
import { memberMachine } from '../../src/machines/member.ts';

function world() {
  const events: MemberEvent[] = [];
  const clock = new SimulatedClock();
  const input = { emit: (event: MemberEvent) => events.push(event), drainTimeoutMs: 5_000, children: [] };
  const actor = createActor(memberMachine, { clock, input }).start();
  const states = () => events.map((event) => (event.type === 'state' ? event.state : event.type));
  return { actor, clock, events, states };
}

test('a member joins, serves, drains and stops', () => {
  const { actor, states } = world();
  actor.send({ type: 'ADMITTED' });
  actor.send({ type: 'DRAIN' });
  actor.send({ type: 'DRAINED' });
  expect(states()).toEqual(['joining', 'serving', 'draining', 'stopped']);
});

test('a member that is asked to leave while it joins drains, and is never let in after that', () => {
  const { actor, states } = world();
  actor.send({ type: 'DRAIN' });
  actor.send({ type: 'ADMITTED' });
  expect(states()).toEqual(['joining', 'draining']);
  actor.send({ type: 'DRAINED' });
  expect(states()).toEqual(['joining', 'draining', 'stopped']);
});

test('that nothing is under way stops none that was not asked to leave', () => {
  const { actor, states } = world();
  actor.send({ type: 'DRAINED' });
  actor.send({ type: 'ADMITTED' });
  actor.send({ type: 'DRAINED' });
  expect(states()).toEqual(['joining', 'serving']);
});

test('a drain that does not end is cut short, and not before its time', () => {
  const { actor, clock, states } = world();
  actor.send({ type: 'ADMITTED' });
  actor.send({ type: 'DRAIN' });
  clock.increment(4_999);
  expect(states().at(-1)).toBe('draining');
  clock.increment(1);
  expect(states().at(-1)).toBe('stopped');
});

test.each(['joining', 'serving', 'draining'] as const)('a failure while %s is final, and says why', (state) => {
  const { actor, events } = world();
  if (state !== 'joining') actor.send({ type: 'ADMITTED' });
  if (state === 'draining') actor.send({ type: 'DRAIN' });
  actor.send({ type: 'FAILED', reason: 'the disk is gone' });
  actor.send({ type: 'ADMITTED' });
  expect(events.at(-1)).toEqual({ type: 'state', state: 'failed', reason: 'the disk is gone' });
  expect(actor.getSnapshot().status).toBe('done');
});
