import type { Clock } from '../ports.ts';

/** One timer for many items that all have the same time to live: they expire in the order in which they came. */
export class Deadlines<Item> {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #onExpired: (item: Item) => void;
  #entries: { readonly item: Item; readonly atMs: number }[] = [];
  #armed = false;

  constructor(clock: Clock, timeoutMs: number, onExpired: (item: Item) => void) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#onExpired = onExpired;
  }

  add(item: Item): void {
    this.#entries.push({ item, atMs: this.#clock.now() + this.#timeoutMs });
    if (!this.#armed) this.#arm(this.#timeoutMs);
  }

  #arm(delayMs: number): void {
    this.#armed = true;
    this.#clock.setTimeout(() => this.#sweep(), delayMs);
  }

  #sweep(): void {
    this.#armed = false;
    const nowMs = this.#clock.now();
    const due = this.#entries.findIndex(({ atMs }) => atMs > nowMs);
    const expired = this.#entries.splice(0, due === -1 ? this.#entries.length : due);
    for (const { item } of expired) this.#onExpired(item);
    const [next] = this.#entries;
    if (next !== undefined && !this.#armed) this.#arm(Math.max(1, next.atMs - nowMs));
  }
}
