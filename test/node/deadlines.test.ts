import { expect, test } from 'vitest';
import { Deadlines } from '../../src/node/tasks/deadlines.ts';
import { ManualClock } from './manual-clock.ts';

function world() {
  const clock = new ManualClock();
  const expired: string[] = [];
  const deadlines = new Deadlines<string>(clock, 1_000, (item) => expired.push(item));
  return { clock, expired, deadlines };
}

test('items expire in the order in which they came, each after its time, on one timer', async () => {
  const { clock, expired, deadlines } = world();
  deadlines.add('a');
  await clock.pass(400);
  deadlines.add('b');
  deadlines.add('c');
  expect(clock.timers).toBe(1);
  await clock.pass(599);
  expect(expired).toEqual([]);
  await clock.pass(1);
  expect(expired).toEqual(['a']);
  await clock.pass(400);
  expect(expired).toEqual(['a', 'b', 'c']);
  expect(clock.timers).toBe(0);
});

test('an item that was removed never expires, and the ones after it still do', async () => {
  const { clock, expired, deadlines } = world();
  const a = deadlines.add('a');
  await clock.pass(10);
  deadlines.add('b');
  deadlines.remove(a);
  await clock.pass(5_000);
  expect(expired).toEqual(['b']);
});

test('with all items gone no timer is set again, and the next item sets one', async () => {
  const { clock, expired, deadlines } = world();
  deadlines.remove(deadlines.add('a'));
  await clock.pass(1_000);
  expect(clock.timers).toBe(0);
  deadlines.add('b');
  await clock.pass(1_000);
  expect(expired).toEqual(['b']);
});

test('what an item does as it expires may add another, which has a time of its own', async () => {
  const clock = new ManualClock();
  const expired: string[] = [];
  const deadlines: Deadlines<string> = new Deadlines(clock, 1_000, (item) => {
    expired.push(item);
    if (item === 'a') deadlines.add('b');
  });
  deadlines.add('a');
  await clock.pass(1_000);
  expect(expired).toEqual(['a']);
  await clock.pass(1_000);
  expect(expired).toEqual(['a', 'b']);
});

test('items are removed from the beginning, the middle and the end, and again to no effect', async () => {
  const { clock, expired, deadlines } = world();
  const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map((item) => deadlines.add(item));
  for (const deadline of [a, c, e, c, a]) if (deadline !== undefined) deadlines.remove(deadline);
  deadlines.add('f');
  await clock.pass(1_000);
  expect(expired).toEqual(['b', 'd', 'f']);
  for (const deadline of [b, d]) if (deadline !== undefined) deadlines.remove(deadline);
  deadlines.add('g');
  await clock.pass(1_000);
  expect(expired).toEqual(['b', 'd', 'f', 'g']);
});

test('what was removed, or has expired, comes back by no second removal', async () => {
  const { clock, expired, deadlines } = world();
  const a = deadlines.add('a');
  await clock.pass(500);
  const [b, c, d] = ['b', 'c', 'd'].map((item) => deadlines.add(item));
  await clock.pass(500);
  expect(expired).toEqual(['a']);
  for (const deadline of [b, a, c, b]) if (deadline !== undefined) deadlines.remove(deadline);
  await clock.pass(1_000);
  expect(expired).toEqual(['a', 'd']);
  if (d !== undefined) deadlines.remove(d);
});

test('an item is not lost where the one before it is removed once more', async () => {
  const { clock, expired, deadlines } = world();
  const [, b] = ['a', 'b'].map((item) => deadlines.add(item));
  if (b === undefined) throw new Error('there is no second item');
  deadlines.remove(b);
  deadlines.add('c');
  deadlines.remove(b);
  deadlines.add('d');
  await clock.pass(1_000);
  expect(expired).toEqual(['a', 'c', 'd']);
});

test('an item is not lost where one that has expired is removed after it was added', async () => {
  const { clock, expired, deadlines } = world();
  const a = deadlines.add('a');
  await clock.pass(1_000);
  deadlines.add('b');
  deadlines.remove(a);
  deadlines.add('c');
  await clock.pass(1_000);
  expect(expired).toEqual(['a', 'b', 'c']);
});
