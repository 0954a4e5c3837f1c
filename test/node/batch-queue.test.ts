import { describe, expect, test } from 'vitest';
import { BatchQueue } from '../../src/node/tasks/batch-queue.ts';
import { ManualClock, settled } from './manual-clock.ts';

const DELAY_MS = 2;

/** A queue of numbers, whose batches end when the test says so. */
function world({ gathers = false, batchRegistersMax = 100, batchBytesMax = 1_000 } = {}) {
  const clock = new ManualClock();
  const batches: (readonly number[])[] = [];
  const ends: (() => void)[] = [];
  const run = (batch: readonly number[]) => {
    batches.push(batch);
    return new Promise<void>((resolve) => ends.push(resolve));
  };
  const limits = { batchRegistersMax, batchBytesMax, batchesInFlightMax: 1 };
  const queue = new BatchQueue<number>(limits, () => 10, run, gathers ? { clock, delayMaxMs: DELAY_MS } : undefined);
  const add = async (count: number) => {
    for (let item = 0; item < count; item += 1) queue.add(item);
    await settled();
  };
  const end = async () => {
    ends.shift()?.();
    await settled();
  };
  const sizes = () => batches.map(({ length }) => length);
  return { clock, add, end, sizes };
}

test('a lone item leaves at once, and what comes meanwhile leaves together', async () => {
  const { add, end, sizes } = world();
  await add(1);
  expect(sizes()).toEqual([1]);
  await add(2);
  await add(3);
  expect(sizes()).toEqual([1]);
  await end();
  expect(sizes()).toEqual([1, 5]);
});

test('a batch holds no more items, and no more bytes, than it may', async () => {
  const byCount = world({ batchRegistersMax: 3 });
  await byCount.add(7);
  for (let batch = 0; batch < 3; batch += 1) await byCount.end();
  expect(byCount.sizes()).toEqual([3, 3, 1]);
  const byBytes = world({ batchBytesMax: 25 });
  await byBytes.add(5);
  for (let batch = 0; batch < 3; batch += 1) await byBytes.end();
  expect(byBytes.sizes()).toEqual([2, 2, 1]);
});

describe('a queue that gathers', () => {
  test('waits after a batch of many, until about as many have come', async () => {
    const { add, end, sizes } = world({ gathers: true });
    await add(8);
    await end();
    await add(5);
    expect(sizes()).toEqual([8]);
    await add(1);
    expect(sizes()).toEqual([8, 6]);
  });

  test('waits for those that wait already and three quarters of those that were just answered', async () => {
    const { add, end, sizes } = world({ gathers: true });
    await add(8);
    await add(4);
    await end();
    await add(5);
    expect(sizes()).toEqual([8]);
    await add(1);
    expect(sizes()).toEqual([8, 10]);
  });

  test('waits after a batch of five, and not after one of four', async () => {
    for (const [count, expected] of [
      [4, [4, 1]],
      [5, [5]],
    ] as const) {
      const { add, end, sizes } = world({ gathers: true });
      await add(count);
      await add(1);
      await end();
      expect(sizes()).toEqual(expected);
    }
  });

  test('waits no longer than it may, and leaves with what has come', async () => {
    const { clock, add, end, sizes } = world({ gathers: true });
    await add(8);
    await add(1);
    await end();
    expect(sizes()).toEqual([8]);
    await clock.pass(DELAY_MS);
    expect(sizes()).toEqual([8, 1]);
  });

  test('lets a lone item leave at once when that time is over, and after a small batch', async () => {
    const { clock, add, end, sizes } = world({ gathers: true });
    await add(8);
    await end();
    await clock.pass(DELAY_MS);
    await add(1);
    expect(sizes()).toEqual([8, 1]);
    await end();
    await add(1);
    expect(sizes()).toEqual([8, 1, 1]);
    expect(clock.timers).toBe(0);
  });
});

test.each([
  ['number', { batchRegistersMax: 3, batchBytesMax: 1_000 }],
  ['bytes', { batchRegistersMax: 100, batchBytesMax: 30 }],
])('while what waits fills a batch by %s, as many more are under way as may be', async (_, batch) => {
  const { add, sizes } = runningOn(batch);
  await add(5);
  expect(sizes).toEqual([3]);
  await add(1);
  expect(sizes).toEqual([3, 3]);
  await add(6);
  expect(sizes).toEqual([3, 3, 3]);
});

test('an item that takes less by the time that it leaves is not counted on', async () => {
  const { add, sizes, weigh, endOne } = runningOn({ batchRegistersMax: 100, batchBytesMax: 30 });
  await add(1);
  await add(2);
  weigh(1);
  await endOne();
  expect(sizes).toEqual([1, 2]);
  weigh(10);
  await add(2);
  expect(sizes).toEqual([1, 2]);
  await add(1);
  expect(sizes).toEqual([1, 2, 3]);
});

/** A queue with one batch under way, or three while what waits fills one; they last until the test says otherwise. */
function runningOn(batch: { batchRegistersMax: number; batchBytesMax: number }) {
  const sizes: number[] = [];
  const ends: (() => void)[] = [];
  let bytes = 10;
  const run = ({ length }: readonly number[]) => {
    sizes.push(length);
    return new Promise<void>((resolve) => ends.push(resolve));
  };
  const limits = { ...batch, batchesInFlightMax: 1, fullBatchesInFlightMax: 3 };
  const gathering = { clock: new ManualClock(), delayMaxMs: DELAY_MS };
  const queue = new BatchQueue<number>(limits, () => bytes, run, gathering);
  const add = async (count: number) => {
    for (let item = 0; item < count; item += 1) queue.add(item);
    await settled();
  };
  const endOne = async () => {
    ends.shift()?.();
    await settled();
  };
  const weigh = (each: number) => {
    bytes = each;
  };
  return { add, endOne, sizes, weigh };
}

test('an item that is too large for any batch leaves alone, and a batch is filled to the last byte', async () => {
  const large = world({ batchBytesMax: 9 });
  await large.add(2);
  await large.end();
  expect(large.sizes()).toEqual([1, 1]);
  const full = world({ batchBytesMax: 30 });
  await full.add(4);
  await full.end();
  expect(full.sizes()).toEqual([3, 1]);
});

test('a queue that gathers waits for no more where what has come fills a batch, by number or by bytes', async () => {
  for (const limits of [{ batchRegistersMax: 8 }, { batchBytesMax: 80 }]) {
    const { add, end, sizes } = world({ gathers: true, ...limits });
    await add(8);
    await add(8);
    await end();
    expect(sizes()).toEqual([8, 8]);
  }
});
