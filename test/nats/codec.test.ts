import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BadInputError } from '../../src/errors.ts';
import { decodePeerMessage, ENTRIES_MAX, encodePeerMessage, largestValueBytes } from '../../src/nats/codec.ts';
import type { PeerMessage } from '../../src/ports.ts';
import type { Request } from '../../src/protocol/messages.ts';
import { anyPeerMessage } from './arbitraries.ts';

const SENDER = { cluster: 'c', member: 'n1', storeId: 's', incarnation: 1, session: 'x', commits: 0 };
const BALLOT = { round: 1, node: 'n1', incarnation: 1 };

describe('a message between members', () => {
  test('comes out as it went in, however it is cut', () => {
    fc.assert(
      fc.property(anyPeerMessage, fc.integer({ min: 1, max: 20_000 }), (message, bytesMax) => {
        expect(joined(encodePeerMessage(message, bytesMax).map(decodePeerMessage))).toEqual(message);
      }),
    );
  });

  test('is cut so that no payload passes the limit, unless one entry does', () => {
    fc.assert(
      fc.property(anyPeerMessage, fc.integer({ min: 600, max: 20_000 }), (message, bytesMax) => {
        for (const payload of encodePeerMessage(message, bytesMax)) {
          const entries = entriesOf(decodePeerMessage(payload));
          expect(payload.length <= bytesMax || entries.length <= 1).toBe(true);
        }
      }),
    );
  });

  test('is not cut where it fits to the byte', () => {
    const requests: Request[] = Array.from({ length: 50 }, (_, index) => ({ type: 'query', name: `orders.${index}` }));
    const message: PeerMessage = { type: 'requests', sender: SENDER, requests };
    const [whole, ...rest] = encodePeerMessage(message, Number.MAX_SAFE_INTEGER);
    expect(rest).toEqual([]);
    const bytes = whole?.length ?? 0;
    expect(encodePeerMessage(message, bytes)).toHaveLength(1);
    expect(encodePeerMessage(message, bytes - 1)).toHaveLength(2);
  });

  test('is cut at the most entries that a payload may have', () => {
    const requests = Array<Request>(ENTRIES_MAX + 1).fill({ type: 'query', name: 'a' });
    const payloads = encodePeerMessage({ type: 'requests', sender: SENDER, requests }, Number.MAX_SAFE_INTEGER);
    expect(payloads.map((payload) => entriesOf(decodePeerMessage(payload)).length)).toEqual([ENTRIES_MAX, 1]);
  });

  test('with the largest value, name and operation id fits into a payload of the limit', () => {
    for (const bytesMax of [4_096, 65_536, 1_048_576]) {
      const proposal = { opId: '"'.repeat(64), value: Buffer.alloc(largestValueBytes(bytesMax), 255) };
      const top = { round: 999_999_999_999_999, node: 'n'.repeat(32), incarnation: 999_999_999_999_999 };
      const sender = { ...SENDER, cluster: '"'.repeat(128), storeId: '"'.repeat(128), session: '"'.repeat(128) };
      const reply = {
        type: 'promised',
        name: 'x'.repeat(255),
        ballot: top,
        accepted: { ballot: top, proposal },
      } as const;
      const payloads = encodePeerMessage({ type: 'replies', sender, replies: [reply] }, bytesMax);
      expect(payloads.map(({ length }) => length <= bytesMax)).toEqual([true]);
    }
  });
});

describe('garbage between members', () => {
  test('of random bytes is refused as bad input', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => onlyBadInput(bytes)));
  });

  test('of random JSON is refused as bad input', () => {
    fc.assert(fc.property(fc.json(), (json) => onlyBadInput(Buffer.from(json))));
  });

  test('of a message with one byte changed is refused as bad input, or is another message', () => {
    fc.assert(
      fc.property(anyPeerMessage, fc.nat(), fc.nat(255), (message, at, byte) => {
        const [payload = Buffer.alloc(0)] = encodePeerMessage(message, 1_000_000);
        const changed = Buffer.from(payload);
        changed[at % changed.length] = byte;
        onlyBadInput(changed);
      }),
    );
  });

  test('of a message with any part replaced is refused as bad input, or is another message', () => {
    fc.assert(
      fc.property(anyPeerMessage, fc.nat(), fc.jsonValue(), (message, at, other) => {
        const [payload = Buffer.alloc(0)] = encodePeerMessage(message, 1_000_000);
        const wire: unknown = JSON.parse(payload.toString());
        const places = placesIn(wire);
        const place = places[at % places.length];
        if (place !== undefined) place.array[place.index] = other;
        onlyBadInput(Buffer.from(JSON.stringify(wire)));
      }),
    );
  });

  const sender = ['c', 'n1', 's', 1, 'x', 0];
  const requests = (...entries: unknown[]) => ['requests', sender, entries];
  test.each([
    ['nothing', ''],
    ['null', null],
    ['an object', { type: 'requests' }],
    ['no sender', ['requests', null, []]],
    ['one field too many', ['requests', sender, [], 1]],
    ['an unknown type', ['votes', sender, []]],
    ['an inherited name for a refusal', ['refusal', sender, 'constructor']],
    ['an unknown kind of request', requests(['promise', 'a', [1, 'n1', 1]])],
    ['an unknown kind of reply', ['replies', sender, [['prepare', 'a', [1, 'n1', 1]]]]],
    ['an empty entry', requests([])],
    ['an ill-formed name', requests(['query', 'a..b'])],
    ['a reserved name', requests(['query', '_a'])],
    ['a ballot of round 0', requests(['prepare', 'a', [0, 'n1', 1]])],
    ['a ballot of a broken round', requests(['prepare', 'a', [1.5, 'n1', 1]])],
    ['a ballot past what its text can hold', requests(['prepare', 'a', [1e15, 'n1', 1]])],
    ['a ballot of incarnation 0', requests(['prepare', 'a', [1, 'n1', 0]])],
    ['a ballot of nobody', requests(['prepare', 'a', [1, '', 1]])],
    ['a ballot of a member with a bad id', requests(['prepare', 'a', [1, 'n.1', 1]])],
    ['an empty operation id', requests(['accept', 'a', [1, 'n1', 1], '', ''])],
    ['an operation id that is too long', requests(['accept', 'a', [1, 'n1', 1], 'o'.repeat(65), ''])],
    ['base64 without its padding', requests(['accept', 'a', [1, 'n1', 1], 'o', 'YQ'])],
    ['base64 with bits left over', requests(['accept', 'a', [1, 'n1', 1], 'o', 'YR=='])],
    ['base64 of the other alphabet', requests(['accept', 'a', [1, 'n1', 1], 'o', '__8='])],
    ['base64 with a line break', requests(['accept', 'a', [1, 'n1', 1], 'o', 'YWJj\nYWJj'])],
    ['a value that is no string', requests(['accept', 'a', [1, 'n1', 1], 'o', 7])],
    ['a decision of null', requests(['decide', 'a', null])],
    ['too many entries', requests(...Array(ENTRIES_MAX + 1).fill(['query', 'a']))],
    ['too many members', ['hello', sender, [sender, Array(10).fill('n1')]]],
    ['a negative count of commits', ['hello', ['c', 'n1', 's', 1, 'x', -1], [sender, ['n1']]]],
    ['characters past ASCII', ['hello', ['ü', 'n1', 's', 1, 'x', 0], [sender, ['n1']]]],
  ])('of %s is refused as bad input', (_what, wire) => {
    const bytes = Buffer.from(wire === '' ? '' : JSON.stringify(wire));
    expect(() => decodePeerMessage(bytes)).toThrow(BadInputError);
  });

  test('nested without end is refused as bad input', () => {
    expect(() => decodePeerMessage(Buffer.from('['.repeat(500_000)))).toThrow(BadInputError);
    expect(() => decodePeerMessage(Buffer.from('['.repeat(500_000) + ']'.repeat(500_000)))).toThrow(BadInputError);
  });

  test('is told from a good message that differs in the bad part alone', () => {
    const good = requests(['accept', 'a', [1, 'n1', 1], 'o', 'YQ==']);
    expect(decodePeerMessage(Buffer.from(JSON.stringify(good)))).toEqual({
      type: 'requests',
      sender: SENDER,
      requests: [{ type: 'accept', name: 'a', ballot: BALLOT, proposal: { opId: 'o', value: Buffer.from('a') } }],
    });
  });
});

function onlyBadInput(bytes: Uint8Array): void {
  let message: PeerMessage;
  try {
    message = decodePeerMessage(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(BadInputError);
    return;
  }
  // What is read is a message through and through.
  expect(joined(encodePeerMessage(message, 1_000_000).map(decodePeerMessage))).toEqual(message);
}

function joined(parts: readonly PeerMessage[]): PeerMessage {
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

function entriesOf(message: PeerMessage): readonly unknown[] {
  if (message.type === 'requests') return message.requests;
  return message.type === 'replies' ? message.replies : [];
}

function placesIn(value: unknown): { array: unknown[]; index: number }[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((part, index) => [{ array: value, index }, ...placesIn(part)]);
}
