/**
 * Runs one task at a time, in the order in which they came. A transaction belongs to a connection, and there is one: what
 * ran between its BEGIN and its COMMIT would be part of it, and would see what may yet be undone.
 */
export class Queue {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    // The next task runs whatever became of this one; who called hears of a failure through `result`.
    this.#last = result.catch(() => undefined);
    return result;
  }
}
