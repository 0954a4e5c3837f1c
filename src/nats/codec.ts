import type { PeerMessage } from '../ports.ts';
import { unreachable } from '../protocol/invariant.ts';
import {
  credentialsFromWire,
  credentialsToWire,
  helloFromWire,
  helloToWire,
  refusalFromWire,
  replyFromWire,
  replyToWire,
  requestFromWire,
  requestToWire,
} from './wire.ts';
import { list, malformed, tuple } from './wire-fields.ts';

/*
 * A message between members is a JSON array: its type, its sender, and its body, which for requests and replies is an
 * array of entries. All of it is ASCII.
 */

/** The most entries in one payload. */
export const ENTRIES_MAX = 10_000;

/** More than all that surrounds the value in a message with one entry. */
const AROUND_VALUE_BYTES = 2_048;

/** The largest value that one payload carries between members, as base64 and with all that surrounds it. */
export function largestValueBytes(payloadBytesMax: number): number {
  return Math.max(0, Math.floor((payloadBytesMax - AROUND_VALUE_BYTES) / 4) * 3);
}

/**
 * The payloads that carry a message. Its entries know nothing of each other, so it is cut between them wherever a payload
 * would pass `bytesMax`; only a single entry that is larger by itself still makes a payload above it.
 */
export function encodePeerMessage(message: PeerMessage, bytesMax: number): Uint8Array[] {
  const head = `${JSON.stringify([message.type, credentialsToWire(message.sender)]).slice(0, -1)},`;
  switch (message.type) {
    case 'requests':
      return encodeEntries(head, message.requests, requestToWire, bytesMax);
    case 'replies':
      return encodeEntries(head, message.replies, replyToWire, bytesMax);
    case 'hello':
    case 'welcome':
      return [Buffer.from(`${head}${JSON.stringify(helloToWire(message.hello))}]`)];
    case 'refusal':
      return [Buffer.from(`${head}${JSON.stringify(message.refusal)}]`)];
    default:
      return unreachable(message);
  }
}

/**
 * Reads one payload. Who sent it, and whether to believe it, has not been asked.
 * @throws BadInputError for anything that `encodePeerMessage` does not make.
 */
export function decodePeerMessage(bytes: Uint8Array): PeerMessage {
  const [type, credentials, body] = tuple(parseAscii(bytes), 3, 'it');
  const sender = credentialsFromWire(credentials);
  switch (type) {
    case 'requests':
      return { type, sender, requests: list(body, ENTRIES_MAX, 'requests').map(requestFromWire) };
    case 'replies':
      return { type, sender, replies: list(body, ENTRIES_MAX, 'replies').map(replyFromWire) };
    case 'hello':
    case 'welcome':
      return { type, sender, hello: helloFromWire(body) };
    case 'refusal':
      return { type, sender, refusal: refusalFromWire(body) };
    default:
      throw malformed('it is of no known type');
  }
}

function encodeEntries<T>(
  head: string,
  entries: readonly T[],
  toWire: (entry: T) => unknown,
  bytesMax: number,
): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  let part: string[] = [];
  let partBytes = 0;
  const close = () => payloads.push(Buffer.from(`${head}[${part.join(',')}]]`));
  for (const entry of entries) {
    const text = JSON.stringify(toWire(entry));
    // Every entry comes with a comma or a bracket; two more brackets end the payload.
    const full = part.length === ENTRIES_MAX || head.length + partBytes + text.length + 3 > bytesMax;
    if (full && part.length > 0) {
      close();
      part = [];
      partBytes = 0;
    }
    part.push(text);
    partBytes += text.length + 1;
  }
  close();
  return payloads;
}

/** As latin1, bytes that are not ASCII become characters that no field allows. */
function parseAscii(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'));
  } catch {
    throw malformed('it is not JSON');
  }
}
