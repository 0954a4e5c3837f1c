import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ENTRIES_MAX } from '../../src/codec/malformed.ts';
import { BadInputError } from '../../src/contract/errors.ts';
import { PeerCodec } from '../../src/nats/peer-codec.ts';
import type { PeerMessage } from '../../src/ports.ts';
import type { Request, Write } from '../../src/protocol/messages.ts';
import { anyBatchMessage, anyPeerMessage } from './arbitraries.ts';
import { BYTES_MAX, decode, entriesOf, joined, payloadOf, SENDER } from './support.ts';

const HOME = { round: 0, node: 'n1', incarnation: 1 };
const OP_ID = '01890a5d-ac96-774b-bcce-b302099a8057';

function writesOf(count: number, valueBytes = 64): Write[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `orders.${index}`,
    proposal: { opId: OP_ID, value: new Uint8Array(valueBytes).fill(index) },
  }));
}

function openingOf(writes: readonly Write[]): PeerMessage {
  return { type: 'open', sender: SENDER, opening: { ballot: HOME, number: 1, writes, chosen: [] }, awaited: [] };
}

describe('a message between members', () => {
  test('comes out as it went in, however it is cut', () => {
    const codec = new PeerCodec();
    fc.assert(
      fc.property(anyPeerMessage, fc.integer({ min: 1, max: 20_000 }), (message, bytesMax) => {
        const payloads = codec.encode(message, bytesMax);
        expect(joined(payloads.map((payload) => codec.decode(payload)))).toEqual(message);
        expect(joined(payloads.map(decode))).toEqual(message);
      }),
    );
  });

  test('is the same bytes whatever was sent before', () => {
    const codec = new PeerCodec();
    fc.assert(
      fc.property(anyPeerMessage, (message) => {
        expect(codec.encode(message, BYTES_MAX)).toEqual([payloadOf(message)]);
      }),
    );
  });

  test('is cut so that no payload passes the limit, unless one entry does', () => {
    fc.assert(
      fc.property(anyPeerMessage, fc.integer({ min: 600, max: 20_000 }), (message, bytesMax) => {
        const payloads = new PeerCodec().encode(message, bytesMax);
        for (const payload of payloads) {
          const alone = payloads.length === 1 && message.type !== 'requests' && message.type !== 'replies';
          expect(alone || payload.length <= bytesMax || entriesOf(decode(payload)).length <= 1).toBe(true);
        }
      }),
    );
  });

  test('is not cut where it fits to the byte', () => {
    const requests: Request[] = Array.from({ length: 50 }, (_, index) => ({ type: 'query', name: `orders.${index}` }));
    const message: PeerMessage = { type: 'requests', sender: SENDER, requests };
    const bytes = payloadOf(message).length;
    expect(new PeerCodec().encode(message, bytes)).toHaveLength(1);
    expect(new PeerCodec().encode(message, bytes - 1)).toHaveLength(2);
  });

  test('is cut at the most entries that a payload may have', () => {
    const requests = Array<Request>(ENTRIES_MAX + 1).fill({ type: 'query', name: 'a' });
    const payloads = new PeerCodec().encode({ type: 'requests', sender: SENDER, requests }, BYTES_MAX);
    expect(payloads.map((payload) => entriesOf(decode(payload)).length)).toEqual([ENTRIES_MAX, 1]);
  });

  test('tells each part of a cut message its ballots anew', () => {
    const ballots = Array.from({ length: 20 }, (_, index) => ({ ...HOME, round: index % 3 }));
    const requests = ballots.map((ballot): Request => ({ type: 'prepare', name: 'a', ballot }));
    const message: PeerMessage = { type: 'requests', sender: SENDER, requests };
    const payloads = new PeerCodec().encode(message, 60);
    expect(payloads.length).toBeGreaterThan(2);
    // Each by a codec of its own: one part may be lost.
    expect(joined(payloads.map(decode))).toEqual(message);
  });

  test('that speaks of a batch as a whole is never cut', () => {
    fc.assert(
      fc.property(anyBatchMessage, (message) => {
        expect(new PeerCodec().encode(message, 1)).toEqual([payloadOf(message)]);
      }),
    );
  });

  test('of more writes than another member would read is refused, and leaves nothing behind in the next', () => {
    const codec = new PeerCodec();
    const writes = Array<Write>(ENTRIES_MAX + 1).fill({ name: 'a', proposal: { opId: 'o', value: Buffer.from('v') } });
    expect(() => codec.encode(openingOf(writes), BYTES_MAX)).toThrow(BadInputError);
    const next = openingOf(writesOf(2));
    expect(codec.encode(next, BYTES_MAX)).toEqual([payloadOf(next)]);
  });

  test('spells out a ballot that all its entries share only once', () => {
    const accepts = (count: number): PeerMessage => {
      const ballot = { round: 123_456, node: 'a-member-with-a-long-id', incarnation: 123_456 };
      return {
        type: 'requests',
        sender: SENDER,
        requests: writesOf(count).map((write) => ({ type: 'accept', ballot, ...write })),
      };
    };
    const [first, second] = [payloadOf(accepts(200)).length, payloadOf(accepts(201)).length];
    const bare = 'orders.200'.length + OP_ID.length + 64;
    // A kind, a ballot, a length, two line feeds.
    expect(second - first).toBe(bare + 5);
  });

  test('of 256 writes takes little more than their names, operation ids and values', () => {
    const writes = writesOf(256);
    const bare = writes.reduce((sum, { name, proposal }) => sum + name.length + proposal.opId.length + 64, 0);
    expect(payloadOf(openingOf(writes)).length - bare).toBeLessThan(4 * 256);
  });
});

describe('a sender', () => {
  const base = { type: 'refusal', refusal: 'old-copy' } as const;

  test('is told from one that differs in any one field', () => {
    const codec = new PeerCodec();
    const others = [
      { ...SENDER, cluster: 'd' },
      { ...SENDER, member: 'n2' },
      { ...SENDER, storeId: 't' },
      { ...SENDER, incarnation: 2 },
      { ...SENDER, session: 'y' },
      { ...SENDER, commits: 7 },
      // The same texts in other places, and the same bytes but for the line feeds.
      { ...SENDER, storeId: 'x', session: 's' },
      { ...SENDER, storeId: 'sx', session: 'x' },
    ];
    for (const sender of others.flatMap((other) => [SENDER, other])) {
      const [payload = Buffer.alloc(0)] = codec.encode({ ...base, sender }, BYTES_MAX);
      expect(codec.decode(payload)).toEqual({ ...base, sender });
    }
  });

  test('is read right after many others', () => {
    const codec = new PeerCodec();
    for (const incarnation of Array.from({ length: 100 }, (_, index) => (index % 40) + 1)) {
      const sender = { ...SENDER, incarnation };
      expect(codec.decode(payloadOf({ ...base, sender }))).toEqual({ ...base, sender });
    }
  });
});

describe('a value that was read', () => {
  test('stays what it is when the payload is overwritten', () => {
    const message = openingOf(writesOf(3));
    for (const writes of [1, 3]) {
      const payload = Buffer.from(payloadOf(openingOf(writesOf(writes))));
      const read = decode(payload);
      payload.fill(255);
      expect(read).toEqual(openingOf(writesOf(writes)));
    }
    expect(message).toEqual(openingOf(writesOf(3)));
  });

  test('keeps the values of its message alive and nothing else', () => {
    const read = decode(payloadOf(openingOf(writesOf(10, 100))));
    if (read.type !== 'open') throw new Error(`It was read as ${read.type}`);
    expect(read.opening.writes.map(({ proposal }) => proposal.value.buffer.byteLength)).toEqual(Array(10).fill(1_000));
  });
});
