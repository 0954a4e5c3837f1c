import { expect, test } from 'vitest';
import { createActor, SimulatedClock } from 'xstate';
import { proposerMachine } from '../../src/machines/proposer.ts';
import type { Reply, Request } from '../../src/protocol/messages.ts';
import { type Round, startRound } from '../../src/protocol/proposer.ts';
import type { Proposal } from '../../src/protocol/register.ts';
import { ballot, proposal } from '../support/sample.ts';

function world(own: Record<string, Proposal | null>) {
  const asked: (readonly Request[])[] = [];
  const clock = new SimulatedClock();
  const rounds = Object.entries(own).map(([name, value]) => startRound(name, ballot(1), value));
  const actor = createActor(proposerMachine, {
    clock,
    input: { rounds, members: 3, phaseTimeoutMs: 400, ask: (requests) => asked.push(requests) },
  }).start();
  const hear = (from: string, ...replies: Reply[]) => actor.send({ type: 'REPLIES', from, replies });
  const result = (name: string): Round | undefined =>
    actor.getSnapshot().output?.rounds.find((round) => round.name === name);
  return { actor, asked, clock, hear, result };
}

const promised = (name: string): Reply => ({ type: 'promised', name, ballot: ballot(1), accepted: null });
const accepted = (name: string): Reply => ({ type: 'accepted', name, ballot: ballot(1) });
const rejected = (name: string): Reply => ({ type: 'rejected', name, ballot: ballot(1), promised: ballot(4, 'n3') });

test('a batch of one is the textbook: prepare, a majority of promises, accept, a majority of accepted, chosen', () => {
  const { actor, asked, hear, result } = world({ a: proposal('v') });
  hear('n1', promised('a'));
  expect(actor.getSnapshot().value).toBe('preparing');
  hear('n2', promised('a'));
  expect(actor.getSnapshot().value).toBe('accepting');
  hear('n1', accepted('a'));
  hear('n3', accepted('a'));
  expect(asked).toEqual([
    [{ type: 'prepare', name: 'a', ballot: ballot(1) }],
    [{ type: 'accept', name: 'a', ballot: ballot(1), proposal: proposal('v') }],
  ]);
  expect(result('a')).toEqual({
    phase: 'chosen',
    name: 'a',
    here: true,
    decision: { ballot: ballot(1), proposal: proposal('v') },
  });
});

test('a register that is beaten leaves the batch, and the others do not wait for it', () => {
  const { asked, hear, result } = world({ a: proposal('v'), b: proposal('w') });
  hear('n1', promised('a'), promised('b'));
  hear('n2', promised('a'), rejected('b'));
  expect(asked[1]).toEqual([{ type: 'accept', name: 'a', ballot: ballot(1), proposal: proposal('v') }]);
  hear('n1', accepted('a'));
  hear('n2', accepted('a'));
  expect(result('a')?.phase).toBe('chosen');
  expect(result('b')).toEqual({ phase: 'beaten', name: 'b', ballot: ballot(1), highest: ballot(4, 'n3') });
});

test('a register that no majority answered in time is left as it was; the others go on', () => {
  const { clock, asked, hear, result } = world({ a: proposal('v'), b: proposal('w') });
  hear('n1', promised('a'), promised('b'));
  hear('n2', promised('a'));
  clock.increment(399);
  expect(asked).toHaveLength(1);
  clock.increment(1);
  expect(asked[1]?.map(({ name }) => name)).toEqual(['a']);
  hear('n2', promised('b'));
  hear('n1', accepted('a'));
  hear('n2', accepted('a'));
  expect(result('a')?.phase).toBe('chosen');
  expect(result('b')?.phase).toBe('preparing');
});

test('an accept that a minority answered ends after the timeout, neither chosen nor beaten', () => {
  const { actor, clock, hear, result } = world({ a: proposal('v') });
  hear('n1', promised('a'));
  hear('n2', promised('a'));
  hear('n1', accepted('a'));
  hear('n1', accepted('a'));
  expect(actor.getSnapshot().value).toBe('accepting');
  clock.increment(399);
  expect(actor.getSnapshot().value).toBe('accepting');
  clock.increment(1);
  expect(result('a')?.phase).toBe('accepting');
});

test('without a value of its own it finds the register empty, and asks nobody to accept', () => {
  const { asked, hear, result } = world({ a: null });
  hear('n1', promised('a'));
  hear('n2', promised('a'));
  expect(asked).toHaveLength(1);
  expect(result('a')?.phase).toBe('empty');
});
