import { expect, test } from 'vitest';
import { createActor, SimulatedClock } from 'xstate';
import { readerMachine } from '../../src/machines/reader.ts';
import type { Reply, Request } from '../../src/protocol/messages.ts';
import { ballot, proposal } from '../support/sample.ts';

function world(...names: string[]) {
  const asked: (readonly Request[])[] = [];
  const clock = new SimulatedClock();
  const actor = createActor(readerMachine, {
    clock,
    input: { names, members: 3, phaseTimeoutMs: 400, readGraceMs: 30, ask: (requests) => asked.push(requests) },
  }).start();
  const hear = (from: string, ...replies: Reply[]) => actor.send({ type: 'REPLIES', from, replies });
  const finding = (name: string) => actor.getSnapshot().output?.findings.get(name);
  return { actor, asked, clock, hear, finding };
}

const VALUE = { ballot: ballot(1), proposal: proposal('v') };
const held = (name: string, accepted: typeof VALUE | null): Reply => ({ type: 'held', name, accepted });

test('a majority that holds nothing answers empty', () => {
  const { asked, hear, finding } = world('a');
  hear('n1', held('a', null));
  hear('n3', held('a', null));
  expect(asked).toEqual([[{ type: 'query', name: 'a' }]]);
  expect(finding('a')).toEqual({ type: 'empty' });
});

test('any member that knows the decision settles it alone', () => {
  const { hear, finding } = world('a');
  hear('n3', { type: 'decided', name: 'a', decision: VALUE });
  expect(finding('a')).toEqual({ type: 'decided', decision: VALUE });
});

test('a divided majority waits a little for the others, who may settle it', () => {
  const { actor, hear, finding } = world('a');
  hear('n1', held('a', null));
  hear('n2', held('a', VALUE));
  expect(actor.getSnapshot().value).toBe('lingering');
  hear('n3', held('a', VALUE));
  expect(finding('a')).toEqual({ type: 'decided', decision: VALUE });
});

test('a majority that stays divided is not answered: a proposer has to finish it', () => {
  const { clock, hear, finding } = world('a');
  hear('n1', held('a', null));
  hear('n2', held('a', VALUE));
  clock.increment(29);
  expect(finding('a')).toBeUndefined();
  clock.increment(1);
  expect(finding('a')).toEqual({ type: 'divided' });
});

test('a batch asks of all its registers, and one that is divided cuts the wait for the others by nothing', () => {
  const { actor, asked, clock, hear, finding } = world('a', 'b');
  expect(asked).toEqual([
    [
      { type: 'query', name: 'a' },
      { type: 'query', name: 'b' },
    ],
  ]);
  hear('n1', held('a', null), held('b', null));
  hear('n2', held('a', VALUE));
  clock.increment(399);
  expect(actor.getSnapshot().value).toBe('asking');
  hear('n3', held('b', null));
  expect(actor.getSnapshot().value).toBe('lingering');
  clock.increment(30);
  expect([finding('a'), finding('b')]).toEqual([{ type: 'divided' }, { type: 'empty' }]);
});

test('without a majority it stays pending, also when one member answers twice', () => {
  const { clock, hear, finding } = world('a');
  hear('n1', held('a', null));
  hear('n1', held('a', null));
  clock.increment(399);
  expect(finding('a')).toBeUndefined();
  clock.increment(1);
  expect(finding('a')).toEqual({ type: 'pending' });
});
