import type { Change } from '../protocol/batch.ts';
import { Block } from './block.ts';
import { BlockWriter } from './block-writer.ts';
import { saveFailure } from './failures.ts';
import type { Finality } from './finality.ts';
import type { Lookup } from './lookup.ts';
import type { Opened } from './opened.ts';
import type { PeerBook } from './peer-book.ts';
import { Queue } from './queue.ts';
import { writtenBefore } from './written-before.ts';

/** Registers in one commit: to read one of them later, all are read. */
const COMMIT_REGISTERS_MAX = 64;

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
   * One commit or several, together: resolves, to the number of the last, once all are on the disk. Their blocks are made, and
   * their places are known, when this returns: what the caller does to the values from then on is its own business, and a
   * look-up knows to wait for them.
   */
  async save(changes: readonly Change[]): Promise<number> {
    if (this.#finality.failure !== undefined) throw this.#finality.failure;
    if (changes.length === 0) return await this.inTurn(async () => this.#finished.commit);
    const blocks: Block[] = [];
    for (let from = 0; from < changes.length; from += COMMIT_REGISTERS_MAX) {
      blocks.push(this.#begin(changes.slice(from, from + COMMIT_REGISTERS_MAX), blocks.length));
    }
    const extent = this.#begun;
    return await this.inTurn(async () => {
      await this.#opened.journal.append(blocks);
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

  /** @param before how many commits of the same save come before it. */
  #begin(changes: readonly Change[], before: number): Block {
    const { overlays, cache } = this.#opened;
    const writer = new BlockWriter();
    for (const change of changes) writer.add(change, writtenBefore(this.#lookup, change));
    const commit = this.#begun.commit + 1;
    const registers = this.#begun.registers + writer.new;
    const block = new Block(writer.finish(commit, registers, { peers: this.#peerBook.takeNoted(), before }));
    this.#begun = { commit, registers };
    cache.set(block);
    overlays.add(
      block,
      changes.map(({ name }) => name),
    );
    return block;
  }
}
