import type { Task } from '../../src/node/task.ts';
import { NO_BALLOT } from '../../src/protocol/ballot.ts';
import { proposal } from '../support/sample.ts';

/** A task with writers of these values, the first of which is its own; or of one that is its name. */
export function task(name: string, ...values: string[]): Task {
  const made: Task = {
    name,
    waiters: new Set(),
    askedBy: null,
    seen: NO_BALLOT,
    rounds: 0,
    over: false,
    isOpened: false,
    isProposed: false,
    onOver: undefined,
  };
  for (const value of values.length > 0 ? values : [name]) {
    made.waiters.add({ task: made, proposal: proposal(value), after: 0, isLate: false, settle: () => undefined });
  }
  return made;
}

/** Nobody waits for it any more. */
export function end(task: Task): void {
  task.over = true;
  task.onOver?.();
}
