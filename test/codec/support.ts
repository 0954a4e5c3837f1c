import { problemWithMemberId, problemWithName, problemWithOpId } from '../../src/contract/names.ts';
import { PeerCodec } from '../../src/nats/peer-codec.ts';
import type { PeerMessage } from '../../src/ports.ts';
import type { Credentials } from '../../src/protocol/membership.ts';

export const SENDER: Credentials = {
  cluster: 'c',
  member: 'n1',
  storeId: 's',
  incarnation: 1,
  session: 'x',
  commits: 0,
};
export const BYTES_MAX = 1_000_000_000;

/** Reads with a codec that has seen nothing before. */
export function decode(payload: Uint8Array): PeerMessage {
  return new PeerCodec().decode(payload);
}

/** The one payload of a message that is not cut. */
export function payloadOf(message: PeerMessage): Uint8Array {
  const [payload, ...rest] = new PeerCodec().encode(message, BYTES_MAX);
  if (payload === undefined || rest.length > 0) throw new Error(`The message made ${rest.length + 1} payloads`);
  return payload;
}

/** The message that was cut into these. */
export function joined(parts: readonly PeerMessage[]): PeerMessage {
  const [first] = parts;
  if (first?.type === 'requests') {
    return { ...first, requests: parts.flatMap((part) => (part.type === 'requests' ? part.requests : [])) };
  }
  if (first?.type === 'replies') {
    return { ...first, replies: parts.flatMap((part) => (part.type === 'replies' ? part.replies : [])) };
  }
  if (first === undefined || parts.length > 1) throw new Error('only requests and replies may be cut');
  return first;
}

export function entriesOf(message: PeerMessage): readonly unknown[] {
  if (message.type === 'requests') return message.requests;
  return message.type === 'replies' ? message.replies : [];
}

/**
 * What breaks a rule in a message, looked for field by field and without the decoder's own checks: wherever they
 * are, names, ids, numbers and values are known by their keys.
 */
export function problemsIn(value: unknown, key = ''): string[] {
  if (value === null || value instanceof Uint8Array || typeof value === 'boolean') return [];
  if (typeof value === 'number') {
    const min = key === 'incarnation' || key === 'number' || key === 'chosen' ? 1 : 0;
    return Number.isInteger(value) && value >= min && value <= 999_999_999_999_999 ? [] : [`${key} is ${value}`];
  }
  if (typeof value === 'string') return problemsWithText(key, value);
  if (Array.isArray(value)) return value.flatMap((entry) => problemsIn(entry, key));
  if (typeof value === 'object') return Object.entries(value).flatMap(([inner, part]) => problemsIn(part, inner));
  return [`${key} is ${String(value)}`];
}

function problemsWithText(key: string, text: string): string[] {
  if (key === 'name') return problemOf(problemWithName(text));
  if (key === 'opId') return problemOf(problemWithOpId(text));
  if (key === 'node' || key === 'member' || key === 'members') return problemOf(problemWithMemberId(text));
  if (key === 'type' || key === 'refusal') return /^[a-z-]+$/.test(text) ? [] : [`${key} is ${text}`];
  return /^[\x20-\x7e]{1,128}$/.test(text) ? [] : [`${key} is ${text}`];
}

function problemOf(problem: string | undefined): string[] {
  return problem === undefined ? [] : [problem];
}

/** A payload by hand: numbers, texts and values as they come, right or wrong. */
export interface Crafted {
  readonly version?: number;
  readonly type: number;
  /** Cluster, member, store id, session. */
  readonly sender?: readonly string[];
  readonly incarnation?: readonly number[];
  readonly commits?: readonly number[];
  /** Bytes, each a number of its own below 128. */
  readonly numbers?: readonly number[];
  readonly texts?: readonly string[];
  readonly values?: string;
}

export function craft(crafted: Crafted): Uint8Array {
  const { version = 0xd4, type, sender = ['c', 'n1', 's', 'x'], incarnation = [1], commits = [0] } = crafted;
  const { numbers = [], texts = [], values = '' } = crafted;
  const all = [type, ...incarnation, ...commits, ...numbers];
  const text = Buffer.from([...sender, ...texts].join('\n'), 'latin1');
  return Buffer.concat([Buffer.of(version), record(Buffer.of(...all), text), Buffer.from(values, 'latin1')]);
}

/** The columns of numbers and texts, with how long they are before them. */
export function record(numbers: Uint8Array, text: Uint8Array): Uint8Array {
  return Buffer.concat([numberOf(numbers.length), numberOf(text.length), numbers, text]);
}

export function numberOf(value: number): Uint8Array {
  const groups = [value % 128, (value >> 7) % 128, value >> 14];
  while (groups.length > 1 && groups.at(-1) === 0) groups.pop();
  return Buffer.from(groups.map((group, index) => (index < groups.length - 1 ? group | 128 : group)));
}
