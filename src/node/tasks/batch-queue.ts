import type { Clock } from '../../ports.ts';

export interface BatchLimits {
  readonly batchRegistersMax: number;
  readonly batchBytesMax: number;
  readonly batchesInFlightMax: number;
  /** The same while what waits fills a batch: to wait on would not make it larger. */
  readonly fullBatchesInFlightMax?: number;
}

/** How long the next batch may wait for those who were answered with the last one. */
export interface Gathering {
  readonly clock: Clock;
  readonly delayMaxMs: number;
}

/** A batch of fewer is no sign of load, and the next does not wait. */
const GATHER_ITEMS_MIN = 5;
/** Wait for this share of those that were just answered, beside what waits already: they are about to ask again. */
const GATHER_SHARE = 0.75;

/**
 * Gathers items into batches. A lone item leaves at once; while as many batches as may be are under way, what comes
 * gathers in the next, so load makes batches larger instead of queues longer.
 */
export class BatchQueue<Item> {
  readonly #limits: BatchLimits;
  readonly #bytesOf: (item: Item) => number;
  readonly #run: (batch: readonly Item[]) => Promise<void>;
  #waiting: Item[] = [];
  #waitingBytes = 0;
  #inFlight = 0;
  #scheduled = false;
  readonly #gathering: Gathering | undefined;
  #gatherTimer: unknown;
  /** How many must wait before the next batch leaves ahead of that timer. */
  #wanted = 0;

  /**
   * @param run drives one batch; its promise resolves when the next may leave, and never rejects.
   * @param gathering for a queue where fewer and larger batches are worth a short wait under load.
   */
  constructor(
    limits: BatchLimits,
    bytesOf: (item: Item) => number,
    run: (batch: readonly Item[]) => Promise<void>,
    gathering?: Gathering,
  ) {
    this.#limits = limits;
    this.#bytesOf = bytesOf;
    this.#run = run;
    this.#gathering = gathering;
  }

  add(item: Item): void {
    this.#waiting.push(item);
    this.#waitingBytes += this.#bytesOf(item);
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
    if (this.#waiting.length < this.#wanted && !this.#isFull()) return;
    this.#stopGathering();
    while (this.#waiting.length > 0 && this.#inFlight < this.#inFlightMax()) {
      this.#inFlight += 1;
      const batch = this.#take();
      void this.#run(batch).finally(() => {
        this.#inFlight -= 1;
        this.#gather(batch.length);
        this.#pump();
      });
    }
  }

  #inFlightMax(): number {
    const { batchesInFlightMax, fullBatchesInFlightMax = batchesInFlightMax } = this.#limits;
    return this.#isFull() ? Math.max(batchesInFlightMax, fullBatchesInFlightMax) : batchesInFlightMax;
  }

  /** About: what an item takes may change while it waits. */
  #isFull(): boolean {
    const { batchRegistersMax, batchBytesMax } = this.#limits;
    return this.#waiting.length >= batchRegistersMax || this.#waitingBytes >= batchBytesMax;
  }

  #gather(last: number): void {
    if (this.#gathering === undefined || last < GATHER_ITEMS_MIN) return;
    const { clock, delayMaxMs } = this.#gathering;
    this.#stopGathering();
    // Without those that wait already there would be two cohorts that take turns for ever, each in batches half as large.
    this.#wanted = this.#waiting.length + GATHER_SHARE * last;
    this.#gatherTimer = clock.setTimeout(() => {
      this.#wanted = 0;
      this.#pump();
    }, delayMaxMs);
  }

  #stopGathering(): void {
    if (this.#wanted === 0) return;
    this.#gathering?.clock.clearTimeout(this.#gatherTimer);
    this.#wanted = 0;
  }

  #take(): Item[] {
    const { batchRegistersMax, batchBytesMax } = this.#limits;
    let bytes = 0;
    let count = 0;
    for (const item of this.#waiting) {
      const more = this.#bytesOf(item);
      if (count > 0 && (count >= batchRegistersMax || bytes + more > batchBytesMax)) break;
      bytes += more;
      count += 1;
    }
    const batch = this.#waiting.splice(0, count);
    this.#waitingBytes = this.#waiting.length === 0 ? 0 : Math.max(0, this.#waitingBytes - bytes);
    return batch;
  }
}
