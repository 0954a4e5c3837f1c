import { invariant } from '../protocol/invariant.ts';
import { Malformed, NUMBER_MAX } from './malformed.ts';

/** The most bytes of a number: eight times seven bits. */
export const NUMBER_BYTES_MAX = 8;

/**
 * Writes a whole number from 0, in groups of seven bits, the lowest first, all but the last with the eighth bit set.
 * @returns where the next byte goes.
 */
export function putNumber(bytes: Uint8Array, at: number, value: number): number {
  if ((value & 0x7f) === value) {
    bytes[at] = value;
    return at + 1;
  }
  invariant(Number.isInteger(value) && value >= 0 && value <= NUMBER_MAX, `${value} cannot be sent as a number`);
  let next = at;
  let rest = value;
  // By division, because these reach past the 32 bits of the bitwise operators.
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) {
    bytes[next] = (rest % 0x80) | 0x80;
    next += 1;
  }
  bytes[next] = rest;
  return next + 1;
}

/** Tells how many bytes a number takes. */
export function numberBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes += 1;
  return bytes;
}

/** Reads numbers one after the other, from one place up to another. There is one way to write each. */
export class NumberReader {
  readonly #bytes: Uint8Array;
  #at: number;
  #end: number;

  constructor(bytes: Uint8Array, at: number, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  get at(): number {
    return this.#at;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#end;
  }

  /** Says where the numbers end. */
  endAt(end: number): void {
    this.#end = end;
  }

  next(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined || byte > 0x7f || this.#at >= this.#end) return this.#long();
    this.#at += 1;
    return byte;
  }

  #long(): number {
    let value = 0;
    for (let weight = 1; weight <= NUMBER_MAX; weight *= 0x80) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined || this.#at >= this.#end) throw new Malformed('it ends too early');
      this.#at += 1;
      value += (byte & 0x7f) * weight;
      if (byte > 0x7f) continue;
      if (byte === 0) throw new Malformed('a number is not written in the shortest way');
      if (value <= NUMBER_MAX) return value;
      break;
    }
    throw new Malformed(`a number is above ${NUMBER_MAX}`);
  }
}
