import { expect, test } from 'vitest';
import { createActor, SimulatedClock } from 'xstate';
import { type ProposerEvent, type ProposerWork, proposerMachine } from '../../src/machines/proposer.ts';
import { lanes } from '../../src/node/roles/lane.ts';

/** One lane of a proposer, whose batches write down what they are asked to do. */
function world() {
  const clock = new SimulatedClock();
  const log: string[] = [];
  const free = lanes<ProposerWork>('proposer', proposerMachine, 1);
  const [only] = free;
  if (only === undefined) throw new Error('there is no lane');
  const actor = createActor(proposerMachine, { clock, input: { lane: only } }).start();
  only.child.attach(actor);
  /** Begins a batch. @returns what tells its lane of its verdicts. */
  const begin = (name: string, { isRoundZero = false, isBound = true } = {}) => {
    const lane = free.pop();
    if (lane === undefined) throw new Error('no lane is free');
    const work: ProposerWork = {
      phaseTimeoutMs: 400,
      isRoundZero,
      isBound,
      prepare: () => log.push(`prepare ${name}`),
      accept: () => log.push(`accept ${name}`),
      report: () => {
        log.push(`report ${name}`);
        lane.end();
      },
    };
    void lane.begin(work, { type: 'PROPOSE' });
    return (type: ProposerEvent['type']) => lane.tell(work, { type });
  };
  return { clock, log, begin, state: () => actor.getSnapshot().value };
}

test('a batch is the textbook: prepare, accept, report', () => {
  const { log, begin, state } = world();
  const tell = begin('a');
  expect(state()).toBe('preparing');
  tell('PROMISED');
  expect(state()).toBe('accepting');
  tell('ACCEPTED');
  expect(state()).toBe('idle');
  expect(log).toEqual(['prepare a', 'accept a', 'report a']);
});

test('a batch of round 0 starts in accepting', () => {
  const { log, begin, state } = world();
  begin('a', { isRoundZero: true });
  expect(state()).toBe('accepting');
  expect(log).toEqual(['accept a']);
});

test('a batch of which phase 1 bound nothing asks nobody to accept', () => {
  const { clock, log, begin } = world();
  begin('a', { isBound: false })('PROMISED');
  begin('b', { isBound: false });
  clock.increment(400);
  expect(log).toEqual(['prepare a', 'report a', 'prepare b', 'report b']);
});

test('each phase has its own time, and ends when that is over', () => {
  const { clock, log, begin } = world();
  begin('a');
  clock.increment(399);
  expect(log).toEqual(['prepare a']);
  clock.increment(1);
  expect(log).toEqual(['prepare a', 'accept a']);
  clock.increment(399);
  expect(log).toHaveLength(2);
  clock.increment(1);
  expect(log).toEqual(['prepare a', 'accept a', 'report a']);
});

test('promises that come after phase 1 timed out do not end phase 2', () => {
  const { clock, log, begin, state } = world();
  const tell = begin('a');
  clock.increment(400);
  tell('PROMISED');
  expect(state()).toBe('accepting');
  expect(log).toEqual(['prepare a', 'accept a']);
});

test('a lane that has ended is used again, and late verdicts of its earlier batch count for nothing', () => {
  const { log, begin, state } = world();
  const late = begin('a', { isRoundZero: true });
  late('ACCEPTED');
  const tell = begin('b');
  late('PROMISED');
  expect(state()).toBe('preparing');
  tell('PROMISED');
  late('ACCEPTED');
  expect(state()).toBe('accepting');
  tell('ACCEPTED');
  expect(log).toEqual(['accept a', 'report a', 'prepare b', 'accept b', 'report b']);
});
