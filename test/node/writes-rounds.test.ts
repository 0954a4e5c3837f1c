import { describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import { outcomeOf } from '../../src/node/writes.ts';
import { ballot, proposal } from '../support/sample.ts';
import { settled } from './manual-clock.ts';
import { beaten, chosenBy, decisionOf, EMPTY, HELD, world } from './writes-world.ts';

const { backoffMinMs, backoffMaxMs, operationTimeoutMs } = DEFAULT_SETTINGS;

describe('a round that found nothing', () => {
  test('answers whoever asked before it began, and not who came later: that one is answered by the next', async () => {
    const { inRounds, begin, end, finish, endings } = world();
    finish('before');
    const task = begin(inRounds[0]);
    finish('later');
    end(task, EMPTY);
    await settled();
    expect(endings).toEqual({ before: [{ type: 'empty' }] });
    expect(inRounds).toHaveLength(2);
    end(begin(inRounds[1]), EMPTY);
    await settled();
    expect(endings).toEqual({ before: [{ type: 'empty' }], later: [{ type: 'empty' }] });
    expect(inRounds).toHaveLength(2);
  });

  test('answers no writer: its own proposal is there to be proposed, in the next', async () => {
    const { inRounds, begin, end, finish, write, endings } = world();
    finish('reader');
    const task = begin(inRounds[0]);
    write('writer');
    end(task, EMPTY);
    end(begin(inRounds[1]), EMPTY);
    await settled();
    expect(endings).toEqual({ reader: [{ type: 'empty' }] });
    end(begin(inRounds[2]), chosenBy('writer', true));
    expect(endings).toMatchObject({ writer: [{ type: 'decided', decision: decisionOf('writer') }] });
  });
});

describe('a decision', () => {
  test('that was made here is told to the others; one that was found is noted here', () => {
    for (const here of [true, false]) {
      const { inRounds, begin, end, write, chosen, found, endings } = world();
      write('a');
      end(begin(inRounds[0]), chosenBy('a', here));
      expect([chosen, found]).toEqual(here ? [[[['r'], null]], []] : [[], [[['r']][0]]]);
      expect(endings).toEqual({ a: [{ type: 'decided', decision: decisionOf('a'), knownTo: [] }] });
    }
  });

  test('ends its task: who comes later begins another, and what the old one comes to is nobody’s business', () => {
    const { writes, inRounds, begin, end, write, endings, clock } = world();
    write('a');
    const task = begin(inRounds[0]);
    let over = 0;
    task.onOver = () => {
      over += 1;
    };
    writes.learn('r', decisionOf('x'));
    writes.learn('r', decisionOf('x'));
    expect([task.over, over]).toEqual([true, 1]);
    write('b');
    expect(inRounds).toHaveLength(2);
    expect(inRounds[1]).not.toBe(task);
    end(task, EMPTY);
    end(task, beaten(ballot(9)));
    writes.goOnInRounds(task);
    writes.goOnFrom(task, undefined);
    expect(inRounds).toHaveLength(2);
    expect(endings).toEqual({ a: [{ type: 'decided', decision: decisionOf('x'), knownTo: [] }] });
    return clock.pass(2 * operationTimeoutMs).then(() => {
      expect(endings.a).toHaveLength(1);
      expect(inRounds).toHaveLength(2);
    });
  });

  test('that contradicts another breaks the member, and not the process', () => {
    const { writes, inRounds, begin, write, failures } = world();
    write('a');
    const task = begin(inRounds[0]);
    const outcomes = null as never;
    writes.conclude(new Map([['r', task]]), outcomes, null);
    expect(failures).toHaveLength(1);
  });

  test('is the own proposal by its operation id and its bytes, both', () => {
    expect(outcomeOf(proposal('a', 'op'), { ...decisionOf('a'), proposal: proposal('a', 'op') }).outcome).toBe('won');
    expect(outcomeOf(proposal('b', 'op'), { ...decisionOf('a'), proposal: proposal('a', 'op') }).outcome).toBe('lost');
    expect(outcomeOf(proposal('a', 'op'), { ...decisionOf('a'), proposal: proposal('a', 'po') }).outcome).toBe('lost');
  });
});

describe('a beaten proposer', () => {
  test('starts over after a pause that doubles with every round up to a bound, above all it has seen', async () => {
    const { inRounds, begin, end, write, clock } = world({ random: 0.5 });
    write('a');
    const pauses: number[] = [];
    const task = inRounds[0];
    if (task === undefined) throw new Error('no task');
    for (let round = 1; round <= 8; round += 1) {
      end(begin(task), beaten(ballot(round, 'n2')));
      expect(task.seen).toEqual(ballot(round, 'n2'));
      const beganMs = clock.now();
      while (inRounds.length === round) await clock.pass(1);
      pauses.push(clock.now() - beganMs);
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 125].map((times) => Math.min(times * 4, backoffMaxMs / 2)));
    expect(backoffMinMs).toBe(8);
  });

  test('never goes below what it has seen before', () => {
    const { inRounds, begin, end, write } = world();
    write('a');
    const task = begin(inRounds[0]);
    end(task, beaten(ballot(7, 'n2')));
    end(begin(task), beaten(ballot(3, 'n2')));
    expect(task.seen).toEqual(ballot(7, 'n2'));
  });

  test('whose round no majority answered starts over above its own ballot', () => {
    const { inRounds, begin, end, write } = world();
    write('a');
    const task = begin(inRounds[0]);
    const votes = { yes: [], no: [] };
    const [at, own] = [ballot(4, 'n3'), proposal('a')];
    end(task, { phase: 'preparing', name: 'r', ballot: at, own, found: null, votes, highest: at });
    expect(task.seen).toEqual(at);
  });
});

describe('a write is taken charge of', () => {
  test.each([
    ['n1', ['n2', 'n3'], 'opened here'],
    ['n3', ['n1', 'n2'], 'handed to n1'],
    ['n3', ['n2'], 'handed to n2'],
    ['n3', [], 'in rounds here'],
    ['n2', ['n1', 'n3'], 'handed to n1'],
    // One that is behind in the succession is never in charge.
    ['n2', ['n2', 'n3'], 'in rounds here'],
  ])('at %s, which reaches %j: %s', (self, reachable, where) => {
    const { opened, handed, inRounds, write } = world({ self, reachable });
    write('a');
    const [to] = handed[0] ?? [];
    const ways = [
      opened.length > 0 ? 'opened here' : undefined,
      to === undefined ? undefined : `handed to ${to}`,
      inRounds.length > 0 ? 'in rounds here' : undefined,
    ];
    expect(ways.filter((way) => way !== undefined)).toEqual([where]);
  });

  test.each([
    ['n1', 'opened here'],
    ['n2', 'in rounds here'],
  ])('at %s where it was handed over, and is not handed on: %s', (self, where) => {
    const { writes, opened, handed, inRounds, settle } = world({ self, reachable: ['n1', 'n2', 'n3'] });
    writes.writeHere('n3', 'r', proposal('a'), settle('a'));
    expect(handed).toEqual([]);
    expect(where === 'opened here' ? opened : inRounds).toMatchObject([{ name: 'r', askedBy: 'n3' }]);
    expect(where === 'opened here' ? inRounds : opened).toEqual([]);
  });

  test('together with all that are about the same register here', () => {
    const { handed, inRounds, opened, write, finish } = world({ reachable: ['n1'] });
    write('a');
    write('b');
    finish('reader');
    expect([handed.length, inRounds.length, opened.length]).toEqual([1, 0, 0]);
  });

  test('that a read wants finished in rounds, whoever can be reached', () => {
    for (const self of ['n1', 'n3']) {
      const { handed, inRounds, opened, finish } = world({ self, reachable: ['n1', 'n2'] });
      finish('reader');
      expect([handed.length, inRounds.length, opened.length]).toEqual([0, 1, 0]);
    }
  });
});

describe('a register that cannot be opened, for the own store holds something of it', () => {
  test('is learned where it is decided', () => {
    const { writes, opened, inRounds, write, endings } = world({ self: 'n1' });
    write('a');
    writes.goOnFrom(opened[0] as never, { ...HELD, decided: true });
    expect(endings).toMatchObject({ a: [{ type: 'decided', decision: decisionOf('x') }] });
    expect(inRounds).toEqual([]);
  });

  test.each([[{ ...HELD }], [{ ...HELD, accepted: null }], [undefined]])(
    'goes on in rounds where it is not',
    (state) => {
      const { writes, opened, inRounds, write, endings } = world({ self: 'n1' });
      write('a');
      writes.goOnFrom(opened[0] as never, state);
      expect(endings).toEqual({});
      expect(inRounds).toEqual(opened);
    },
  );
});

test('whoever is answered is not waited for any more: no timer is left', async () => {
  const { writes, clock, write, endings } = world();
  write('a');
  writes.learn('r', decisionOf('x'));
  await clock.pass(2 * operationTimeoutMs);
  expect(endings.a).toHaveLength(1);
  expect(clock.timers).toBe(0);
});

test('whoever is answered while others run out of time is answered once', async () => {
  const { writes, clock, endings, settle } = world();
  writes.write('r', proposal('a'), (ending) => {
    settle('a')(ending);
    writes.learn('r', decisionOf('x'));
  });
  writes.write('r', proposal('b'), settle('b'));
  await clock.pass(2 * operationTimeoutMs);
  expect(endings).toMatchObject({ a: [{ type: 'timeout' }], b: [{ type: 'decided' }] });
  expect(endings.b).toHaveLength(1);
});

test('what is stopped tells no more news of openings', () => {
  const { writes, stopCount } = world();
  writes.stop();
  expect(stopCount()).toBe(1);
});
