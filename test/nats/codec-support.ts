import { problemWithMemberId, problemWithName, problemWithOpId } from '../../src/contract/names.ts';
import { PeerCodec } from '../../src/nats/codec.ts';
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
  readonly sender?: string;
  readonly commits?: readonly number[];
  /** Bytes, each a number of its own below 128. */
  readonly numbers?: readonly number[];
  readonly texts?: readonly string[];
  readonly values?: string;
}

export function craft(crafted: Crafted): Uint8Array {
  const {
    version = 0xd3,
    type,
    sender = 'c\nn1\ns\nx\n1',
    commits = [0],
    numbers = [],
    texts = [],
    values = '',
  } = crafted;
  const text = Buffer.from(texts.join('\n'), 'latin1');
  if (text.length > 127 * 128 || numbers.length > 127 || sender.length > 127) throw new Error('too long to craft');
  return Buffer.concat([
    Buffer.of(version, type, sender.length),
    Buffer.from(sender, 'latin1'),
    Buffer.of(...commits, numbers.length),
    text.length < 128 ? Buffer.of(text.length) : Buffer.of((text.length % 128) | 128, text.length >> 7),
    Buffer.of(...numbers),
    text,
    Buffer.from(values, 'latin1'),
  ]);
}
