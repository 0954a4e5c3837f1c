/*
 * An entry is two words of 32 bits: 24 bits of the name's hash and 39 bits of commit, and one bit that says "decided since".
 * As objects, ten million entries would take a gigabyte.
 */
const ENTRY_WORDS = 2;
export const PRINT_BITS = 24;
const COMMIT_HIGH_BITS = 8;
const COMMIT_LOW = 2 ** 31;

/** A segment grows by a quarter once it is this full: probes stay short, and little memory is left idle. */
const LOAD_MAX = 0.85;
const GROWTH = 1.25;
const SLOTS_MIN = 16;

/** A part of the keydir: a hash table with open addressing in one typed array. Several entries may have the same print. */
export class Segment {
  #words: Uint32Array<ArrayBuffer>;
  #slots: number;
  #entries = 0;

  /** @param words what `copy` gave; an empty segment unless given. */
  constructor(words = new Uint32Array(SLOTS_MIN * ENTRY_WORDS)) {
    this.#words = words;
    this.#slots = toInteger(words.length / ENTRY_WORDS);
    for (let slot = 0; slot < this.#slots; slot += 1) if (!this.#isFree(slot)) this.#entries += 1;
  }

  get entries(): number {
    return this.#entries;
  }

  /** Copies the table, to be saved. */
  copy(): Uint32Array<ArrayBuffer> {
    return this.#words.slice();
  }

  /** Adds an entry, whatever others have its print. */
  add(print: number, commit: number): void {
    if (this.#entries + 1 > this.#slots * LOAD_MAX) this.#grow();
    this.#entries += 1;
    this.#put(print, ((print << COMMIT_HIGH_BITS) | Math.floor(commit / COMMIT_LOW)) >>> 0, (commit % COMMIT_LOW) * 2);
  }

  /** Finds the first slot with an entry of this print, or the next one after a slot; -1 where there is none. */
  find(print: number, after?: number): number {
    const words = this.#words;
    for (let slot = after === undefined ? this.#home(print) : this.#next(after); ; slot = this.#next(slot)) {
      const high = words[slot * ENTRY_WORDS] as number;
      if (high === 0 && words[slot * ENTRY_WORDS + 1] === 0) return -1;
      if (high >>> COMMIT_HIGH_BITS === print) return slot;
    }
  }

  commitAt(slot: number): number {
    const high = (this.#words[slot * ENTRY_WORDS] as number) & 0xff;
    return high * COMMIT_LOW + ((this.#words[slot * ENTRY_WORDS + 1] as number) >>> 1);
  }

  isDecidedAt(slot: number): boolean {
    return ((this.#words[slot * ENTRY_WORDS + 1] as number) & 1) === 1;
  }

  markDecided(slot: number): void {
    const at = slot * ENTRY_WORDS + 1;
    this.#words[at] = ((this.#words[at] as number) | 1) >>> 0;
  }

  /** Moves an entry to a later commit, of which nothing is known to be decided yet. */
  move(slot: number, print: number, commit: number): void {
    const at = slot * ENTRY_WORDS;
    this.#words[at] = ((print << COMMIT_HIGH_BITS) | Math.floor(commit / COMMIT_LOW)) >>> 0;
    this.#words[at + 1] = (commit % COMMIT_LOW) * 2;
  }

  #put(print: number, high: number, low: number): void {
    let slot = this.#home(print);
    while (!this.#isFree(slot)) slot = this.#next(slot);
    this.#words[slot * ENTRY_WORDS] = high;
    this.#words[slot * ENTRY_WORDS + 1] = low;
  }

  #grow(): void {
    const old = this.#words;
    this.#slots = toInteger(Math.ceil(this.#slots * GROWTH));
    this.#words = new Uint32Array(this.#slots * ENTRY_WORDS);
    for (let at = 0; at < old.length; at += ENTRY_WORDS) {
      const high = old[at] as number;
      const low = old[at + 1] as number;
      if (high !== 0 || low !== 0) this.#put(high >>> COMMIT_HIGH_BITS, high, low);
    }
  }

  #home(print: number): number {
    return toInteger((print * this.#slots) / 2 ** PRINT_BITS);
  }

  /** Commits are numbered from 1, so no entry is all zeros. */
  #isFree(slot: number): boolean {
    return this.#words[slot * ENTRY_WORDS] === 0 && this.#words[slot * ENTRY_WORDS + 1] === 0;
  }

  #next(slot: number): number {
    return slot + 1 === this.#slots ? 0 : slot + 1;
  }
}

/** Cuts off what is behind the point, and tells the engine that an integer is left: it is the inner loop of every look-up. */
function toInteger(number: number): number {
  return number | 0;
}
