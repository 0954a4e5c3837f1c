/** What happens at one instant of virtual time. */
export interface Moment {
  readonly atMs: number;
  readonly sequence: number;
  run: (() => void) | undefined;
}

/**
 * Virtual time: moments ordered by time, and those of one time by the order in which they were planned. Between two of
 * them everything that the first set off in promises comes to an end: a `setImmediate` callback runs only when the queue of
 * microtasks is empty, and the code under test has nothing but microtasks, timers of this timeline, and the ports.
 */
export class Timeline {
  nowMs = 0;
  /** How many moments have passed. */
  moments = 0;
  #planned = 0;
  readonly #heap: Moment[] = [];

  /** Plans a moment `delayMs` from now. */
  plan(delayMs: number, run: () => void): Moment {
    const moment: Moment = { atMs: this.nowMs + Math.max(0, delayMs), sequence: this.#planned++, run };
    this.#heap.push(moment);
    this.#rise(this.#heap.length - 1);
    return moment;
  }

  cancel(moment: Moment): void {
    moment.run = undefined;
  }

  /** Lets time pass until `isOver` holds or `untilMs` is reached; returns whether it held. */
  async pass(untilMs: number, isOver: () => boolean = () => false): Promise<boolean> {
    await settled();
    while (!isOver()) {
      const moment = this.#heap[0];
      if (moment === undefined || moment.atMs > untilMs) {
        this.nowMs = Math.max(this.nowMs, untilMs);
        return false;
      }
      this.#removeFirst();
      if (moment.run === undefined) continue;
      this.nowMs = moment.atMs;
      this.moments += 1;
      moment.run();
      await settled();
    }
    return true;
  }

  #rise(from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isBefore(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    let index = 0;
    for (;;) {
      let first = index;
      for (const child of [2 * index + 1, 2 * index + 2]) {
        if (child < this.#heap.length && this.#isBefore(child, first)) first = child;
      }
      if (first === index) return;
      this.#swap(index, first);
      index = first;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const a = this.#heap[one] as Moment;
    const b = this.#heap[other] as Moment;
    return a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);
  }

  #swap(one: number, other: number): void {
    const held = this.#heap[one] as Moment;
    this.#heap[one] = this.#heap[other] as Moment;
    this.#heap[other] = held;
  }
}

/** Resolves when no promise has anything left to do. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
