import { invariant } from '../protocol/invariant.ts';
import { NUMBER_MAX } from './wire-format.ts';

/** Writes one number; @returns where the next one goes. */
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

/** How many bytes it takes. */
export function numberBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes += 1;
  return bytes;
}
