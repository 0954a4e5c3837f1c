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
