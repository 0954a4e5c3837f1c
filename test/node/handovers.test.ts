import { describe, expect, test } from 'vitest';
import { Handovers } from '../../src/node/handovers.ts';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import type { Task } from '../../src/node/task.ts';
import type { Ballot } from '../../src/protocol/ballot.ts';
import type { Decide, Handover, Settled } from '../../src/protocol/messages.ts';
import { ballot, proposal } from '../support/sample.ts';
import { ManualClock, settled } from './manual-clock.ts';
import { end, task } from './tasks.ts';

const { handoverTimeoutMs } = DEFAULT_SETTINGS;

/** What n2 hands to n1, which is the test. */
function world({ silentMs = handoverTimeoutMs, onFound = (_: readonly Decide[]): void => undefined } = {}) {
  const clock = new ManualClock();
  const handed: {
    names: readonly string[];
    settle: (settled: Partial<Settled>, at?: Ballot) => void;
    nobody: () => void;
  }[] = [];
  const left: string[] = [];
  const found: Decide[] = [];
  const failures: unknown[] = [];
  const tasks = new Map<string, Task>();
  let listening = 0;
  const handovers = new Handovers({
    limits: { batchRegistersMax: 10, batchBytesMax: 10_000, batchesInFlightMax: 2 },
    settings: DEFAULT_SETTINGS,
    clock,
    handOver: (_, { writes }: Handover, onSettled, onNobody) => {
      handed.push({
        names: writes.map(({ name }) => name),
        settle: (part, at = ballot(0, 'n1')) => onSettled({ won: [], decided: [], ...part }, at),
        nobody: onNobody,
      });
      listening += 1;
      return () => {
        listening -= 1;
      };
    },
    isUp: () => true,
    silentMs: () => silentMs,
    onFound: (decides) => {
      onFound(decides);
      found.push(...decides);
      for (const { name } of decides) {
        const one = tasks.get(name);
        if (one !== undefined) end(one);
      }
    },
    onLeft: ({ name }) => left.push(name),
    onBroken: (error) => failures.push(error),
  });
  const add = async (...added: Task[]) => {
    for (const one of added) {
      tasks.set(one.name, one);
      handovers.add('n1', one);
    }
    await settled();
  };
  return { handovers, clock, handed, left, found, failures, add, listening: () => listening };
}

describe('what the home settles', () => {
  test('is learned: the own proposal where it won, what was decided where it lost', async () => {
    const { add, handed, found, left } = world();
    await add(task('a'), task('b'));
    const decision = { ballot: ballot(1, 'n3'), proposal: proposal('x') };
    handed[0]?.settle({ won: [0], decided: [{ place: 1, decision }] });
    await settled();
    expect(found).toEqual([
      { type: 'decide', name: 'a', decision: { ballot: ballot(0, 'n1'), proposal: proposal('a') } },
      { type: 'decide', name: 'b', decision },
    ]);
    expect(left).toEqual([]);
  });

  test('breaks the member where it contradicts what is known, and not the process', async () => {
    const contradiction = new Error('decided twice');
    const { add, handed, failures } = world({
      onFound: () => {
        throw contradiction;
      },
    });
    await add(task('a'));
    handed[0]?.settle({ won: [0] });
    expect(failures).toEqual([contradiction]);
  });
});

describe('a home that is not there', () => {
  test('costs one wait: what comes later goes on without it at once', async () => {
    const { handovers, add, handed, left, clock } = world();
    await add(task('a'));
    await clock.pass(handoverTimeoutMs);
    expect(left).toEqual(['a']);
    expect(handovers.canReach('n1')).toBe(false);
    await add(task('b'));
    expect(left).toEqual(['a', 'b']);
    expect(handed).toHaveLength(1);
  });

  test('costs no wait where NATS says so', async () => {
    const { handovers, add, handed, left } = world();
    await add(task('a'));
    handed[0]?.nobody();
    await settled();
    expect(left).toEqual(['a']);
    expect(handovers.canReach('n1')).toBe(false);
  });

  test('what gathered behind the batches that it did not answer goes on without it', async () => {
    const { add, left, clock } = world();
    await add(task('a'));
    await add(task('b'));
    await add(task('c'));
    await clock.pass(handoverTimeoutMs);
    expect(left.sort()).toEqual(['a', 'b', 'c']);
  });

  test('is asked again after a while, and trusted again once it answers', async () => {
    const { handovers, add, handed, clock } = world();
    await add(task('a'));
    handed[0]?.nobody();
    await clock.pass(500);
    expect(handovers.canReach('n1')).toBe(true);
    await add(task('b'));
    handed[1]?.settle({ won: [0] });
    await add(task('c'));
    handed[2]?.nobody();
    expect(handovers.canReach('n1')).toBe(false);
    await clock.pass(500);
    expect(handovers.canReach('n1')).toBe(true);
  });
});

describe('a home that is there', () => {
  test('and late is given as long again; what it leaves goes on, and what it settled does not', async () => {
    const { add, handed, left, clock } = world({ silentMs: 0 });
    await add(task('a'), task('b'));
    await clock.pass(handoverTimeoutMs);
    expect(left).toEqual([]);
    handed[0]?.settle({ won: [0] });
    await clock.pass(handoverTimeoutMs);
    expect(left).toEqual(['b']);
  });

  test('and settled some of it is not suspected', async () => {
    const { handovers, add, handed, clock } = world({ silentMs: 0 });
    await add(task('a'), task('b'));
    handed[0]?.settle({ won: [0] });
    await clock.pass(2 * handoverTimeoutMs);
    expect(handovers.canReach('n1')).toBe(true);
  });

  test('is not suspected for an answer that was lost, where the decision came on another way', async () => {
    const { handovers, add, clock, left } = world({ silentMs: 0 });
    const one = task('a');
    await add(one);
    end(one);
    await clock.pass(handoverTimeoutMs);
    expect(handovers.canReach('n1')).toBe(true);
    expect(left).toEqual([]);
  });
});

test('a dead home is suspected, though another member got what was handed to it decided', async () => {
  const { handovers, add } = world();
  const one = task('a');
  await add(one);
  end(one);
  await settled();
  expect(handovers.canReach('n1')).toBe(false);
});

describe('a handover of which nothing is waited for any more', () => {
  test('is over at once, and makes room for the next', async () => {
    const { add, handed, listening, left, clock } = world({ silentMs: 0 });
    const [a, b, c] = [task('a'), task('b'), task('c')];
    await add(a, b);
    await add(c);
    await add(task('d'));
    expect(handed.map(({ names }) => names)).toEqual([['a', 'b'], ['c']]);
    end(a);
    await settled();
    expect(handed).toHaveLength(2);
    end(b);
    await settled();
    expect(handed[2]?.names).toEqual(['d']);
    expect(listening()).toBe(2);
    expect(left).toEqual([]);
    expect(clock.timers).toBe(2);
  });

  test('leaves alone what becomes of its tasks on another way', async () => {
    const { add, handed, left } = world();
    const one = task('a');
    await add(one);
    handed[0]?.nobody();
    await settled();
    expect(left).toEqual(['a']);
    expect(one.onOver).toBeUndefined();
  });
});

test('a task that nobody waits for any more is not handed over', async () => {
  const { handovers, handed } = world();
  const gone = task('a');
  handovers.add('n1', gone);
  gone.over = true;
  await settled();
  expect(handed).toEqual([]);
});
