export interface BatchLimits {
  readonly batchRegistersMax: number;
  readonly batchBytesMax: number;
  readonly batchesInFlightMax: number;
}

/**
 * Gathers items into batches. A lone item leaves at once; while as many batches as may be are under way, what comes
 * gathers in the next, so load makes batches larger instead of queues longer.
 */
export class BatchQueue<Item> {
  readonly #limits: BatchLimits;
  readonly #bytesOf: (item: Item) => number;
  readonly #run: (batch: readonly Item[]) => Promise<void>;
  #waiting: Item[] = [];
  #inFlight = 0;
  #scheduled = false;

  /** @param run drives one batch; its promise resolves when the next may leave, and never rejects. */
  constructor(limits: BatchLimits, bytesOf: (item: Item) => number, run: (batch: readonly Item[]) => Promise<void>) {
    this.#limits = limits;
    this.#bytesOf = bytesOf;
    this.#run = run;
  }

  add(item: Item): void {
    this.#waiting.push(item);
    this.#schedule();
  }

  /** Items that arrive in one turn of the event loop's microtasks share a batch. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#waiting.length > 0 && this.#inFlight < this.#limits.batchesInFlightMax) {
      this.#inFlight += 1;
      void this.#run(this.#take()).finally(() => {
        this.#inFlight -= 1;
        this.#pump();
      });
    }
  }

  #take(): Item[] {
    let bytes = 0;
    let count = 0;
    for (const item of this.#waiting) {
      bytes += this.#bytesOf(item);
      if (count > 0 && (count >= this.#limits.batchRegistersMax || bytes > this.#limits.batchBytesMax)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }
}
