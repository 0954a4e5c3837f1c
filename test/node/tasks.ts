import { newTask, type Task } from '../../src/node/task.ts';
import { proposal } from '../support/sample.ts';

/** A task with writers of these values, the first of which is its own; or of one that is its name. */
export function task(name: string, ...values: string[]): Task {
  const made = newTask(name, null);
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
