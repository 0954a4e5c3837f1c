/** What tells one store's hashes from another's: without it, names could be made whose hashes are all the same. */
export type HashSeed = readonly [number, number];

/** Hashes of several names, in the order of the names: their upper and lower halves. There may be room for more. */
export interface Hashes {
  readonly count: number;
  readonly highs: Uint32Array;
  readonly lows: Uint32Array;
  /** Room for what a search notes of each of them on its way. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly firsts: Int32Array;
}

/** Room for so many hashes. */
export function newHashes(count: number): Hashes {
  const words = () => new Uint32Array(count);
  return { count, highs: words(), lows: words(), starts: words(), ends: words(), firsts: new Int32Array(count) };
}

/**
 * The 64-bit hash of a register's name, in two halves of 32 bits. The index is in order of it. Two names may share one:
 * a register that was found by its hash is always compared by its name.
 */
export class NameHash {
  /** A plain number from 2^31 on would cost an object each time. */
  readonly #halves = new Uint32Array(2);
  readonly #seed: HashSeed;
  #hashes = newHashes(1_024);

  constructor(seed: HashSeed) {
    this.#seed = seed;
  }

  /** The upper half of the hash of the last name: 0 to 2^32 - 1. */
  get high(): number {
    return this.#halves[0] as number;
  }

  /** Its lower half. */
  get low(): number {
    return this.#halves[1] as number;
  }

  /** Takes the hash of a name. */
  of(name: string): void {
    let [a, b] = this.#seed;
    for (let at = 0; at < name.length; at += 1) {
      const code = name.charCodeAt(at);
      a = Math.imul(((a << 5) | (a >>> 27)) ^ code, 0x9e3779b1);
      b = Math.imul(((b << 7) | (b >>> 25)) ^ code, 0x85ebca77);
    }
    // Each half takes from both, and every bit from all others: MurmurHash3's finalizer.
    this.#halves[0] = mixed(a ^ Math.imul(b, 0xc2b2ae35));
    this.#halves[1] = mixed(b ^ Math.imul(a, 0x27d4eb2f));
  }

  /**
   * The hashes of many names, good until this is called again. What is then looked up with all of them, one table after the
   * other, waits for the memory of many names at a time.
   */
  ofAll(names: readonly string[]): Hashes {
    const count = names.length;
    if (this.#hashes.highs.length < count) this.#hashes = newHashes(2 * count);
    const { highs, lows } = this.#hashes;
    for (let at = 0; at < count; at += 1) {
      this.of(names[at] as string);
      highs[at] = this.high;
      lows[at] = this.low;
    }
    return { ...this.#hashes, count };
  }
}

function mixed(half: number): number {
  let h = half;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
