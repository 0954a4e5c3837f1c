import {
  commitOf,
  copyEntry,
  decidedHigh,
  ENTRY_WORDS,
  HASH_HIGH,
  HASH_LOW,
  indexOf,
  PLACE_HIGH,
  PLACE_LOW,
  type Place,
  placeOf,
  sortNearlySorted,
} from './entries.ts';

/**
 * Entries that are not in the index file yet: a hash table with open addressing in one typed array. An entry's own slot is
 * given by the upper bits of its hash, so the slots are nearly in order of the hashes already when they are to be written.
 */
export class Overlay {
  /** The last commit of which it has entries, and the checksum of its block. */
  last = { commit: 0, checksum: 0 };
  readonly entriesMax: number;
  readonly #words: Uint32Array;
  readonly #slots: number;
  readonly #shift: number;
  #entries = 0;

  constructor(entriesMax: number) {
    this.entriesMax = entriesMax;
    // Half full at most, so that a search is a step or two.
    const bits = Math.max(1, Math.ceil(Math.log2(2 * entriesMax)));
    this.#slots = 2 ** bits;
    this.#shift = 32 - bits;
    this.#words = new Uint32Array(this.#slots * ENTRY_WORDS);
  }

  get entries(): number {
    return this.#entries;
  }

  hasRoomFor(entries: number): boolean {
    return this.#entries + entries <= this.entriesMax;
  }

  /** @param slot the slot of an entry of the same register, whose place it takes; or `undefined` for one of its own. */
  set(high: number, low: number, toLow: number, toHigh: number, slot = this.#freeSlot(high)): void {
    const at = slot * ENTRY_WORDS;
    if (this.#isFree(slot)) this.#entries += 1;
    this.#words[at + HASH_HIGH] = high;
    this.#words[at + HASH_LOW] = low;
    this.#words[at + PLACE_LOW] = toLow;
    this.#words[at + PLACE_HIGH] = toHigh;
  }

  /** The first slot with an entry of this hash, from `slot` on; -1 when there is none. */
  find(high: number, low: number, slot = high >>> this.#shift): number {
    const words = this.#words;
    for (let at = slot; ; at = this.#next(at)) {
      if (this.#isFree(at)) return -1;
      const word = at * ENTRY_WORDS;
      if (words[word + HASH_HIGH] === high && words[word + HASH_LOW] === low) return at;
    }
  }

  findNext(high: number, low: number, slot: number): number {
    return this.find(high, low, this.#next(slot));
  }

  place(slot: number): Place {
    const at = slot * ENTRY_WORDS;
    return placeOf(this.#words[at + PLACE_LOW] as number, this.#words[at + PLACE_HIGH] as number);
  }

  commitAt(slot: number): number {
    const at = slot * ENTRY_WORDS;
    return commitOf(this.#words[at + PLACE_LOW] as number, this.#words[at + PLACE_HIGH] as number);
  }

  indexAt(slot: number): number {
    return indexOf(this.#words[slot * ENTRY_WORDS + PLACE_HIGH] as number);
  }

  setDecided(slot: number): void {
    const at = slot * ENTRY_WORDS + PLACE_HIGH;
    this.#words[at] = decidedHigh(this.#words[at] as number);
  }

  /** A copy of all entries, in order of their hashes. */
  sorted(): Uint32Array {
    const sorted = new Uint32Array(this.#entries * ENTRY_WORDS);
    let to = 0;
    // Entries past the end went on at the beginning: they come last.
    for (const wrapped of [false, true]) {
      for (let slot = 0; slot < this.#slots; slot += 1) {
        if (this.#isFree(slot)) {
          if (wrapped) break;
          continue;
        }
        const at = slot * ENTRY_WORDS;
        if ((this.#words[at] as number) >>> this.#shift > slot !== wrapped) continue;
        copyEntry(this.#words, at, sorted, to);
        to += ENTRY_WORDS;
      }
    }
    sortNearlySorted(sorted);
    return sorted;
  }

  #freeSlot(high: number): number {
    let slot = high >>> this.#shift;
    while (!this.#isFree(slot)) slot = this.#next(slot);
    return slot;
  }

  /** Commits are numbered from 1, so no place is all zeros. */
  #isFree(slot: number): boolean {
    const at = slot * ENTRY_WORDS;
    return this.#words[at + PLACE_LOW] === 0 && this.#words[at + PLACE_HIGH] === 0;
  }

  #next(slot: number): number {
    return slot + 1 === this.#slots ? 0 : slot + 1;
  }
}
