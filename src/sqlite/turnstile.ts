interface Waiting {
  readonly mayBegin: () => boolean;
  readonly begin: () => void;
}

/** Lets calls begin in the order in which they came: one that may not begin yet holds up those behind it. */
export class Turnstile {
  readonly #change: () => Promise<void>;
  readonly #waiting: Waiting[] = [];
  #isWaiting = false;

  /** @param change resolves when it is worth asking again whether a call may begin. */
  constructor(change: () => Promise<void>) {
    this.#change = change;
  }

  /** Whether a call would begin at once, unless it is held up itself. */
  get isFree(): boolean {
    return this.#waiting.length === 0;
  }

  /** Begins the call at once where that may be, so that what it does first is done when this returns. */
  begin<T>(mayBegin: () => boolean, call: () => Promise<T>): Promise<T> {
    if (this.#waiting.length === 0 && mayBegin()) return call();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ mayBegin, begin: () => call().then(resolve, reject) });
      if (!this.#isWaiting) void this.#wait();
    });
  }

  async #wait(): Promise<void> {
    this.#isWaiting = true;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      while (!next.mayBegin()) await this.#change();
      next.begin();
      this.#waiting.shift();
    }
    this.#isWaiting = false;
  }
}
