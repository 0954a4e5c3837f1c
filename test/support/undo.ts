/** Undoes what was started, the last first; a step that fails does not keep the others from it. */
export class Undo {
  readonly #steps: (() => unknown)[] = [];

  add(step: () => unknown): void {
    this.#steps.push(step);
  }

  async all(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      await Promise.resolve()
        .then(step)
        .catch((error: unknown) => console.error('while cleaning up:', error));
    }
  }
}
