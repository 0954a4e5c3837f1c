import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_BALLOT } from '../../src/protocol/ballot.ts';
import type { Change } from '../../src/protocol/batch.ts';
import { UNTOUCHED } from '../../src/protocol/register.ts';
import { Block, readBlock } from '../../src/store/journal/block.ts';
import { parseHead } from '../../src/store/journal/block-format.ts';
import { BlockWriter } from '../../src/store/journal/block-writer.ts';
import { accepted, change, names, plain, states } from './world.ts';

const commits = fc.oneof(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 2 ** 32, max: 2 ** 43 - 1 }));
const peers = fc.array(fc.tuple(fc.constantFrom('n2', 'n3'), fc.nat(2 ** 40)), { maxLength: 2 });
const changeLists = fc.array(
  fc
    .record({ name: names, after: states, isNew: fc.boolean() })
    .map(({ name, after, isNew }): Change => change(name, after, isNew ? UNTOUCHED : accepted('earlier'))),
  { minLength: 1, maxLength: 20 },
);

function bytesOf(
  changes: readonly Change[],
  commit = 1,
  registers = 0,
  noted: [string, number][] = [],
  before = 0,
): Buffer {
  const writer = new BlockWriter();
  for (const one of changes) writer.add(one, undefined);
  return writer.finish(commit, registers, { peers: noted, before });
}

function stateIn(block: Block, index: number) {
  const { promised, decided, accepted: held } = block.saved(index);
  if (held === null) return { promised, decided, accepted: null };
  expect(held.at).toEqual({ commit: block.commit, index });
  return { promised, decided, accepted: { ballot: held.ballot, proposal: block.proposal(index) } };
}

test('a block says of every register what was written of it, and of the commit what goes with it', () => {
  fc.assert(
    fc.property(
      changeLists,
      commits,
      fc.nat(2 ** 40),
      peers,
      fc.nat(9),
      (changes, commit, registers, noted, before) => {
        const block = readBlock('file', commit, bytesOf(changes, commit, registers, noted, before));
        expect([block.commit, block.registers, block.count]).toEqual([commit, registers, changes.length]);
        expect([block.peers, block.before]).toEqual([noted, before]);
        expect(block.names).toEqual(changes.map(({ name }) => name));
        expect(block.countNew()).toBe(changes.filter(({ before }) => before.promised === NO_BALLOT).length);
        for (const [index, { name, before, after }] of changes.entries()) {
          expect(block.isNew(index)).toBe(before.promised === NO_BALLOT);
          expect(block.isNamed(index, name)).toBe(true);
          expect(plain([[name, stateIn(block, index)]])).toEqual(plain([[name, after]]));
        }
      },
    ),
  );
});

test('a block of very different lengths and many ballots comes back too', () => {
  const changes = Array.from({ length: 400 }, (_, at) =>
    change(`r.${'x'.repeat(at % 200)}`, accepted(Buffer.alloc(at === 7 ? 70_000 : at, at), `op-${at}`, at)),
  );
  const block = new Block(bytesOf(changes));
  for (const [index, { name, after }] of changes.entries()) {
    expect(plain([[block.name(index), stateIn(block, index)]])).toEqual(plain([[name, after]]));
  }
});

test('a name is told from every other', () => {
  fc.assert(
    fc.property(changeLists, names, fc.nat(19), (changes, other, index) => {
      const block = new Block(bytesOf(changes));
      expect(block.isNamed(index, other)).toBe(changes[index]?.name === other);
    }),
  );
});

test('a name is told from one that only begins as it does', () => {
  const block = new Block(bytesOf([change('ab', accepted('1')), change('c', accepted('2'))]));
  expect(['a', 'ab', 'abc', ''].map((name) => block.isNamed(0, name))).toEqual([false, true, false, false]);
  expect(['c', 'co'].map((name) => block.isNamed(1, name))).toEqual([true, false]);
  expect(block.isNamed(2, 'c')).toBe(false);
});

test('a proposal that is given out keeps nothing of the block in memory', () => {
  const block = new Block(bytesOf([change('a', accepted('value')), change('b', accepted('other'))]));
  expect(block.proposal(0).value.buffer.byteLength).toBe(5);
});

test('a reference says where the proposal is, and has none of it', () => {
  const writer = new BlockWriter();
  writer.add(change('a', accepted('first value', 'op-1', 1)), undefined);
  writer.add(change('b', { ...accepted('second value', 'op-2', 2), decided: true }), { commit: 2 ** 33, index: 7 });
  writer.add(change('c', accepted('third value', 'op-3', 3)), undefined);
  const bytes = writer.finish(9, 3, { peers: [], before: 0 });
  expect(bytes.includes('second')).toBe(false);
  const block = readBlock('file', 9, bytes);
  expect(block.saved(1)).toEqual({
    promised: { round: 2, node: 'n1', incarnation: 1 },
    decided: true,
    accepted: { ballot: { round: 2, node: 'n1', incarnation: 1 }, at: { commit: 2 ** 33, index: 7 } },
  });
  expect(block.hasAccepted(1)).toBe(true);
  expect(Buffer.from(block.proposal(2).value).toString()).toBe('third value');
  expect(() => block.proposal(1)).toThrow('no proposal');
});

test('each of several references has its own proposal, whatever stands between them', () => {
  const writer = new BlockWriter();
  const promised = { ...accepted('x'), accepted: null };
  writer.add(change('a', accepted('1')), { commit: 3, index: 1 });
  writer.add(change('b', promised), undefined);
  writer.add(change('c', accepted('2')), { commit: 4, index: 2 });
  writer.add(change('d', accepted('3')), undefined);
  writer.add(change('e', accepted('4')), { commit: 5, index: 3 });
  const block = readBlock('file', 9, writer.finish(9, 5, { peers: [], before: 0 }));
  expect([0, 1, 2, 3, 4].map((index) => block.saved(index).accepted?.at)).toEqual([
    { commit: 3, index: 1 },
    undefined,
    { commit: 4, index: 2 },
    { commit: 9, index: 3 },
    { commit: 5, index: 3 },
  ]);
});

test('a block is written as it ever was, to the byte: there are stores that have it so', () => {
  const writer = new BlockWriter();
  const state = accepted('value', 'op-1', 7);
  writer.add(change('new', state), undefined);
  writer.add(change('old', { ...state, accepted: null }, state), undefined);
  writer.add(change('any', { ...accepted('other', 'op-2', 8), decided: true }, state), { commit: 4, index: 2 });
  const bytes = writer.finish(2 ** 32 + 5, 300, { peers: [['n2', 6]], before: 1 });
  const head =
    'c8b86ce905000000010000002c0100000000000003000000520000005f0000000105000a010000010100000100030000000104000001050000';
  const text = '{"ballots":["7/n1/1","8/n1/1"],"peers":[["n2",6]],"references":[[4,2]],"before":1}newoldanyop-1value';
  expect(bytes.toString('hex')).toBe(head + Buffer.from(text).toString('hex'));
});

describe('a block is refused', () => {
  const bytes = bytesOf([change('a', accepted('value')), change('b', { ...accepted('x'), accepted: null })], 5);

  test('with any one bit flipped', () => {
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(() => readBlock('file', 5, flipped)).toThrow('not what was written');
    }
  });

  test('with its end missing, or more behind it', () => {
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => readBlock('file', 5, bytes.subarray(0, length))).toThrow('not what was written');
    }
    expect(() => readBlock('file', 5, Buffer.concat([bytes, Buffer.alloc(1)]))).toThrow('not what was written');
  });

  test("in another commit's place, or where there is none", () => {
    expect(readBlock('file', 5, bytes).commit).toBe(5);
    expect(() => readBlock('file', 6, bytes)).toThrow('not what was written');
    expect(() => readBlock('file', 5, undefined)).toThrow('not what was written');
  });
});

test('a block of the time when a save was one commit says that none came before it', () => {
  expect(parseHead('{"ballots":["0/n1/1"],"peers":[],"references":[]}').before).toBe(0);
});
