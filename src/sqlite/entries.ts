/*
 * An entry of the index: the hash of a name, and where in the journal its state is. Four words of 32 bits, side by side in
 * arrays of many: as objects, ten million of them would take a gigabyte.
 */

export const ENTRY_WORDS = 4;
export const HASH_HIGH = 0;
export const HASH_LOW = 1;
export const PLACE_LOW = 2;
export const PLACE_HIGH = 3;

/** The index in a block has 20 bits. */
const INDEX_MASK = 2 ** 20 - 1;

const WORD = 2 ** 32;
/** The upper half of a place: 11 more bits of the commit, 20 bits of the index, 1 bit for decided. */
const COMMIT_SHIFT = 21;

/** Where a state is: the commit that saved it, and which of that commit's registers it is, from 0. */
export interface Place {
  readonly commit: number;
  readonly index: number;
  /** Whether what was saved there as accepted was noted as decided since. */
  readonly isDecided: boolean;
}

export function placeLow(commit: number): number {
  return commit % WORD;
}

export function placeHigh(commit: number, index: number): number {
  return Math.floor(commit / WORD) * 2 ** COMMIT_SHIFT + index * 2;
}

/** The upper half of the same place, decided. */
export function decidedHigh(high: number): number {
  return (high | 1) >>> 0;
}

export function placeOf(low: number, high: number): Place {
  return { commit: commitOf(low, high), index: indexOf(high), isDecided: (high & 1) === 1 };
}

export function commitOf(low: number, high: number): number {
  return (high >>> COMMIT_SHIFT) * WORD + low;
}

export function indexOf(high: number): number {
  return (high >>> 1) & INDEX_MASK;
}

/** The later one first: of two states of one register, the one saved later stands. */
export function laterFirst(a: Place, b: Place): number {
  return b.commit - a.commit || b.index - a.index;
}

/** Puts entries that are nearly in order of their hashes in order, in place: an insertion sort. */
export function sortNearlySorted(words: Uint32Array): void {
  const moved = new Uint32Array(ENTRY_WORDS);
  for (let at = ENTRY_WORDS; at < words.length; at += ENTRY_WORDS) {
    if (!isAfter(words, at - ENTRY_WORDS, words, at)) continue;
    copyEntry(words, at, moved, 0);
    let to = at;
    while (to > 0 && isAfter(words, to - ENTRY_WORDS, moved, 0)) {
      copyEntry(words, to - ENTRY_WORDS, words, to);
      to -= ENTRY_WORDS;
    }
    copyEntry(moved, 0, words, to);
  }
}

/** By hand: `set` on a part of an array makes an object for the part, which takes longer than the copy. */
export function copyEntry(from: Uint32Array, at: number, into: Uint32Array, to: number): void {
  into[to] = from[at] as number;
  into[to + 1] = from[at + 1] as number;
  into[to + 2] = from[at + 2] as number;
  into[to + 3] = from[at + 3] as number;
}

/** Whether the first entry's hash is higher. */
export function isAfter(a: Uint32Array, atA: number, b: Uint32Array, atB: number): boolean {
  const highA = a[atA + HASH_HIGH] as number;
  const highB = b[atB + HASH_HIGH] as number;
  return highA > highB || (highA === highB && (a[atA + HASH_LOW] as number) > (b[atB + HASH_LOW] as number));
}
