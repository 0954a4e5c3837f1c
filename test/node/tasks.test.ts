import { describe, expect, test } from 'vitest';
import type { Proposer } from '../../src/node/roles/proposer.ts';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import type { Ending, Task, Undecided } from '../../src/node/tasks/task.ts';
import { Tasks } from '../../src/node/tasks/tasks.ts';
import type { Ballot } from '../../src/protocol/ballot.ts';
import type { Decision } from '../../src/protocol/register.ts';
import { ballotOf, proposal } from '../support/paxos.ts';
import { contextOf } from './context.ts';

const { backoffMinMs, backoffMaxMs, operationTimeoutMs } = DEFAULT_SETTINGS;
const EMPTY: Undecided = { phase: 'empty', name: 'r', ballot: ballotOf(1, 'n3') };

/** The tasks of one member, whose proposer is the test. */
function world({ isHome = false, random = 0.5 } = {}) {
  const opened: Task[] = [];
  const inRounds: Task[] = [];
  const { context, clock } = contextOf({ self: 'n3', random: () => random });
  const proposer = {
    open: (task: Task) => opened.push(task),
    propose: (task: Task) => task.over || inRounds.push(task),
  };
  const tasks = new Tasks(context, proposer as unknown as Proposer, isHome);
  /** A round of this task begins, as a batch of rounds has it. */
  const begin = (task: Task | undefined) => {
    if (task === undefined) throw new Error('There is no such task');
    task.rounds += 1;
    task.isProposed = true;
    return task;
  };
  const endings: Record<string, Ending[]> = {};
  const settle = (who: string) => (ending: Ending) => {
    endings[who] = [...(endings[who] ?? []), ending];
  };
  const finish = (who: string, name = 'r') => tasks.finish(name, settle(who));
  const write = (who: string, name = 'r') => tasks.write(name, proposal(who), settle(who));
  return { tasks, clock, opened, inRounds, begin, endings, settle, finish, write };
}

function beaten(highest: Ballot, at = ballotOf(1, 'n3')): Undecided {
  return { phase: 'beaten', name: 'r', ballot: at, highest };
}

function decisionOf(text: string): Decision {
  return { ballot: ballotOf(1, 'n3'), proposal: proposal(text) };
}

describe('a write', () => {
  test.each([
    ['the home', true],
    ['another member', false],
  ])('at %s is opened there or goes in rounds, once for all who write the register', (_, isHome) => {
    const { opened, inRounds, write, finish } = world({ isHome });
    write('a');
    write('b');
    finish('reader');
    expect([opened.length, inRounds.length]).toEqual(isHome ? [1, 0] : [0, 1]);
  });

  test('that waited in vain is told whether anything had left; what had not never does', async () => {
    const { opened, write, endings, clock } = world({ isHome: true });
    write('a', 'left');
    for (const task of opened) task.isProposed = true;
    write('b', 'waiting');
    await clock.pass(operationTimeoutMs - 1);
    write('c', 'waiting');
    await clock.pass(11);
    expect(endings).toEqual({
      a: [{ type: 'timeout', isProposed: true }],
      b: [{ type: 'timeout', isProposed: false }],
    });
    expect(opened.map((task) => [task.name, task.over, task.proposal])).toEqual([
      ['left', true, null],
      ['waiting', false, proposal('c')],
    ]);
  });
});

test('a read wants its register finished in rounds, at the home too', () => {
  const { opened, inRounds, finish } = world({ isHome: true });
  finish('reader');
  expect([opened.length, inRounds.length]).toEqual([0, 1]);
});

describe('a round that found nothing', () => {
  test('answers whoever asked before it began, and not who came later: they are answered by the next', () => {
    const { inRounds, begin, finish, endings } = world();
    finish('before');
    const task = begin(inRounds[0]);
    finish('later');
    task.goOn(EMPTY);
    expect(endings).toEqual({ before: [{ type: 'empty' }] });
    expect(inRounds).toHaveLength(2);
    begin(inRounds[1]).goOn(EMPTY);
    expect(endings).toEqual({ before: [{ type: 'empty' }], later: [{ type: 'empty' }] });
    expect(inRounds).toHaveLength(2);
  });

  test('answers no writer: its own proposal is there to be proposed, in the next', () => {
    const { tasks, inRounds, begin, finish, write, endings } = world();
    finish('reader');
    const task = begin(inRounds[0]);
    write('writer');
    task.goOn(EMPTY);
    begin(inRounds[1]).goOn(EMPTY);
    expect(endings).toEqual({ reader: [{ type: 'empty' }] });
    tasks.learn('r', decisionOf('writer'));
    expect(endings).toMatchObject({ writer: [{ type: 'decided', decision: decisionOf('writer') }] });
  });
});

describe('a decision', () => {
  test('ends its task: who comes later begins another, and what the old one comes to is nobody’s business', async () => {
    const { tasks, inRounds, begin, write, endings, clock } = world();
    write('a');
    const task = begin(inRounds[0]);
    tasks.learn('r', decisionOf('x'));
    tasks.learn('r', decisionOf('x'));
    expect(task.over).toBe(true);
    write('b');
    expect(inRounds).toHaveLength(2);
    expect(inRounds[1]).not.toBe(task);
    task.goOn(EMPTY);
    task.goOn(beaten(ballotOf(9)));
    expect(endings).toEqual({ a: [{ type: 'decided', decision: decisionOf('x') }] });
    await clock.pass(2 * operationTimeoutMs);
    expect(endings.a).toHaveLength(1);
    expect(inRounds).toHaveLength(2);
  });

  test('leaves no timer behind: whoever is answered is not waited for any more', async () => {
    const { tasks, clock, write, endings } = world();
    write('a');
    tasks.learn('r', decisionOf('x'));
    await clock.pass(2 * operationTimeoutMs);
    expect(endings.a).toHaveLength(1);
    expect(clock.timers).toBe(0);
  });

  test('that comes while others run out of time answers each of them once', async () => {
    const { tasks, clock, endings, settle } = world();
    tasks.write('r', proposal('a'), (ending) => {
      settle('a')(ending);
      tasks.learn('r', decisionOf('x'));
    });
    tasks.write('r', proposal('b'), settle('b'));
    await clock.pass(2 * operationTimeoutMs);
    expect(endings).toMatchObject({ a: [{ type: 'timeout' }], b: [{ type: 'decided' }] });
    expect(endings.b).toHaveLength(1);
  });
});

describe('a beaten proposer', () => {
  test('starts over after a pause that doubles with every round up to a bound, above all it has seen', async () => {
    const { inRounds, begin, write, clock } = world({ random: 0.5 });
    write('a');
    const pauses: number[] = [];
    const task = begin(inRounds[0]);
    for (let round = 1; round <= 8; round += 1) {
      task.goOn(beaten(ballotOf(round, 'n2')));
      expect(task.seen).toEqual(ballotOf(round, 'n2'));
      const beganMs = clock.now();
      while (inRounds.length === round) await clock.pass(1);
      pauses.push(clock.now() - beganMs);
      begin(task);
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 125].map((times) => Math.min(times * 4, backoffMaxMs / 2)));
    expect(backoffMinMs).toBe(8);
  });

  test('never goes below what it has seen before', () => {
    const { inRounds, begin, write } = world();
    write('a');
    const task = begin(inRounds[0]);
    task.goOn(beaten(ballotOf(7, 'n2')));
    begin(task).goOn(beaten(ballotOf(3, 'n2')));
    expect(task.seen).toEqual(ballotOf(7, 'n2'));
  });

  test('whose round no majority answered starts over above its own ballot', () => {
    const { inRounds, begin, write } = world();
    write('a');
    const task = begin(inRounds[0]);
    const votes = { yes: [], no: [] };
    const [at, own] = [ballotOf(4, 'n3'), proposal('a')];
    task.goOn({ phase: 'preparing', name: 'r', ballot: at, own, found: null, votes, highest: at });
    expect(task.seen).toEqual(at);
  });
});
