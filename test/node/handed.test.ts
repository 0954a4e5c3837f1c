import { expect, test } from 'vitest';
import { fittingOpened } from '../../src/node/answers.ts';
import { carryOutHandover } from '../../src/node/handed.ts';
import type { Handover, Opened, Settled } from '../../src/protocol/messages.ts';
import type { Decision } from '../../src/protocol/register.ts';
import { ballot, proposal } from '../support/sample.ts';
import { settled } from './manual-clock.ts';

const BALLOT = ballot(0, 'n1');

/** A handover of as many writes as names, carried out by the test. */
function world(names: readonly string[], bytesMax = 10_000) {
  const handover: Handover = { writes: names.map((name) => ({ name, proposal: proposal(name) })) };
  const answers: Settled[] = [];
  const deciding = new Map<string, (decision: Decision) => void>();
  carryOutHandover(
    handover,
    BALLOT,
    ({ name }, onDecided) => deciding.set(name, onDecided),
    (answer) => answers.push(answer),
    bytesMax,
  );
  const decide = (name: string, opId = name, at = BALLOT) =>
    deciding.get(name)?.({ ballot: at, proposal: proposal(opId) });
  return { answers, decide };
}

test('what is settled in one turn goes into one answer, each at its place', async () => {
  const { answers, decide } = world(['a', 'b', 'c', 'd']);
  decide('c');
  decide('a');
  decide('d', 'x');
  expect(answers).toEqual([]);
  await settled();
  const decision = { ballot: BALLOT, proposal: proposal('x') };
  expect(answers).toEqual([{ won: [2, 0], decided: [{ place: 3, decision }] }]);
});

test('what is settled later goes into another answer, and what never is into none', async () => {
  const { answers, decide } = world(['a', 'b', 'c']);
  decide('a');
  await settled();
  decide('b');
  await settled();
  expect(answers.map(({ won }) => won)).toEqual([[0], [1]]);
});

test('the own proposal that was chosen in another round is told with its ballot: won would name the wrong one', async () => {
  const { answers, decide } = world(['a']);
  decide('a', 'a', ballot(1, 'n3'));
  await settled();
  expect(answers).toEqual([
    { won: [], decided: [{ place: 0, decision: { ballot: ballot(1, 'n3'), proposal: proposal('a') } }] },
  ]);
});

test('decisions that are too much for one message go into several, none of them lost', async () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const { answers, decide } = world(names, 1_000);
  for (const name of names) decide(name, name === 'a' ? 'a' : 'x'.repeat(200));
  await settled();
  expect(answers.map(({ won, decided }) => [won.length, decided.length])).toEqual([
    [1, 1],
    [0, 1],
    [0, 1],
    [0, 1],
  ]);
  expect(answers.flatMap(({ decided }) => decided.map(({ place }) => place))).toEqual([1, 2, 3, 4]);
});

test('an answer to an opening names every refusal, but carries no more decisions than fit', () => {
  const refusals: Opened['refusals'] = ['a', 'b', 'c'].map((name) => ({
    type: 'decided',
    name,
    decision: { ballot: ballot(4, 'n2'), proposal: proposal('x'.repeat(100)) },
  }));
  const fitting = fittingOpened({ number: 9, refusals }, BALLOT, 900);
  expect(fitting.number).toBe(9);
  expect(fitting.refusals[0]).toBe(refusals[0]);
  expect(fitting.refusals.slice(1)).toContainEqual({
    type: 'rejected',
    name: 'c',
    ballot: BALLOT,
    promised: ballot(4, 'n2'),
  });
  expect(fitting.refusals.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
});
