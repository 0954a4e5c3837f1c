import type { NatsConnection } from 'nats';
import { followStatus } from './connection.ts';

/** More than all that surrounds the value in a message that speaks of one register, and of 256 chosen openings. */
const VALUE_AROUND_BYTES = 4_096;

/** The largest payload of a NATS server unless it is set otherwise. */
const PAYLOAD_BYTES_DEFAULT = 1_048_576;

/** Values of this size fit wherever a member starts. */
export const VALUE_BYTES_MIN = 1_024;

/** The least `max_payload` that a member starts with: what it says to the others and of itself, and a small value, fit. */
export const PAYLOAD_BYTES_MIN = leastPayloadBytes(VALUE_BYTES_MIN);

/** The largest message that the NATS server takes, headers included, as it said when the connection was last made. */
export function payloadBytesMaxOf(connection: NatsConnection): number {
  return connection.info?.max_payload ?? PAYLOAD_BYTES_DEFAULT;
}

/** Says what is wrong with a NATS server that carries no larger messages than this; undefined for a good one. */
export function problemWithPayloadLimit(bytesMax: number): string | undefined {
  if (bytesMax >= PAYLOAD_BYTES_MIN) return undefined;
  const around = PAYLOAD_BYTES_MIN - VALUE_BYTES_MIN;
  return `The NATS server carries messages of up to ${bytesMax} bytes (its max_payload), and a member needs ${PAYLOAD_BYTES_MIN}: ${VALUE_BYTES_MIN} for a small value, and ${around} around it. Raise max_payload in the configuration of every NATS server; it is ${PAYLOAD_BYTES_DEFAULT} unless set.`;
}

/**
 * Tells of each reconnection to a server that carries too little for a member. What was decided stays; most requests fail.
 * @returns what ends that.
 */
export function watchPayloadLimit(connection: NatsConnection, tell: (problem: string) => void): () => void {
  return followStatus(connection, ({ type }) => {
    if (type !== 'reconnect') return;
    const bytesMax = payloadBytesMaxOf(connection);
    const problem = problemWithPayloadLimit(bytesMax);
    if (problem !== undefined) {
      tell(`${problem} Until then values above ${largestValueBytes(bytesMax)} bytes are refused.`);
    }
  });
}

/** The largest value that one payload carries between members, with all that surrounds it. */
export function largestValueBytes(payloadBytesMax: number): number {
  return Math.max(0, payloadBytesMax - VALUE_AROUND_BYTES);
}

/** The smallest payload that carries a value of this size between members. */
export function leastPayloadBytes(valueBytes: number): number {
  return valueBytes + VALUE_AROUND_BYTES;
}
