import type { Clock } from '../../ports.ts';

/** How much later than its time an item may expire: one timer then serves all that fall due within it. */
const GRAIN_MS = 10;

/** An item's place among those that have not expired. */
export interface Deadline<Item> {
  readonly item: Item;
  readonly dueMs: number;
  isOver: boolean;
  before: Deadline<Item> | undefined;
  after: Deadline<Item> | undefined;
}

/**
 * One timer for many items that all have the same time to live: they expire in the order in which they came. They are linked to
 * each other, so that to add and to remove one costs the same however many there are.
 */
export class Deadlines<Item> {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #onExpired: (item: Item) => void;
  #first: Deadline<Item> | undefined;
  #last: Deadline<Item> | undefined;
  #armed = false;

  constructor(clock: Clock, timeoutMs: number, onExpired: (item: Item) => void) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#onExpired = onExpired;
  }

  /** @returns what to remove it by. */
  add(item: Item): Deadline<Item> {
    const dueMs = this.#clock.now() + this.#timeoutMs;
    const deadline: Deadline<Item> = { item, dueMs, isOver: false, before: this.#last, after: undefined };
    if (this.#last === undefined) this.#first = deadline;
    else this.#last.after = deadline;
    this.#last = deadline;
    if (!this.#armed) this.#arm(this.#timeoutMs);
    return deadline;
  }

  /** It will not expire any more. One that has expired, or was removed, is passed over. */
  remove(deadline: Deadline<Item>): void {
    if (deadline.isOver) return;
    deadline.isOver = true;
    const { before, after } = deadline;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
  }

  #arm(delayMs: number): void {
    this.#armed = true;
    this.#clock.setTimeout(() => this.#sweep(), delayMs);
  }

  #sweep(): void {
    this.#armed = false;
    const nowMs = this.#clock.now();
    const expired: Item[] = [];
    let first = this.#first;
    for (; first !== undefined && first.dueMs <= nowMs; first = first.after) {
      first.isOver = true;
      expired.push(first.item);
    }
    this.#first = first;
    if (first === undefined) this.#last = undefined;
    else {
      first.before = undefined;
      this.#arm(Math.max(GRAIN_MS, first.dueMs - nowMs));
    }
    for (const item of expired) this.#onExpired(item);
  }
}
