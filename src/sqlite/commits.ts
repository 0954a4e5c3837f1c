import type { Change } from '../protocol/batch.ts';
import { invariant } from '../protocol/invariant.ts';
import { Block } from './block.ts';
import { BlockWriter } from './block-writer.ts';
import { COMMIT_REGISTERS_MAX } from './entries.ts';
import { saveFailure } from './failures.ts';
import type { Finality } from './finality.ts';
import type { Lookup } from './lookup.ts';
import type { Opened } from './opened.ts';
import type { PeerBook } from './peer-book.ts';
import { Queue } from './queue.ts';
import { writtenBefore } from './written-before.ts';

/** How far a store has come. */
export interface Extent {
  readonly commit: number;
  /** How many registers have a state with it. */
  readonly registers: number;
}

/** What is written to the journal's file: one thing after the other, in the order in which it was asked for. */
export class Commits {
  readonly #opened: Opened;
  readonly #lookup: Lookup;
  readonly #peerBook: PeerBook;
  readonly #finality: Finality;
  readonly #queue = new Queue();
  #finished: Extent;
  #begun: Extent;

  constructor(opened: Opened, lookup: Lookup, peerBook: PeerBook, finality: Finality) {
    this.#opened = opened;
    this.#lookup = lookup;
    this.#peerBook = peerBook;
    this.#finality = finality;
    this.#finished = opened.last;
    this.#begun = opened.last;
  }

  /** What is on the disk. */
  get finished(): Extent {
    return this.#finished;
  }

  /**
   * One commit: resolves, to its number, once it is on the disk. Its block is made, and its places are known, when this
   * returns: what the caller does to the values from then on is its own business, and a look-up knows to wait for it.
   */
  async save(changes: readonly Change[]): Promise<number> {
    if (this.#finality.failure !== undefined) throw this.#finality.failure;
    if (changes.length === 0) return await this.inTurn(async () => this.#finished.commit);
    invariant(changes.length <= COMMIT_REGISTERS_MAX, `A commit of more than ${COMMIT_REGISTERS_MAX} registers`);
    const { overlays, cache, journal } = this.#opened;
    const block = this.#blockOf(changes);
    const extent = { commit: block.commit, registers: block.registers };
    this.#begun = extent;
    cache.set(block);
    overlays.add(
      block,
      changes.map(({ name }) => name),
    );
    return await this.inTurn(async () => {
      await journal.append(extent.commit, block.bytes);
      this.#finished = extent;
      return extent.commit;
    });
  }

  /** Does something else in its turn; where it fails, that is final as a commit's failure is. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.run(() => this.#finality.guard(work, saveFailure));
  }

  /** Resolves once all that was asked for by now has been written, or has failed. */
  async settled(): Promise<void> {
    await this.#queue.run(async () => undefined);
  }

  #blockOf(changes: readonly Change[]): Block {
    const writer = new BlockWriter();
    for (const change of changes) writer.add(change, writtenBefore(this.#lookup, change));
    const { commit, registers } = this.#begun;
    return new Block(writer.finish(commit + 1, registers + writer.new, this.#peerBook.takeNoted()));
  }
}
