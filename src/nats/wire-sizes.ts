import type { Decided, Rejected, Write } from '../protocol/messages.ts';
import type { Accepted } from '../protocol/register.ts';
import { NUMBER_BYTES_MAX } from './wire-format.ts';

/*
 * How large a payload becomes, at most, for whoever keeps a batch within one: `BATCH_AROUND_BYTES`, and for each entry what
 * the functions here say. A test holds them to what the encoder makes.
 */

/** More than all that surrounds the entries of a message, whatever its type and sender. */
export const BATCH_AROUND_BYTES = 1_024;

/** One opening in `chosen`, or one place in `won`. */
export const PLACE_BYTES_MAX = NUMBER_BYTES_MAX;

/** A value's length as a number: no payload of NATS reaches the 256 MiB that would take a fifth byte. */
const LENGTH_BYTES_MAX = 4;
/** The line feed before a text. */
const SEPARATOR_BYTES = 1;
/** What marks it as a new one, two numbers, and the id of a member. */
const BALLOT_BYTES_MAX = 1 + 2 * NUMBER_BYTES_MAX + 32 + SEPARATOR_BYTES;

/** One write of an opening or a handover. */
export function writeBytes({ name, proposal: { opId, value } }: Write): number {
  return name.length + opId.length + 2 * SEPARATOR_BYTES + LENGTH_BYTES_MAX + value.length;
}

/** One decision of a settled. */
export function decisionBytes({ proposal: { opId, value } }: Accepted): number {
  return PLACE_BYTES_MAX + BALLOT_BYTES_MAX + opId.length + SEPARATOR_BYTES + LENGTH_BYTES_MAX + value.length;
}

/** One refusal of an opened. */
export function refusalBytes(refusal: Rejected | Decided): number {
  const head = 1 + refusal.name.length + SEPARATOR_BYTES;
  return head + (refusal.type === 'decided' ? decisionBytes(refusal.decision) : 2 * BALLOT_BYTES_MAX);
}

/** More than all that surrounds the value in a message that speaks of one register, and of 256 chosen openings. */
const VALUE_AROUND_BYTES = 4_096;

/** The largest value that one payload carries between members, with all that surrounds it. */
export function largestValueBytes(payloadBytesMax: number): number {
  return Math.max(0, payloadBytesMax - VALUE_AROUND_BYTES);
}

/** The smallest payload that carries a value of this size between members. */
export function leastPayloadBytes(valueBytes: number): number {
  return valueBytes + VALUE_AROUND_BYTES;
}
