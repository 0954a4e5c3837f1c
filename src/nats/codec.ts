import type { PeerMessage } from '../ports.ts';
import { unreachable } from '../protocol/invariant.ts';
import type { Credentials } from '../protocol/membership.ts';
import { openedFrom, openingFrom, putOpened, putOpening } from './wire-batches.ts';
import { putReply, putRequest, replyFrom, requestFrom } from './wire-entries.ts';
import { assertVersion, ENTRIES_MAX, MESSAGE_CODES, malformed } from './wire-format.ts';
import { helloFrom, presenceFrom, putHello, putPresence, putRefusal, refusalFrom } from './wire-hello.ts';
import { WireReader } from './wire-reader.ts';
import { type SenderBytes, SenderReader, SenderWriter } from './wire-sender.ts';
import { WireWriter } from './wire-writer.ts';

/** Messages between members to payloads and back. It remembers senders, to be fast; what it makes does not depend on that. */
export class PeerCodec {
  readonly #senderWriter = new SenderWriter();
  readonly #senderReader = new SenderReader();
  readonly #writer = new WireWriter();

  /**
   * The payloads that carry a message. Entries of requests and replies know nothing of each other, so such a message is cut
   * between them wherever a payload would pass `bytesMax`. A single entry that is larger by itself, and a message of another type,
   * makes one payload, which may be above it.
   * @throws BadInputError for a batch of more entries than another member would read.
   */
  encode(message: PeerMessage, bytesMax: number): Uint8Array[] {
    const sender = this.#senderWriter.bytesOf(message.sender);
    // What an error left behind must not begin the next payload.
    this.#writer.clear();
    switch (message.type) {
      case 'requests':
        return this.#encodeEntries(message.type, sender, message.requests, putRequest, bytesMax);
      case 'replies':
        return this.#encodeEntries(message.type, sender, message.replies, putReply, bytesMax);
      default:
        putBody(this.#writer, message);
        return [this.#writer.finish(MESSAGE_CODES[message.type], sender)];
    }
  }

  /**
   * Reads one payload. Who sent it, and whether to believe it, has not been asked. Nothing of what it returns changes when
   * the payload does.
   * @throws BadInputError for anything that `encode` does not make.
   */
  decode(payload: Uint8Array): PeerMessage {
    assertVersion(payload[0]);
    const bytes = Buffer.isBuffer(payload)
      ? payload
      : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    const wire = new WireReader(bytes, 2);
    const linesBytes = wire.number(0, 'the length of its sender');
    const start = wire.skip(linesBytes);
    const { cluster, member, storeId, incarnation, session } = this.#senderReader.at(bytes, start, start + linesBytes);
    const commits = wire.number(0, 'the count of commits');
    const sender = { cluster, member, storeId, incarnation, session, commits };
    wire.columns();
    const message = bodyFrom(wire, bytes[1], sender);
    wire.end();
    return message;
  }

  #encodeEntries<T>(
    type: 'requests' | 'replies',
    sender: SenderBytes,
    entries: readonly T[],
    put: (out: WireWriter, entry: T) => void,
    bytesMax: number,
  ): Uint8Array[] {
    const out = this.#writer;
    const payloads: Uint8Array[] = [];
    let inPayload = 0;
    for (const entry of entries) {
      out.mark();
      put(out, entry);
      inPayload += 1;
      if (inPayload === 1 || (inPayload <= ENTRIES_MAX && out.payloadBytes(sender) <= bytesMax)) continue;
      payloads.push(out.finishAtMark(MESSAGE_CODES[type], sender));
      put(out, entry);
      inPayload = 1;
    }
    payloads.push(out.finish(MESSAGE_CODES[type], sender));
    return payloads;
  }
}

function putBody(out: WireWriter, message: Exclude<PeerMessage, { readonly type: 'requests' | 'replies' }>): void {
  const { type } = message;
  switch (type) {
    case 'open':
      putOpening(out, message.opening);
      return;
    case 'opened':
      putOpened(out, message.opened);
      return;
    case 'probe':
      return;
    case 'charge':
      out.number(message.lookedAfter ? 1 : 0);
      return;
    case 'hello':
    case 'welcome':
      putHello(out, message.hello);
      return;
    case 'refusal':
      putRefusal(out, message.refusal);
      return;
    case 'presence':
      putPresence(out, message);
      return;
    default:
      unreachable(type);
  }
}

function bodyFrom(wire: WireReader, code: number | undefined, sender: Credentials): PeerMessage {
  switch (code) {
    case MESSAGE_CODES.requests:
      return { type: 'requests', sender, requests: entriesFrom(wire, requestFrom) };
    case MESSAGE_CODES.replies:
      return { type: 'replies', sender, replies: entriesFrom(wire, replyFrom) };
    case MESSAGE_CODES.open:
      return { type: 'open', sender, opening: openingFrom(wire) };
    case MESSAGE_CODES.opened:
      return { type: 'opened', sender, opened: openedFrom(wire) };
    case MESSAGE_CODES.probe:
      return { type: 'probe', sender };
    case MESSAGE_CODES.charge:
      return { type: 'charge', sender, lookedAfter: isLookedAfterFrom(wire) };
    case MESSAGE_CODES.hello:
      return { type: 'hello', sender, hello: helloFrom(wire) };
    case MESSAGE_CODES.welcome:
      return { type: 'welcome', sender, hello: helloFrom(wire) };
    case MESSAGE_CODES.refusal:
      return { type: 'refusal', sender, refusal: refusalFrom(wire) };
    case MESSAGE_CODES.presence:
      return { type: 'presence', sender, ...presenceFrom(wire) };
    default:
      throw malformed('it is of no known type');
  }
}

function isLookedAfterFrom(wire: WireReader): boolean {
  const lookedAfter = wire.number(0, 'whether the writes are looked after');
  if (lookedAfter > 1) throw malformed('it does not say whether the writes are looked after');
  return lookedAfter === 1;
}

function entriesFrom<T>(wire: WireReader, next: (wire: WireReader) => T): readonly T[] {
  const entries: T[] = [];
  while (wire.hasMore) {
    if (entries.length === ENTRIES_MAX) throw malformed(`it has more than ${ENTRIES_MAX} entries`);
    entries.push(next(wire));
  }
  return entries;
}
