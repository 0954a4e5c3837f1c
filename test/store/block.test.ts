import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_BALLOT } from '../../src/protocol/ballot.ts';
import type { Change } from '../../src/protocol/batch.ts';
import { UNTOUCHED } from '../../src/protocol/register.ts';
import { type Block, blockOf, readBlock } from '../../src/store/journal/block.ts';
import { accepted, change, names, plain, states } from './world.ts';

const commits = fc.oneof(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 2 ** 32, max: 2 ** 39 - 1 }));
const peers = fc.array(fc.record({ member: fc.constantFrom('n2', 'n3'), commits: fc.nat(2 ** 40) }), { maxLength: 2 });
const changeLists = fc.array(
  fc
    .record({ name: names, after: states, isNew: fc.boolean() })
    .map(({ name, after, isNew }): Change => change(name, after, isNew ? UNTOUCHED : accepted('earlier'))),
  { minLength: 1, maxLength: 20 },
);

function blockWith(changes: readonly Change[], commit = 1, registers = 0, noted: Block['peers'] = []): Block {
  const { bytes } = blockOf({ commit: commit - 1, registers }, noted, changes);
  return readBlock('file', commit, bytes);
}

function stateIn(block: Block, index: number) {
  const { promised, decided, accepted: held } = block.saved(index);
  if (held === null) return { promised, decided, accepted: null };
  expect(held.at).toEqual({ commit: block.commit, index });
  return { promised, decided, accepted: { ballot: held.ballot, proposal: block.proposal(index) } };
}

test('a block says of every register what was written of it, and of the commit what goes with it', () => {
  fc.assert(
    fc.property(changeLists, commits, fc.nat(2 ** 40), peers, (changes, commit, registers, noted) => {
      const block = blockWith(changes, commit, registers, noted);
      const newRegisters = changes.filter(({ before }) => before.promised === NO_BALLOT).length;
      expect([block.commit, block.registers, block.newRegisters]).toEqual([
        commit,
        registers + newRegisters,
        newRegisters,
      ]);
      expect(block.peers).toEqual(noted);
      expect(block.names).toEqual(changes.map(({ name }) => name));
      for (const [index, { name, before, after }] of changes.entries()) {
        expect(block.isNew(index)).toBe(before.promised === NO_BALLOT);
        expect(block.find(name)).toBe(changes.findLastIndex((one) => one.name === name));
        expect(plain([[name, stateIn(block, index)]])).toEqual(plain([[name, after]]));
      }
    }),
  );
});

test('a block of very different lengths and many ballots comes back too', () => {
  const changes = Array.from({ length: 400 }, (_, at) =>
    change(`r.${'x'.repeat(1 + (at % 200))}`, accepted(Buffer.alloc(at === 7 ? 70_000 : at, at), `op-${at}`, at)),
  );
  const block = blockWith(changes);
  for (const [index, { name, after }] of changes.entries()) {
    expect(plain([[block.names[index] ?? '', stateIn(block, index)]])).toEqual(plain([[name, after]]));
  }
});

test('a name is found where it is, and told from one that only begins as it does', () => {
  const block = blockWith([change('ab', accepted('1')), change('c', accepted('2')), change('ab', accepted('3'))]);
  expect(['a', 'ab', 'abc', 'c', ''].map((name) => block.find(name))).toEqual([undefined, 2, undefined, 1, undefined]);
});

test('a proposal that is given out keeps nothing of the block in memory', () => {
  const block = blockWith([change('a', accepted('value')), change('b', accepted('other'))]);
  expect(block.proposal(0).value.buffer.byteLength).toBe(5);
});

test('a reference says where the proposal is, and has none of it', () => {
  const changes = [
    change('a', accepted('first value', 'op-1', 1)),
    change('b', { ...accepted('second value', 'op-2', 2), decided: true }),
    change('c', accepted('third value', 'op-3', 3)),
    change('d', accepted('fourth value', 'op-4', 4)),
  ];
  const written = new Map([
    ['b', { commit: 2 ** 33, index: 7 }],
    ['d', { commit: 4, index: 2 }],
  ]);
  const { bytes } = blockOf({ commit: 8, registers: 3 }, [], changes, ({ name }) => written.get(name));
  expect(bytes.includes('second')).toBe(false);
  const block = readBlock('file', 9, bytes);
  expect(block.saved(1)).toEqual({
    promised: { round: 2, node: 'n1', incarnation: 1 },
    decided: true,
    accepted: { ballot: { round: 2, node: 'n1', incarnation: 1 }, at: { commit: 2 ** 33, index: 7 } },
  });
  expect(block.saved(3).accepted?.at).toEqual({ commit: 4, index: 2 });
  expect(Buffer.from(block.proposal(2).value).toString()).toBe('third value');
  expect(() => block.proposal(1)).toThrow('no proposal');
});

describe('a block is refused', () => {
  const { bytes } = blockWith([change('a', accepted('value')), change('b', { ...accepted('x'), accepted: null })], 5);

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
