/** Tells one store's hashes from another's: without it, somebody could make names whose hashes are all the same. */
export type HashSeed = readonly [number, number];

/**
 * The seeded 64-bit hash of a register's name, in two halves of 32 bits. Two names may share one: a register that was found
 * by its hash is always compared by its name.
 */
export class NameHash {
  /** A plain number from 2^31 on would cost an object each time. */
  readonly #halves = new Uint32Array(2);
  readonly #seed: HashSeed;

  constructor(seed: HashSeed) {
    this.#seed = seed;
  }

  /** The upper half of the last name's hash, 0 to 2^32 - 1. */
  get high(): number {
    return this.#halves[0] as number;
  }

  /** The lower half of the last name's hash. */
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
    // Mixes both halves into each, with MurmurHash3's finalizer.
    this.#halves[0] = mixed(a ^ Math.imul(b, 0xc2b2ae35));
    this.#halves[1] = mixed(b ^ Math.imul(a, 0x27d4eb2f));
  }
}

function mixed(half: number): number {
  let h = half;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
