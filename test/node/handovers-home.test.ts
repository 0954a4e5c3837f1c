import { describe, expect, test } from 'vitest';
import { Handovers } from '../../src/node/handovers.ts';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import type { Task } from '../../src/node/task.ts';
import type { Settled } from '../../src/protocol/messages.ts';
import { ballot } from '../support/sample.ts';
import { ManualClock, settled } from './manual-clock.ts';
import { end, task } from './tasks.ts';

const { handoverTimeoutMs } = DEFAULT_SETTINGS;

/** What n2 hands to n1, which is the test: up and heard of, unless said otherwise. */
function world({ isUp = true, batchesInFlightMax = 2 } = {}) {
  const clock = new ManualClock();
  const handed: { names: string[]; settle: (part: Partial<Settled>) => void; nobody: () => void }[] = [];
  const left: string[] = [];
  const found: string[] = [];
  const handovers = new Handovers({
    limits: { batchRegistersMax: 2, batchBytesMax: 10_000, batchesInFlightMax },
    settings: DEFAULT_SETTINGS,
    clock,
    handOver: (_, { writes }, onSettled, nobody) => {
      const settle = (part: Partial<Settled>) => onSettled({ won: [], decided: [], ...part }, ballot(0, 'n1'));
      handed.push({ names: writes.map(({ name }) => name), settle, nobody });
      return () => undefined;
    },
    isUp: () => isUp,
    silentMs: () => 0,
    onFound: (decides) => found.push(...decides.map(({ name }) => name)),
    onLeft: ({ name }) => left.push(name),
    onBroken: (error) => {
      throw error;
    },
  });
  const add = async (...tasks: Task[]) => {
    for (const one of tasks) handovers.add('n1', one);
    await settled();
  };
  return { handovers, clock, handed, left, found, add };
}

test('nothing is handed to a home that is down', async () => {
  const { handovers, handed, left, add } = world({ isUp: false });
  expect(handovers.canReach('n1')).toBe(false);
  await add(task('a'));
  expect([handed, left]).toEqual([[], ['a']]);
});

test('what was decided another way in the meantime is not learned again, nor left', async () => {
  const { handovers, clock, handed, left, found, add } = world();
  const [a, b] = [task('a'), task('b')];
  await add(a, b);
  end(a);
  handed[0]?.settle({ won: [0] });
  expect(found).toEqual([]);
  await clock.pass(2 * handoverTimeoutMs);
  expect(left).toEqual(['b']);
  expect(handovers.canReach('n1')).toBe(true);
});

test('the next batch leaves at the first answer, whatever of the last one is still open', async () => {
  const { handed, add } = world({ batchesInFlightMax: 1 });
  await add(task('a'), task('b'));
  await add(task('c'));
  expect(handed.map(({ names }) => names)).toEqual([['a', 'b']]);
  handed[0]?.settle({ won: [0] });
  await settled();
  expect(handed.map(({ names }) => names)).toEqual([['a', 'b'], ['c']]);
});

describe('a home that is heard of', () => {
  test('and settles nothing of a batch in twice its time is suspected', async () => {
    const { handovers, clock, left, add } = world();
    await add(task('a'));
    await clock.pass(2 * handoverTimeoutMs);
    expect(left).toEqual(['a']);
    expect(handovers.canReach('n1')).toBe(false);
  });

  test('is not where some of the batch was decided in the meantime: only its answer was lost', async () => {
    const { handovers, clock, left, add } = world();
    const [a, b] = [task('a'), task('b')];
    await add(a, b);
    end(a);
    await clock.pass(2 * handoverTimeoutMs);
    expect(left).toEqual(['b']);
    expect(handovers.canReach('n1')).toBe(true);
  });

  test('is trusted again once a batch of it was decided: the next suspicion is a first one', async () => {
    const { handovers, clock, handed, add } = world();
    await add(task('a'));
    handed[0]?.nobody();
    await clock.pass(500);
    const b = task('b');
    await add(b);
    end(b);
    await settled();
    await add(task('c'));
    handed[2]?.nobody();
    await settled();
    expect(handovers.canReach('n1')).toBe(false);
    await clock.pass(500);
    expect(handovers.canReach('n1')).toBe(true);
  });
});
