import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ENTRIES_MAX } from '../../src/codec/malformed.ts';
import { BadInputError } from '../../src/contract/errors.ts';
import type { PeerMessage } from '../../src/ports.ts';
import type { Hello } from '../../src/protocol/membership.ts';
import { anyPeerMessage } from './arbitraries.ts';
import { type Crafted, craft, decode, numberOf, payloadOf, problemsIn, record, SENDER } from './support.ts';

const RUNS = { numRuns: 500 };

describe('garbage between members', () => {
  test('of random bytes is refused as bad input', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => onlyBadInput(bytes)));
  });

  test('of random bytes after a good beginning is refused as bad input, or is a well-formed message', () => {
    const columns = fc.record({
      type: fc.integer({ min: 0, max: 12 }),
      numbers: fc.array(fc.nat(10), { maxLength: 20 }),
      texts: fc.array(fc.oneof(fc.constantFrom('a', 'n1', '_a', 'a..b', 'é'), fc.string({ maxLength: 5 })), {
        maxLength: 8,
      }),
      values: fc.string({ maxLength: 10 }),
    });
    fc.assert(
      fc.property(columns, (crafted) => onlyBadInput(craft(crafted))),
      { numRuns: 2_000 },
    );
  });

  test('of a message with one bit flipped is refused as bad input, or is another well-formed message', () => {
    fc.assert(
      fc.property(anyPeerMessage, fc.nat(), fc.nat(7), (message, at, bit) => {
        const changed = Buffer.from(payloadOf(message));
        const index = at % changed.length;
        changed[index] = (changed[index] ?? 0) ^ (1 << bit);
        onlyBadInput(changed);
      }),
      RUNS,
    );
  });

  test('of a message with one byte changed is refused as bad input, or is another well-formed message', () => {
    fc.assert(
      fc.property(anyPeerMessage, fc.nat(), fc.nat(255), (message, at, byte) => {
        const changed = Buffer.from(payloadOf(message));
        changed[at % changed.length] = byte;
        onlyBadInput(changed);
      }),
      RUNS,
    );
  });

  test('of a message that was cut off anywhere is refused as bad input', () => {
    fc.assert(
      fc.property(anyPeerMessage, fc.nat(), (message, at) => {
        const payload = payloadOf(message);
        expect(() => decode(payload.subarray(0, at % payload.length))).toThrow(BadInputError);
      }),
      RUNS,
    );
  });

  test('of a message with bytes after its end is refused as bad input', () => {
    fc.assert(
      fc.property(anyPeerMessage, fc.uint8Array({ minLength: 1, maxLength: 9 }), (message, more) => {
        expect(() => decode(Buffer.concat([payloadOf(message), more]))).toThrow(BadInputError);
      }),
      RUNS,
    );
  });

  test('of a message with a part left out or doubled is refused as bad input, or is another well-formed message', () => {
    fc.assert(
      fc.property(
        anyPeerMessage,
        fc.nat(),
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        (message, at, length, twice) => {
          const payload = payloadOf(message);
          const start = at % payload.length;
          const rest = payload.subarray(twice ? start : start + length);
          onlyBadInput(Buffer.concat([payload.subarray(0, twice ? start + length : start), rest]));
        },
      ),
      RUNS,
    );
  });

  // One accept of register a by operation o, of value v, at ballot 0/n1/1.
  const accept: Crafted = { type: 1, numbers: [2, 0, 0, 1, 1], texts: ['a', 'n1', 'o'], values: 'v' };
  // One opening, the first, of that write.
  const open: Crafted = { type: 3, numbers: [0, 0, 1, 1, 1, 1, 0, 0], texts: ['n1', 'a', 'o'], values: 'v' };
  const query: Crafted = { type: 1, numbers: [3], texts: ['a'] };
  const hello: Crafted = { type: 7, numbers: [1, 0, 1, 1, 1, 1], texts: ['c', 'n1', 's', 'x', 'n1', 'n2', 's2'] };

  const HELLO: Hello = {
    credentials: SENDER,
    members: ['n1'],
    enrolled: true,
    remembers: [{ member: 'n2', storeId: 's2', enrolled: true }],
  };
  const presence: Crafted = { ...hello, type: 10, numbers: [1, 0, 1, 1, 1, 1, 2] };

  test('is told from good messages that differ in the bad part alone', () => {
    const proposal = { opId: 'o', value: new Uint8Array(Buffer.from('v')) };
    const ballot = { round: 0, node: 'n1', incarnation: 1 };
    const good: [Crafted, PeerMessage][] = [
      [accept, { type: 'requests', sender: SENDER, requests: [{ type: 'accept', name: 'a', ballot, proposal }] }],
      [
        open,
        {
          type: 'open',
          sender: SENDER,
          opening: { ballot, number: 1, writes: [{ name: 'a', proposal }], chosen: [] },
          awaited: [],
        },
      ],
      [
        { type: 3, numbers: [0, 0, 1, 7, 0, 1, 6, 1], texts: ['n1', 'n2'] },
        { type: 'open', sender: SENDER, opening: { ballot, number: 7, writes: [], chosen: [6] }, awaited: ['n2'] },
      ],
      [query, { type: 'requests', sender: SENDER, requests: [{ type: 'query', name: 'a' }] }],
      [hello, { type: 'hello', sender: SENDER, hello: HELLO }],
      [presence, { type: 'presence', sender: SENDER, hello: HELLO, stage: 'left' }],
      [
        { type: 9, numbers: [4] },
        { type: 'refusal', sender: SENDER, refusal: 'lost-disk' },
      ],
      [{ type: 5 }, { type: 'probe', sender: SENDER }],
      [
        { type: 6, numbers: [0] },
        { type: 'charge', sender: SENDER, lookedAfter: false },
      ],
      [
        { type: 6, numbers: [1] },
        { type: 'charge', sender: SENDER, lookedAfter: true },
      ],
      [
        { type: 4, numbers: [1, 0] },
        { type: 'opened', sender: SENDER, opened: { number: 1, refusals: [] } },
      ],
    ];
    for (const [crafted, message] of good) {
      expect(decode(craft(crafted))).toEqual(message);
      expect(Buffer.from(payloadOf(message))).toEqual(craft(crafted));
    }
  });

  test.each<[string, Uint8Array]>([
    ['nothing', Buffer.alloc(0)],
    ['a version and nothing else', Buffer.of(0xd4)],
    ['JSON, as the members of 0.1 spoke', Buffer.from('["requests",["c","n1","s",1,"x",0],[["query","a"]]]')],
    ['no type', craft({ ...query, type: 0 })],
    ['an unknown type', craft({ ...query, type: 11 })],
    ['no sender', craft({ ...query, sender: [] })],
    ['a sender with a text too few', craft({ ...query, sender: ['c', 'n1', 's'] })],
    ['a sender with a text too many', craft({ ...query, sender: ['c', 'n1', 's', 'x', 'y'] })],
    ['a sender of incarnation 0', craft({ ...query, incarnation: [0] })],
    ['a sender with a bad id', craft({ ...query, sender: ['c', 'n.1', 's', 'x'] })],
    ['a sender of no cluster', craft({ ...query, sender: ['', 'n1', 's', 'x'] })],
    ['a sender with characters past ASCII', craft({ ...query, sender: ['\xfc', 'n1', 's', 'x'] })],
    ['a sender that is longer than the message', craft(query).subarray(0, 8)],
    ['a number not in its shortest form', craft({ ...query, commits: [0x80, 0x00] })],
    [
      'a number past what a ballot can hold',
      craft({ ...query, commits: [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01] }),
    ],
    ['a number without an end', craft({ ...query, commits: Array(12).fill(0xff) })],
    ['an unknown kind of request', craft({ ...query, numbers: [5] })],
    ['an unknown kind of reply', craft({ ...query, type: 2, numbers: [6] })],
    ['an ill-formed name', craft({ ...query, texts: ['a..b'] })],
    ['a reserved name', craft({ ...query, texts: ['_a'] })],
    ['an empty name', craft({ ...query, texts: ['', ''] })],
    ['a name that is too long', craft({ ...query, texts: ['a'.repeat(256)] })],
    ['a name with characters past ASCII', craft({ ...query, texts: ['\xe4'] })],
    ['a missing name', craft({ ...query, texts: [] })],
    ['a name too many', craft({ ...query, texts: ['a', 'b'] })],
    ['a number too many', craft({ ...open, numbers: [0, 0, 1, 1, 1, 1, 0, 0, 0] })],
    ['a number too few', craft({ ...open, numbers: [0, 0, 1, 1, 1, 1, 0] })],
    ['a ballot of incarnation 0', craft({ ...accept, numbers: [2, 0, 0, 0, 1] })],
    ['a ballot of a member with a bad id', craft({ ...accept, texts: ['a', 'n.1', 'o'] })],
    ['a ballot that was not told before', craft({ ...accept, numbers: [2, 1, 1], texts: ['a', 'o'] })],
    ['an empty operation id', craft({ ...accept, texts: ['a', 'n1', ''] })],
    ['an operation id that is too long', craft({ ...accept, texts: ['a', 'n1', 'o'.repeat(65)] })],
    ['an operation id with a control character', craft({ ...accept, texts: ['a', 'n1', 'o\t'] })],
    ['an operation id with characters past ASCII', craft({ ...accept, texts: ['a', 'n1', 'o\x80'] })],
    ['a value that is cut off', craft({ ...accept, values: '' })],
    ['a value with bytes after it', craft({ ...accept, values: 'vw' })],
    ['an opening of round 1', craft({ ...open, numbers: [0, 1, 1, 1, 1, 1, 0, 0] })],
    ['an opening of number 0', craft({ ...open, numbers: [0, 0, 1, 0, 1, 1, 0, 0] })],
    ['an opening that was chosen, of number 0', craft({ ...open, numbers: [0, 0, 1, 1, 1, 1, 1, 0, 0] })],
    ['an opening refused with an acceptance', craft({ type: 4, numbers: [1, 1, 2, 0, 1, 1], texts: ['a', 'n1'] })],
    [
      'an opening that awaits more than there can be',
      craft({ ...open, numbers: [0, 0, 1, 1, 1, 1, 0, 10], texts: ['n1', 'a', 'o', ...Array(10).fill('n')] }),
    ],
    ['an opened of number 0', craft({ type: 4, numbers: [0, 0] })],
    ['a charge that says neither', craft({ type: 6, numbers: [2] })],
    ['a charge that says nothing', craft({ type: 6 })],
    ['a probe that says something', craft({ type: 5, numbers: [1] })],
    ['a held that says neither', craft({ type: 2, numbers: [5, 2], texts: ['a'] })],
    ['a hello that does not say whether it is enrolled', craft({ ...hello, numbers: [1, 0, 1, 2, 1, 1] })],
    [
      'a hello of too many members',
      craft({ ...hello, numbers: [1, 0, 10, 1, 0], texts: ['c', 'n1', 's', 'x', ...Array(10).fill('n')] }),
    ],
    [
      'a hello that remembers too many stores',
      craft({
        ...hello,
        numbers: [1, 0, 1, 1, 10, ...Array(10).fill(1)],
        texts: ['c', 'n1', 's', 'x', 'n1', ...Array(20).fill('n')],
      }),
    ],
    ['a hello that remembers a store without an id', craft({ ...hello, texts: ['c', 'n1', 's', 'x', 'n1', 'n2', ''] })],
    ['a presence at no stage', craft({ ...presence, numbers: [1, 0, 1, 1, 1, 1, 3] })],
    ['a refusal of no known kind', craft({ type: 9, numbers: [7] })],
    ['more entries than a payload may have', tooManyQueries()],
    ['more openings that were chosen than a payload may have', tooManyChosen()],
  ])('of %s is refused as bad input', (_what, bytes) => {
    expect(() => decode(bytes)).toThrow(BadInputError);
  });

  test('of another version is told from what is no message at all', () => {
    expect(() => decode(craft({ ...query, version: 0xd3 }))).toThrow(/version 3 .* knows version 4 only.*every member/);
    expect(() => decode(craft({ ...query, version: 0xc1 }))).toThrow(/malformed: it does not begin as one/);
  });
});

const MORE_THAN_FIT = ENTRIES_MAX + 1;

/** By hand, because the encoder would cut it. */
function tooManyQueries(): Uint8Array {
  const text = Buffer.from(['c', 'n1', 's', 'x', ...Array(MORE_THAN_FIT).fill('a')].join('\n'));
  return byHand(Buffer.concat([Buffer.of(1, 1, 0), Buffer.alloc(MORE_THAN_FIT, 3)]), text);
}

/** By hand, because the encoder refuses it. */
function tooManyChosen(): Uint8Array {
  const numbers = [Buffer.of(3, 1, 0, 0, 0, 1, 1, 0), numberOf(MORE_THAN_FIT), Buffer.alloc(MORE_THAN_FIT, 1)];
  return byHand(Buffer.concat(numbers), Buffer.from('c\nn1\ns\nx\nn1'));
}

function byHand(numbers: Uint8Array, text: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.of(0xd4), record(numbers, text)]);
}

function onlyBadInput(bytes: Uint8Array): void {
  let message: PeerMessage;
  try {
    message = decode(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(BadInputError);
    return;
  }
  // What is read is a message through and through.
  expect(problemsIn(message)).toEqual([]);
  const again = payloadOf(message);
  expect(Buffer.compare(payloadOf(decode(again)), again)).toBe(0);
}
