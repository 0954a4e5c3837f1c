import { describe, expect, it } from 'vitest';
import { checkHistory } from './check.ts';
import type { Call, Publication, ReadCall, ReadOutcome, Seen, WriteCall, WriteOutcome } from './history.ts';

const a: Seen = { opId: 'a', value: 'A' };
const b: Seen = { opId: 'b', value: 'B' };

type Interval = readonly [invokedAt: number, returnedAt?: number];

const base = ([invokedAt, returnedAt]: Interval, seen: Seen | undefined) => ({
  id: invokedAt,
  client: 'c',
  member: 'n1',
  register: 'r',
  invokedAt,
  ...(returnedAt === undefined ? {} : { returnedAt }),
  ...(seen === undefined ? {} : { seen }),
});

function write(
  proposal: Seen,
  at: Interval,
  outcome: WriteOutcome,
  seen = outcome === 'won' ? proposal : undefined,
): WriteCall {
  return { ...base(at, seen), kind: 'write', proposal, outcome };
}

function read(at: Interval, outcome: ReadOutcome, seen?: Seen): ReadCall {
  return { ...base(at, seen), kind: 'read', outcome };
}

function published(decision: Seen): Publication {
  return { at: 90, member: 'n1', register: 'r', decision };
}

function violated(calls: readonly Call[], publications: readonly Publication[] = []): string[] {
  return checkHistory({ calls, publications }).map(({ property }) => property);
}

describe('histories that are as promised pass', () => {
  it.each<[string, Call[]]>([
    ['empty, then written, then read', [read([1, 2], 'empty'), write(a, [3, 4], 'won'), read([5, 6], 'decided', a)]],
    [
      'a read beside the write may see it or not',
      [write(a, [1, 6], 'won'), read([2, 3], 'empty'), read([4, 5], 'decided', a)],
    ],
    [
      'an unknown write that took effect later',
      [write(a, [1, 2], 'unknown'), read([3, 4], 'empty'), read([5, 6], 'decided', a)],
    ],
    [
      'an unknown write that never did',
      [write(a, [1, 2], 'unknown'), write(b, [3, 4], 'won'), write(a, [5, 6], 'lost', b)],
    ],
    ['a write that was never answered took effect', [write(a, [1], 'unknown'), write(b, [3, 4], 'lost', a)]],
    ['a retry wins again', [write(a, [1, 2], 'won'), write(a, [3, 4], 'won'), write(b, [5, 6], 'lost', a)]],
    ['a refused write, sent again', [write(a, [1, 2], 'refused'), read([3, 4], 'empty'), write(a, [5, 6], 'won')]],
    ['reads that fail say nothing', [write(a, [1, 2], 'won'), read([3, 4], 'unavailable'), read([5, 6], 'refused')]],
  ])('%s', (_, calls) => {
    expect(violated(calls, [])).toEqual([]);
  });
});

describe('histories that break a promise are flagged', () => {
  it.each<[string, string, Call[], Publication[]]>([
    [
      'two writes won, one after the other',
      'once a write won, every later one fails',
      [write(a, [1, 2], 'won'), write(b, [3, 4], 'won')],
      [],
    ],
    ['two writes won at once', 'one winner', [write(a, [1, 3], 'won'), write(b, [2, 4], 'won')], []],
    [
      'empty after a write won',
      'once written, every later read returns it or fails',
      [write(a, [1, 2], 'won'), read([3, 4], 'empty')],
      [],
    ],
    [
      'another value after a write won',
      'once written, every later read returns it or fails',
      [write(b, [0], 'unknown'), write(a, [1, 2], 'won'), read([3, 4], 'decided', b)],
      [],
    ],
    [
      'a value before it was written',
      'reads return empty until a value is written',
      [read([1, 2], 'decided', a), write(a, [3, 4], 'won')],
      [],
    ],
    [
      'a value that nobody wrote',
      'only proposed values',
      [write(a, [1, 2], 'unknown'), read([3, 4], 'decided', b)],
      [],
    ],
    [
      'the value of one operation with the id of another',
      'only proposed values',
      [write(a, [1, 2], 'unknown'), read([3, 4], 'decided', { ...a, value: 'B' })],
      [],
    ],
    ['a retry that loses to itself', 'won carries the own value, lost another', [write(a, [1, 2], 'lost', a)], []],
    [
      'a retry that is told another outcome',
      'a retry is told the same',
      [write(a, [1, 2], 'won'), write(b, [1, 9], 'unknown'), write(a, [3, 4], 'lost', b)],
      [],
    ],
    ['lost, to nothing', 'won carries the own value, lost another', [write(a, [1, 2], 'lost')], []],
    [
      'two decisions published',
      'published decisions agree',
      [write(a, [1, 2], 'unknown'), write(b, [3, 4], 'unknown')],
      [published(a), published(b)],
    ],
    [
      'published other than seen',
      'published decisions agree',
      [write(a, [1, 2], 'won'), write(b, [3, 4], 'unknown')],
      [published(b)],
    ],
    [
      'a read of nothing after a read of something',
      'linearizability',
      [write(a, [1, 9], 'unknown'), read([2, 3], 'decided', a), read([4, 5], 'empty')],
      [],
    ],
    [
      'two reads that differ',
      'linearizability',
      [
        write(a, [1, 9], 'unknown'),
        write(b, [2, 9], 'unknown'),
        read([3, 4], 'decided', a),
        read([5, 6], 'decided', b),
      ],
      [],
    ],
    [
      'lost to a write that had not begun',
      'linearizability',
      [write(b, [1, 2], 'lost', a), write(a, [3, 4], 'won')],
      [],
    ],
    [
      'empty after another write lost',
      'linearizability',
      [write(a, [1, 9], 'unknown'), write(b, [2, 3], 'lost', a), read([4, 5], 'empty')],
      [],
    ],
    [
      'a refused write that took effect',
      'linearizability',
      [write(a, [1, 2], 'refused'), read([3, 4], 'decided', a)],
      [],
    ],
  ])('%s', (_, property, calls, publications) => {
    expect(violated(calls, publications)).toContain(property);
  });
});
