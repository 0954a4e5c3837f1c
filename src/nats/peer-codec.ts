import { ENTRIES_MAX, Malformed } from '../codec/malformed.ts';
import {
  credentials,
  hello,
  MEMBERS_MAX,
  member,
  opened,
  opening,
  refusal,
  reply,
  request,
} from '../codec/protocol.ts';
import { Reader } from '../codec/reader.ts';
import { type Codec, flag, list, oneOf, rest, tagged } from '../codec/schema.ts';
import { Writer } from '../codec/writer.ts';
import { BadInputError } from '../contract/errors.ts';
import type { PeerMessage } from '../ports.ts';

/** The first byte. The high half says that it is a message between members, the low half which encoding: this is the fourth. */
const VERSION = 0xd4;
const VERSION_FAMILY = 0xd0;

const sender = credentials;

const message = tagged<PeerMessage>('a message', {
  requests: [1, { sender, requests: rest(request) }],
  replies: [2, { sender, replies: rest(reply) }],
  open: [3, { sender, opening, awaited: list(member, 'members that are awaited', MEMBERS_MAX) }],
  opened: [4, { sender, opened }],
  probe: [5, { sender }],
  charge: [6, { sender, lookedAfter: flag('whether the writes are looked after') }],
  hello: [7, { sender, hello }],
  welcome: [8, { sender, hello }],
  refusal: [9, { sender, refusal }],
  presence: [10, { sender, hello, stage: oneOf('the stage of a member', 'joining', 'serving', 'left') }],
});

/** Turns messages between members into payloads and back: a byte of version, then one record. */
export class PeerCodec {
  readonly #writer = new Writer();

  /**
   * Gives the payloads that carry a message. Requests and replies are cut between their entries, which know nothing of each
   * other, wherever a payload would pass `bytesMax`. A single entry that is larger by itself, and a message of another type,
   * makes one payload, which may be above it.
   * @throws BadInputError for a batch of more entries than another member would read.
   */
  encode(one: PeerMessage, bytesMax: number): Uint8Array[] {
    // An error may have left something behind.
    this.#writer.clear();
    try {
      if (one.type === 'requests') return this.#encodeCut({ ...one, requests: [] }, one.requests, request, bytesMax);
      if (one.type === 'replies') return this.#encodeCut({ ...one, replies: [] }, one.replies, reply, bytesMax);
      message.put(this.#writer, one);
      return [this.#finish()];
    } catch (error) {
      throw badInput(error);
    }
  }

  /**
   * Reads one payload. Who sent it, and whether to believe it, has not been asked.
   * @throws BadInputError for anything that `encode` does not make.
   */
  decode(payload: Uint8Array): PeerMessage {
    assertVersion(payload[0]);
    const { buffer, byteOffset, byteLength } = payload;
    try {
      const reader = new Reader(Buffer.isBuffer(payload) ? payload : Buffer.from(buffer, byteOffset, byteLength), 1);
      const one = message.read(reader);
      reader.end();
      return one;
    } catch (error) {
      throw badInput(error);
    }
  }

  #encodeCut<T>(head: PeerMessage, entries: readonly T[], entry: Codec<T>, bytesMax: number): Uint8Array[] {
    const out = this.#writer;
    const payloads: Uint8Array[] = [];
    let inPayload = 0;
    message.put(out, head);
    for (const one of entries) {
      out.mark();
      entry.put(out, one);
      inPayload += 1;
      if (inPayload === 1 || (inPayload <= ENTRIES_MAX && 1 + out.bytes <= bytesMax)) continue;
      out.rewind();
      payloads.push(this.#finish());
      message.put(out, head);
      entry.put(out, one);
      inPayload = 1;
    }
    payloads.push(this.#finish());
    return payloads;
  }

  #finish(): Uint8Array {
    const payload = this.#writer.finish(1);
    payload[0] = VERSION;
    return payload;
  }
}

function assertVersion(byte: number | undefined): void {
  if (byte === VERSION) return;
  if (byte === undefined || (byte & 0xf0) !== VERSION_FAMILY) throw malformed('it does not begin as one');
  throw new BadInputError(
    `A message between members is in version ${byte & 0x0f} of their encoding, and this member knows version ${VERSION & 0x0f} only. It was dropped and nothing was changed: run the same release of stele on every member.`,
  );
}

function badInput(error: unknown): unknown {
  return error instanceof Malformed ? malformed(error.message) : error;
}

function malformed(what: string): BadInputError {
  return new BadInputError(
    `A message between members is malformed: ${what}. It was dropped and nothing was changed; if it comes again, look for something else that publishes on the members' subjects.`,
  );
}
