import type { Clock } from '../ports.ts';

/** How much later than its time an item may expire: one timer then serves all that fall due within it. */
const GRAIN_MS = 10;

/** One timer for many items that all have the same time to live: they expire in the order in which they came. */
export class Deadlines<Item> {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #onExpired: (item: Item) => void;
  /** When each item is due; a map keeps the order in which they came. */
  readonly #due = new Map<Item, number>();
  #armed = false;

  constructor(clock: Clock, timeoutMs: number, onExpired: (item: Item) => void) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#onExpired = onExpired;
  }

  add(item: Item): void {
    this.#due.set(item, this.#clock.now() + this.#timeoutMs);
    if (!this.#armed) this.#arm(this.#timeoutMs);
  }

  /** It will not expire any more. */
  remove(item: Item): void {
    this.#due.delete(item);
  }

  #arm(delayMs: number): void {
    this.#armed = true;
    this.#clock.setTimeout(() => this.#sweep(), delayMs);
  }

  #sweep(): void {
    this.#armed = false;
    const nowMs = this.#clock.now();
    const expired: Item[] = [];
    let nextMs: number | undefined;
    for (const [item, dueMs] of this.#due) {
      if (dueMs > nowMs) {
        nextMs = dueMs;
        break;
      }
      expired.push(item);
      this.#due.delete(item);
    }
    if (nextMs !== undefined) this.#arm(Math.max(GRAIN_MS, nextMs - nowMs));
    for (const item of expired) this.#onExpired(item);
  }
}
