/** Counts what has begun and not ended. */
export class UnderWay {
  #count = 0;
  #onNone: (() => void)[] = [];

  begin(): void {
    this.#count += 1;
  }

  end(): void {
    this.#count -= 1;
    if (this.#count > 0) return;
    for (const resolve of this.#onNone.splice(0)) resolve();
  }

  /** Resolves as soon as nothing is under way. */
  none(): Promise<void> {
    return this.#count === 0 ? Promise.resolve() : new Promise((resolve) => this.#onNone.push(resolve));
  }
}
