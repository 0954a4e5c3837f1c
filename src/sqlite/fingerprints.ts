import type { Hashes } from './name-hash.ts';

/** Entries to a bucket, on average: with 24 bits to a fingerprint, 1 search in 2 million finds what is not there. */
const BUCKET_ENTRIES = 8;
const WORD = 2 ** 32;

/**
 * What is kept in memory of a run of entries that are in order of their hashes: 24 bits of each, and where each bucket of
 * hashes begins: 3.5 bytes an entry. It tells the number of the entry that a hash may belong to, or that it has none: for
 * a register that nobody ever touched, without a look at the disk.
 */
export class Fingerprints {
  readonly #prints: Uint16Array;
  /** The other 8 bits: looked at where the first 16 fit, which is seldom. */
  readonly #rests: Uint8Array;
  readonly #starts: Uint32Array;
  readonly #scale: number;
  #added = 0;
  #bucket = 0;

  /** For so many entries, all of which are then to be added, in order of their hashes. */
  constructor(entries: number) {
    const buckets = Math.max(1, Math.ceil(entries / BUCKET_ENTRIES));
    this.#prints = new Uint16Array(entries);
    this.#rests = new Uint8Array(entries);
    this.#starts = new Uint32Array(buckets + 1).fill(entries);
    this.#starts[0] = 0;
    this.#scale = buckets / WORD;
  }

  get added(): number {
    return this.#added;
  }

  add(high: number, low: number): void {
    const bucket = Math.floor(high * this.#scale);
    while (this.#bucket < bucket) {
      this.#bucket += 1;
      this.#starts[this.#bucket] = this.#added;
    }
    this.#prints[this.#added] = low;
    this.#rests[this.#added] = low >>> 16;
    this.#added += 1;
  }

  /** Tells of each hash, by its place in the list, which entries it may belong to. */
  find({ count, highs, lows, starts, ends, firsts }: Hashes, onLikely: (at: number, entry: number) => void): void {
    // In passes, each of which loads for all hashes what the next one needs: as many waits for memory, but side by side.
    for (let at = 0; at < count; at += 1) {
      const bucket = Math.floor((highs[at] as number) * this.#scale);
      starts[at] = this.#starts[bucket] as number;
      ends[at] = this.#starts[bucket + 1] as number;
    }
    for (let at = 0; at < count; at += 1) firsts[at] = this.#prints[starts[at] as number] ?? -1;
    for (let at = 0; at < count; at += 1) {
      const print = (lows[at] as number) & 0xffff;
      const start = starts[at] as number;
      const end = ends[at] as number;
      const rest = ((lows[at] as number) >>> 16) & 0xff;
      if (start < end && firsts[at] === print && this.#rests[start] === rest) onLikely(at, start);
      for (let entry = start + 1; entry < end; entry += 1) {
        if (this.#prints[entry] === print && this.#rests[entry] === rest) onLikely(at, entry);
      }
    }
  }
}
