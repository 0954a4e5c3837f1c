/** Waits that can be cut short. One at a time. */
export class Pauses {
  #isEnded = false;
  #wake: () => void = () => undefined;

  async of(milliseconds: number): Promise<void> {
    if (this.#isEnded) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Ends the one that is under way. */
  skip(): void {
    this.#wake();
  }

  /** Ends the one that is under way, and there are no more. */
  end(): void {
    this.#isEnded = true;
    this.#wake();
  }
}
