import { expect, test } from 'vitest';
import { createActor, SimulatedClock } from 'xstate';
import { type ReaderEvent, type ReaderWork, readerMachine } from '../../src/machines/reader.ts';
import { lanes } from '../../src/node/roles/lane.ts';

/** One lane of a reader, whose batches write down what they are asked to do. */
function world() {
  const clock = new SimulatedClock();
  const log: string[] = [];
  const free = lanes<ReaderWork>('reader', readerMachine, 1);
  const [only] = free;
  if (only === undefined) throw new Error('there is no lane');
  const actor = createActor(readerMachine, { clock, input: { lane: only } }).start();
  only.child.attach(actor);
  /** Begins a batch. @returns what tells its lane of its verdicts. */
  const begin = (name: string) => {
    const lane = free.pop();
    if (lane === undefined) throw new Error('no lane is free');
    const work: ReaderWork = {
      phaseTimeoutMs: 400,
      readGraceMs: 30,
      ask: () => log.push(`ask ${name}`),
      report: () => {
        log.push(`report ${name}`);
        lane.end();
      },
    };
    void lane.begin(work, { type: 'READ' });
    return (type: ReaderEvent['type']) => lane.tell(work, { type });
  };
  return { clock, log, begin, state: () => actor.getSnapshot().value };
}

test('a batch that is settled is reported at once', () => {
  const { log, begin, state } = world();
  begin('a')('SETTLED');
  expect(state()).toBe('idle');
  expect(log).toEqual(['ask a', 'report a']);
});

test('a divided majority waits a little for the others, who may settle it', () => {
  const { log, begin, state } = world();
  const tell = begin('a');
  tell('DIVIDED');
  expect(state()).toBe('lingering');
  tell('SETTLED');
  expect(log).toEqual(['ask a', 'report a']);
});

test('a majority that stays divided is reported when the grace is over, and not before', () => {
  const { clock, log, begin } = world();
  begin('a')('DIVIDED');
  clock.increment(29);
  expect(log).toEqual(['ask a']);
  clock.increment(1);
  expect(log).toEqual(['ask a', 'report a']);
});

test('a batch that no majority answers is reported when its time is over, and not before', () => {
  const { clock, log, begin } = world();
  begin('a');
  clock.increment(399);
  expect(log).toEqual(['ask a']);
  clock.increment(1);
  expect(log).toEqual(['ask a', 'report a']);
});

test('a lane that has ended is used again, and late verdicts of its earlier batch count for nothing', () => {
  const { log, begin, state } = world();
  const late = begin('a');
  late('SETTLED');
  const tell = begin('b');
  late('DIVIDED');
  late('SETTLED');
  expect(state()).toBe('asking');
  tell('SETTLED');
  expect(log).toEqual(['ask a', 'report a', 'ask b', 'report b']);
});
