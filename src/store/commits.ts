import type { Change } from '../protocol/batch.ts';
import { invariant } from '../protocol/invariant.ts';
import { saveFailure } from './failures.ts';
import type { Finality } from './finality.ts';
import type { JournalEnd } from './index/snapshots.ts';
import { type Block, blockOf } from './journal/block.ts';
import type { Journal } from './journal/journal.ts';
import { writtenBefore } from './journal/written-before.ts';
import type { Lookup } from './lookup.ts';
import type { PeerBook } from './peer-book.ts';
import { Queue } from './queue.ts';
import type { PeerTable } from './sqlite/peers.ts';

/** Registers in one commit: to read one of them later, all are read. */
const COMMIT_REGISTERS_MAX = 64;

/** How far a store has come. */
export interface Extent {
  readonly commit: number;
  /** The checksum of that commit's block. */
  readonly checksum: number;
  /** How many registers have a state with it. */
  readonly registers: number;
}

/** Writes to the journal's file: one thing after the other, in the order in which it was asked for. */
export class Commits implements JournalEnd {
  readonly #journal: Journal;
  readonly #lookup: Lookup;
  readonly #peerBook: PeerBook;
  readonly #peerTable: PeerTable;
  readonly #finality: Finality;
  readonly #onBlock: (block: Block, changes: readonly Change[]) => void;
  readonly #queue = new Queue();
  #finished: Extent;
  #begun: Extent;
  /** Up to which commit the table of peers has what blocks noted. */
  #peersFlushed = 0;

  constructor(
    { journal, peerTable, last }: { readonly journal: Journal; readonly peerTable: PeerTable; readonly last: Extent },
    lookup: Lookup,
    peerBook: PeerBook,
    finality: Finality,
    onBlock: (block: Block, changes: readonly Change[]) => void,
  ) {
    this.#journal = journal;
    this.#peerTable = peerTable;
    this.#lookup = lookup;
    this.#peerBook = peerBook;
    this.#finality = finality;
    this.#onBlock = onBlock;
    this.#finished = last;
    this.#begun = last;
  }

  /** The last commit that is on the disk. */
  get finished(): Extent {
    return this.#finished;
  }

  get last(): Extent {
    return this.#begun;
  }

  get registers(): number {
    return this.#begun.registers;
  }

  /**
   * Makes one commit or several, together, and resolves once all are on the disk. Their blocks are made, and can be found,
   * when this returns: the caller may change the values from then on, and a look-up knows to wait.
   */
  async save(changes: readonly Change[]): Promise<void> {
    if (this.#finality.failure !== undefined) throw this.#finality.failure;
    if (changes.length === 0) return await this.inTurn(async () => undefined);
    const blocks: Block[] = [];
    for (let from = 0; from < changes.length; from += COMMIT_REGISTERS_MAX) {
      blocks.push(this.#begin(changes.slice(from, from + COMMIT_REGISTERS_MAX)));
    }
    const extent = this.#begun;
    await this.inTurn(async () => {
      await this.#journal.append(blocks);
      this.#finished = extent;
    });
  }

  /** Does something else in its turn; where it fails, that is final as a commit's failure is. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.run(() => this.#finality.guard(work, saveFailure));
  }

  /** Writes what blocks have noted of peers to their table: a block that the index covers is not replayed. */
  flushPeers(): Promise<void> {
    return this.inTurn(async () => {
      const records = this.#peerBook.takeForTable();
      if (records !== undefined) await this.#peerTable.write(records, this.#finished.commit);
      this.#peersFlushed = this.#finished.commit;
    });
  }

  async settled(replayedFrom: number): Promise<void> {
    const { commit } = this.#begun;
    await (replayedFrom > this.#peersFlushed ? this.flushPeers() : this.idle());
    invariant(this.#finished.commit >= commit, `Commit ${commit} is not on the disk yet`);
  }

  /** Resolves once all that was asked for by now has been written, or has failed. */
  async idle(): Promise<void> {
    await this.#queue.run(async () => undefined);
  }

  #begin(changes: readonly Change[]): Block {
    const block = blockOf(this.#begun, this.#peerBook.takeNoted(), changes, (change) =>
      writtenBefore(this.#lookup, change),
    );
    this.#begun = block;
    this.#onBlock(block, changes);
    return block;
  }
}
