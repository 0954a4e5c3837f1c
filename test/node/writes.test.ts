import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import { type Ending, ownProposal, type Task } from '../../src/node/task.ts';
import { Writes } from '../../src/node/writes.ts';
import { ballot, proposal } from '../support/sample.ts';
import { ManualClock } from './manual-clock.ts';

/** The tasks of the home, n1, whose ways are the test. */
function world() {
  const opened: Task[] = [];
  const clock = new ManualClock();
  const nowhere = { canReach: () => false, add: () => undefined };
  const writes = new Writes({
    settings: DEFAULT_SETTINGS,
    self: 'n1',
    succession: ['n1', 'n2', 'n3'],
    clock,
    random: () => 0,
    ways: () => ({
      openings: { add: (task) => opened.push(task), stop: () => undefined },
      handovers: nowhere,
      proposals: nowhere,
    }),
    onChosen: () => undefined,
    onFound: () => undefined,
    onBroken: (error) => {
      throw error;
    },
  });
  return { writes, opened, clock };
}

test('who asked before a register was opened finds the decision out by itself, who came later is told', () => {
  const { writes, opened } = world();
  const endings: Ending[] = [];
  const settle = (ending: Ending) => endings.push(ending);
  writes.writeHere('n2', 'r', proposal('a'), settle);
  for (const task of opened) task.isOpened = true;
  // It may have heard the home's vote, answered its client, and be asked again, before the home has heard of a quorum.
  writes.writeHere('n2', 'r', proposal('b'), settle);
  expect(opened).toHaveLength(1);
  const decision = { ballot: ballot(0, 'n1'), proposal: proposal('a') };
  writes.learn('r', decision, ['n2', 'n3']);
  expect(endings).toEqual([
    { type: 'decided', decision, knownTo: ['n2', 'n3'] },
    { type: 'decided', decision, knownTo: [] },
  ]);
});

test('who waited in vain is told whether anything had left; what had not never does', async () => {
  const { writes, opened, clock } = world();
  const endings: Ending[] = [];
  const settle = (ending: Ending) => endings.push(ending);
  writes.write('left', proposal('a'), settle);
  for (const task of opened) task.isProposed = true;
  writes.write('waiting', proposal('b'), settle);
  await clock.pass(DEFAULT_SETTINGS.operationTimeoutMs - 1);
  writes.write('waiting', proposal('c'), settle);
  await clock.pass(11);
  expect(endings).toEqual([
    { type: 'timeout', isProposed: true },
    { type: 'timeout', isProposed: false },
  ]);
  expect(opened.map((task) => [task.name, task.over, ownProposal(task)])).toEqual([
    ['left', true, null],
    ['waiting', false, proposal('c')],
  ]);
});
