/*
 * A column of whole numbers below 2^32 in a block: a byte that says how many bytes each takes, then each of them; or 0,
 * and the number that all of them are, in four bytes.
 */

const HEADER_BYTES = 1;
const CONSTANT_BYTES = 4;

/** How one column is to be written. */
export interface Column {
  readonly numbers: readonly number[];
  readonly bytesEach: 0 | 1 | 2 | 4;
  readonly bytes: number;
}

export function columnOf(numbers: readonly number[]): Column {
  const first = numbers[0] ?? 0;
  let highest = first;
  let isConstant = true;
  for (const one of numbers) {
    if (one !== first) isConstant = false;
    if (one > highest) highest = one;
  }
  if (isConstant) return { numbers, bytesEach: 0, bytes: HEADER_BYTES + CONSTANT_BYTES };
  const bytesEach = highest < 0x100 ? 1 : highest < 0x10000 ? 2 : 4;
  return { numbers, bytesEach, bytes: HEADER_BYTES + numbers.length * bytesEach };
}

/** @returns where the next byte goes. */
export function writeColumn(into: Buffer, from: number, { numbers, bytesEach }: Column): number {
  let at = into.writeUInt8(bytesEach, from);
  if (bytesEach === 0) return into.writeUInt32LE(numbers[0] ?? 0, at);
  for (const one of numbers) at = into.writeUIntLE(one, at, bytesEach);
  return at;
}

/** Reads a column of so many numbers. */
export class ColumnReader {
  /** Where the next byte after it is. */
  readonly end: number;
  readonly #from: Buffer;
  readonly #start: number;
  readonly #count: number;
  readonly #bytesEach: number;
  readonly #constant: number;
  #sums: Float64Array | undefined;

  constructor(from: Buffer, at: number, count: number) {
    this.#from = from;
    this.#start = at + HEADER_BYTES;
    this.#count = count;
    this.#bytesEach = from.readUInt8(at);
    this.#constant = this.#bytesEach === 0 ? from.readUInt32LE(this.#start) : 0;
    this.end = this.#start + (this.#bytesEach === 0 ? CONSTANT_BYTES : count * this.#bytesEach);
  }

  at(index: number): number {
    if (this.#bytesEach === 0) return this.#constant;
    return this.#from.readUIntLE(this.#start + index * this.#bytesEach, this.#bytesEach);
  }

  /** The sum of the first so many numbers: of lengths, where the next thing begins. */
  sumOf(count: number): number {
    if (this.#bytesEach === 0) return count * this.#constant;
    this.#sums ??= this.#allSums();
    return this.#sums[count] as number;
  }

  /** How many of the first so many numbers have one of these bits. */
  countOf(count: number, bits: number): number {
    if (this.#bytesEach === 0) return (this.#constant & bits) === 0 ? 0 : count;
    let found = 0;
    for (let index = 0; index < count; index += 1) if ((this.at(index) & bits) !== 0) found += 1;
    return found;
  }

  #allSums(): Float64Array {
    const sums = new Float64Array(this.#count + 1);
    for (let index = 0; index < this.#count; index += 1) sums[index + 1] = (sums[index] as number) + this.at(index);
    return sums;
  }
}
