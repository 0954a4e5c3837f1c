import { describe, expect, test } from 'vitest';
import { TakenOpenings } from '../../src/node/taken.ts';
import type { Opening, Reply } from '../../src/protocol/messages.ts';
import { ballot, proposal } from '../support/sample.ts';

/** An opening of n1, the home, of two registers. */
function opening(number: number, incarnation = 1, isVoted = false): Opening {
  const writes = [`a${number}`, `b${number}`].map((name) => ({ name, proposal: proposal(`v${incarnation}`) }));
  return { ballot: ballot(0, 'n1', incarnation), number, writes, chosen: [], isVoted };
}

function accepted({ ballot: at, writes }: Opening): Reply[] {
  return writes.map(({ name }) => ({ type: 'accepted', name, ballot: at }));
}

/** What n2 remembers, one of so many members. */
function world({ members = 5, writesMax = 100 } = {}) {
  const noted: (readonly [commit: number, names: readonly string[]])[] = [];
  const told: string[] = [];
  const taken = new TakenOpenings({
    self: 'n2',
    members,
    writesMax,
    noteDecided: (commit, names) => noted.push([commit, names]),
    onDecides: (decides) => told.push(...decides.map(({ name, decision }) => `${name} ${decision.proposal.opId}`)),
  });
  return { taken, noted, told };
}

describe('news that an opening was chosen', () => {
  test('tells of all of it at once, and has the commit that saved it noted', () => {
    const { taken, noted, told } = world();
    const one = opening(1);
    taken.take(one);
    taken.save(one, accepted(one), 7);
    expect(noted).toEqual([]);
    taken.choose(one, 1);
    expect(told).toEqual(['a1 v1', 'b1 v1']);
    expect(noted).toEqual([[7, ['a1', 'b1']]]);
  });

  test('that overtakes the save is told at once, and noted after the save', () => {
    const { taken, noted, told } = world();
    const one = opening(1);
    taken.take(one);
    taken.choose(one, 1);
    expect(told).toHaveLength(2);
    expect(noted).toEqual([]);
    taken.save(one, accepted(one), 7);
    expect(noted).toEqual([[7, ['a1', 'b1']]]);
  });

  test('that comes twice is told and noted once', () => {
    const { taken, noted, told } = world();
    const one = opening(1);
    taken.take(one);
    taken.choose(one, 1);
    taken.choose(one, 1);
    taken.save(one, accepted(one), 7);
    taken.choose(one, 1);
    expect(told).toHaveLength(2);
    expect(noted).toHaveLength(1);
  });

  test('notes nothing that the own acceptor refused', () => {
    const { taken, noted } = world();
    const one = opening(1);
    const refused: Reply = { type: 'rejected', name: 'a1', ballot: one.ballot, promised: ballot(1, 'n3') };
    taken.take(one);
    taken.save(one, [refused, ...accepted(one).slice(1)], 7);
    taken.choose(one, 1);
    expect(noted).toEqual([[7, ['b1']]]);
  });

  test('of an opening that never came, or of another life, tells nothing', () => {
    const { taken, noted, told } = world();
    const one = opening(1);
    taken.take(one);
    taken.save(one, accepted(one), 7);
    taken.choose(one, 2);
    taken.choose(opening(1, 2), 1);
    expect([told, noted]).toEqual([[], []]);
  });
});

describe('a home that starts again', () => {
  test('is remembered by its new life alone: numbers begin again, and mean other writes', () => {
    const { taken, told } = world();
    taken.take(opening(1, 1));
    taken.take(opening(1, 2));
    taken.choose(opening(1, 1), 1);
    expect(told).toEqual([]);
    taken.choose(opening(1, 2), 1);
    expect(told).toEqual(['a1 v2', 'b1 v2']);
  });

  test('is not forgotten over what comes late from its life before', () => {
    const { taken, told } = world();
    const old = opening(1, 1);
    taken.take(old);
    taken.take(opening(1, 2));
    taken.save(old, accepted(old), 7);
    taken.take(old);
    taken.vote(old, { number: 1, refusals: [] });
    taken.choose(opening(1, 2), 1);
    expect(told).toEqual(['a1 v2', 'b1 v2']);
  });
});

describe('the home’s own vote', () => {
  test('makes a quorum of three with this one, in either order, provided that both accepted all', () => {
    for (const order of ['vote first', 'save first']) {
      const { taken, told } = world({ members: 3 });
      const one = opening(1);
      taken.take(one);
      const steps = [
        () => taken.vote(one, { number: 1, refusals: [] }),
        () => taken.save(one, accepted(one), 7),
      ] as const;
      const [first, second] = order === 'vote first' ? steps : [steps[1], steps[0]];
      first();
      expect(told).toEqual([]);
      second();
      expect(told).toEqual(['a1 v1', 'b1 v1']);
    }
  });

  test('that an opening carries is learned as soon as the own acceptor has saved it, and noted along with it', () => {
    const { taken, told, noted } = world({ members: 3 });
    const one = opening(1, 1, true);
    taken.take(one);
    expect(told).toEqual([]);
    taken.save(one, accepted(one), 7);
    expect(told).toEqual(['a1 v1', 'b1 v1']);
    expect(noted).toEqual([[7, ['a1', 'b1']]]);
  });

  test('that comes after the opening that carried it changes nothing', () => {
    const { taken, told, noted } = world({ members: 3 });
    const one = opening(1, 1, true);
    taken.take(one);
    taken.vote(one, { number: 1, refusals: [] });
    taken.save(one, accepted(one), 7);
    taken.vote(one, { number: 1, refusals: [] });
    taken.choose(one, 1);
    expect(told).toHaveLength(2);
    expect(noted).toHaveLength(1);
  });

  test('with this one is no quorum of five', () => {
    const { taken, told } = world({ members: 5 });
    const one = opening(1);
    taken.take(one);
    taken.save(one, accepted(one), 7);
    taken.vote(one, { number: 1, refusals: [] });
    const other = opening(2, 1, true);
    taken.take(other);
    taken.save(other, accepted(other), 8);
    expect(told).toEqual([]);
  });

  test('counts for nothing where either refused some of it', () => {
    const one = opening(1);
    const no = { type: 'rejected', name: 'a1', ballot: one.ballot, promised: ballot(1, 'n3') } as const;
    const refusedThere = world({ members: 3 });
    refusedThere.taken.take(one);
    refusedThere.taken.save(one, accepted(one), 7);
    refusedThere.taken.vote(one, { number: 1, refusals: [no] });
    expect(refusedThere.told).toEqual([]);
    const refusedHere = world({ members: 3 });
    refusedHere.taken.take(one);
    refusedHere.taken.save(one, [no, ...accepted(one).slice(1)], 7);
    refusedHere.taken.vote(one, { number: 1, refusals: [] });
    const other = opening(2, 1, true);
    refusedHere.taken.take(other);
    refusedHere.taken.save(other, accepted(other).slice(1), 8);
    expect(refusedHere.told).toEqual([]);
  });
});

test('past its bound it forgets the oldest, which then tell nothing', () => {
  const { taken, told } = world({ writesMax: 4 });
  for (const number of [1, 2, 3]) taken.take(opening(number));
  taken.choose(opening(1), 1);
  expect(told).toEqual([]);
  taken.choose(opening(3), 3);
  expect(told).toEqual(['a3 v1', 'b3 v1']);
});
