import { LRUCache } from 'lru-cache';
import type { Block } from './block.ts';

/** A block in memory for each of its bytes: once as it is, and its text once more, as lines. */
const BYTES_EACH = 2;
const BLOCK_BYTES = 1_024;

/** The blocks that were written or read last. Registers that are saved together are often asked for together, and soon. */
export class BlockCache {
  readonly #blocks: LRUCache<number, Block>;

  constructor(bytesMax: number) {
    this.#blocks = new LRUCache({ maxSize: bytesMax });
  }

  get(commit: number): Block | undefined {
    return this.#blocks.get(commit);
  }

  set(block: Block): void {
    this.#blocks.set(block.commit, block, { size: BLOCK_BYTES + BYTES_EACH * block.bytes.length });
  }
}
