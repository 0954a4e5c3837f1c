import type { NameHash } from './name-hash.ts';
import { PRINT_BITS, Segment } from './segment.ts';

const SEGMENT_BITS = 8;
export const SEGMENTS = 2 ** SEGMENT_BITS;

/** Tells of a commit whose block is in memory whether it has a register. */
export interface BlocksInMemory {
  get(commit: number): { find(name: string): number | undefined } | undefined;
}

const NOWHERE: readonly Location[] = [];
const NO_BLOCKS: BlocksInMemory = { get: () => undefined };

/** A commit in which a register's latest state may be. */
export interface Location {
  readonly commit: number;
  /** Whether the state there was found to be decided after it was saved. */
  readonly isDecided: boolean;
}

/**
 * Says for every register in which commit its latest state is: Bitcask's keydir, all of it in memory. It knows 32 bits of
 * each name's hash, so it may name commits of other registers too, and the reader looks for the name there. It never
 * misses one.
 */
export class Keydir {
  readonly #hash: NameHash;
  readonly #segments: Segment[];
  /** Bits of the last name's hash. */
  #print = 0;

  /** @param saved the segments that were saved, by their number. */
  constructor(hash: NameHash, saved: ReadonlyMap<number, { readonly segment: Segment }> = new Map()) {
    this.#hash = hash;
    this.#segments = Array.from({ length: SEGMENTS }, (_, number) => saved.get(number)?.segment ?? new Segment());
  }

  segment(number: number): Segment {
    return this.#segments[number] as Segment;
  }

  /** The number of the segment that a name belongs to. */
  segmentOf(name: string): number {
    this.#hash.of(name);
    return this.#hash.high >>> (32 - SEGMENT_BITS);
  }

  /** Whether a register may have a state: `false` is certain. */
  mayHave(name: string): boolean {
    return this.#segmentOf(name).find(this.#print) !== -1;
  }

  /** Lists where a register's latest state may be, the latest commit first. */
  find(name: string): readonly Location[] {
    const segment = this.#segmentOf(name);
    const first = segment.find(this.#print);
    if (first === -1) return NOWHERE;
    const found: Location[] = [];
    for (let slot = first; slot !== -1; slot = segment.find(this.#print, slot)) {
      found.push({ commit: segment.commitAt(slot), isDecided: segment.isDecidedAt(slot) });
    }
    return found.length < 2 ? found : found.sort((a, b) => b.commit - a.commit);
  }

  /**
   * Records that a commit saved a register.
   * @param isNew whether the register had no state before.
   * @param blocks blocks in memory, for the rare case that two registers look alike.
   */
  set(name: string, commit: number, isNew: boolean, blocks: BlocksInMemory): void {
    const segment = this.#segmentOf(name);
    const slot = isNew ? -1 : this.#ownSlot(segment, name, blocks);
    // An entry too many costs a look; one that takes another register's place would lose that register.
    if (slot === -1) segment.add(this.#print, commit);
    else segment.move(slot, this.#print, commit);
  }

  /** Marks a register's latest state as decided, where it is certain which entry is the register's. */
  markDecided(name: string): void {
    const segment = this.#segmentOf(name);
    const slot = this.#ownSlot(segment, name, NO_BLOCKS);
    if (slot !== -1) segment.markDecided(slot);
  }

  /** Finds the entry of a register that is known to have one: the only one that looks like it, or the one whose commit has it. */
  #ownSlot(segment: Segment, name: string, blocks: BlocksInMemory): number {
    const first = segment.find(this.#print);
    if (first === -1 || segment.find(this.#print, first) === -1) return first;
    for (let slot = first; slot !== -1; slot = segment.find(this.#print, slot)) {
      if (blocks.get(segment.commitAt(slot))?.find(name) !== undefined) return slot;
    }
    return -1;
  }

  #segmentOf(name: string): Segment {
    this.#hash.of(name);
    const { high, low } = this.#hash;
    this.#print = low >>> (32 - PRINT_BITS);
    return this.#segments[high >>> (32 - SEGMENT_BITS)] as Segment;
  }
}
