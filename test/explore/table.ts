const CHUNK_BITS = 16;
const CHUNK_STATES = 1 << CHUNK_BITS;
const CHUNK_MASK = CHUNK_STATES - 1;

/**
 * All states seen so far, in the order in which they were first seen. A state is a few whole numbers; it is kept whole,
 * not as a fingerprint, so two states are never mistaken for one. 4 × (width + 1) bytes each, and 8 to 16 for finding it.
 */
export class StateTable {
  readonly #width: number;
  readonly #chunks: Int32Array[] = [];
  readonly #parents: Int32Array[] = [];
  #slots = new Int32Array(1 << 16).fill(-1);
  #size = 0;

  /** @param width how many numbers make a state. */
  constructor(width: number) {
    this.#width = width;
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Notes a state and the one that it was reached from (-1 for the first).
   * @returns whether it is new.
   */
  add(state: Int32Array, parent: number): boolean {
    if (this.#size * 2 >= this.#slots.length) this.#grow();
    const slot = this.#find(state);
    if (this.#slots[slot] !== -1) return false;
    this.#slots[slot] = this.#size;
    const place = this.#size & CHUNK_MASK;
    if (place === 0) {
      this.#chunks.push(new Int32Array(CHUNK_STATES * this.#width));
      this.#parents.push(new Int32Array(CHUNK_STATES));
    }
    this.#chunks.at(-1)?.set(state, place * this.#width);
    this.#parents.at(-1)?.fill(parent, place, place + 1);
    this.#size += 1;
    return true;
  }

  /** The numbers of a state: a view, not a copy. */
  at(index: number): Int32Array {
    const start = (index & CHUNK_MASK) * this.#width;
    return this.#chunk(index).subarray(start, start + this.#width);
  }

  parentOf(index: number): number {
    return this.#parents[index >>> CHUNK_BITS]?.[index & CHUNK_MASK] ?? -1;
  }

  #chunk(index: number): Int32Array {
    const chunk = this.#chunks[index >>> CHUNK_BITS];
    if (chunk === undefined) throw new RangeError(`there is no state ${index}`);
    return chunk;
  }

  #find(state: Int32Array): number {
    const mask = this.#slots.length - 1;
    let slot = hash(state) & mask;
    for (;;) {
      const index = this.#slots[slot] ?? -1;
      if (index === -1 || this.#equals(index, state)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #equals(index: number, state: Int32Array): boolean {
    const chunk = this.#chunk(index);
    const start = (index & CHUNK_MASK) * this.#width;
    for (let at = 0; at < this.#width; at += 1) {
      if (chunk[start + at] !== state[at]) return false;
    }
    return true;
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(-1);
    for (let index = 0; index < this.#size; index += 1) this.#slots[this.#find(this.at(index))] = index;
  }
}

/** FNV-1a over the numbers, mixed at the end because the low bits are the ones that are used. */
function hash(state: Int32Array): number {
  let sum = 0x811c9dc5;
  for (const part of state) sum = Math.imul(sum ^ part, 0x01000193) ^ (sum >>> 13);
  sum = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b);
  sum = Math.imul(sum ^ (sum >>> 13), 0xc2b2ae35);
  return (sum ^ (sum >>> 16)) >>> 0;
}
