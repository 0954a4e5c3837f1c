import { expect, test } from 'vitest';
import { Task, type Waiter } from '../../src/node/tasks/task.ts';
import { proposal } from '../support/paxos.ts';

test('a task proposes what its first writer wants, however many readers came before', () => {
  const task = new Task('r', () => undefined);
  const wait = (own: Waiter['proposal']) =>
    task.waiters.add({ task, proposal: own, joinedAt: 0, settle: () => undefined });
  wait(null);
  expect(task.proposal).toBeNull();
  wait(proposal('first'));
  wait(proposal('second'));
  expect(task.proposal).toEqual(proposal('first'));
});
