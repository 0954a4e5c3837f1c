import { describe, expect, test } from 'vitest';
import { Learner } from '../../src/protocol/learner.ts';
import type { Opening, Reply } from '../../src/protocol/messages.ts';
import { ballotOf, proposal } from '../support/paxos.ts';

/** An opening of n1, the home, of two registers. */
function opening(number: number, incarnation = 1): Opening {
  const writes = [`a${number}`, `b${number}`].map((name) => ({ name, proposal: proposal(`v${incarnation}`) }));
  return { ballot: ballotOf(0, 'n1', incarnation), number, writes, chosen: [] };
}

function accepted({ ballot: at, writes }: Opening): Reply[] {
  return writes.map(({ name }) => ({ type: 'accepted', name, ballot: at }));
}

/** A learner, and what it told: decisions, and what may be marked. */
function world(writesMax = 100) {
  const learner = new Learner(writesMax);
  const told: string[] = [];
  const marked: (readonly string[])[] = [];
  const take = ({ decides, marked: saved }: ReturnType<Learner['onSaved']>) => {
    told.push(...decides.map(({ name, decision }) => `${name} ${decision.proposal.opId}`));
    if (saved.length > 0) marked.push(saved);
  };
  const save = (one: Opening, replies = accepted(one)) => take(learner.onSaved(one, replies));
  const choose = (one: Opening, number = one.number) => take(learner.onChosen(one, number));
  return { learner, told, marked, save, choose };
}

describe('the word of a home that an opening was chosen', () => {
  test('tells of all of it at once, and has what was saved of it marked', () => {
    const { learner, told, marked, save, choose } = world();
    const one = opening(1);
    learner.onOpening(one);
    save(one);
    expect(marked).toEqual([]);
    choose(one);
    expect(told).toEqual(['a1 v1', 'b1 v1']);
    expect(marked).toEqual([['a1', 'b1']]);
  });

  test('that overtakes the save is told at once, and marked after the save', () => {
    const { learner, told, marked, save, choose } = world();
    const one = opening(1);
    learner.onOpening(one);
    choose(one);
    expect(told).toHaveLength(2);
    expect(marked).toEqual([]);
    save(one);
    expect(marked).toEqual([['a1', 'b1']]);
  });

  test('that comes twice is told and marked once', () => {
    const { learner, told, marked, save, choose } = world();
    const one = opening(1);
    learner.onOpening(one);
    choose(one);
    choose(one);
    save(one);
    choose(one);
    expect([told.length, marked.length]).toEqual([2, 1]);
  });

  test('marks nothing that the own acceptor refused', () => {
    const { learner, marked, save, choose } = world();
    const one = opening(1);
    const refused: Reply = { type: 'rejected', name: 'a1', ballot: one.ballot, promised: ballotOf(1, 'n3') };
    learner.onOpening(one);
    save(one, [refused, ...accepted(one).slice(1)]);
    choose(one);
    expect(marked).toEqual([['b1']]);
  });

  test('about an opening that never came, or of another life, tells nothing', () => {
    const { learner, told, marked, save, choose } = world();
    const one = opening(1);
    learner.onOpening(one);
    save(one);
    choose(one, 2);
    choose(opening(1, 2));
    expect([told, marked]).toEqual([[], []]);
  });
});

test('what the home itself got chosen is marked once it is saved, in either order, and told to nobody again', () => {
  for (const isSavedFirst of [true, false]) {
    const { learner, told, marked, save } = world();
    const one = opening(1);
    learner.onOpening(one);
    if (isSavedFirst) save(one);
    const saved = learner.onOwnChosen(one, 1);
    if (!isSavedFirst) save(one);
    expect(isSavedFirst ? saved : marked[0]).toEqual(['a1', 'b1']);
    expect(told).toEqual([]);
  }
});

describe('a home that starts again', () => {
  test('is remembered by its new life alone: numbers begin again, and mean other writes', () => {
    const { learner, told, choose } = world();
    learner.onOpening(opening(1, 1));
    learner.onOpening(opening(1, 2));
    choose(opening(1, 1));
    expect(told).toEqual([]);
    choose(opening(1, 2));
    expect(told).toEqual(['a1 v2', 'b1 v2']);
  });

  test('is not forgotten over what comes late from its life before', () => {
    const { learner, told, save, choose } = world();
    const old = opening(1, 1);
    learner.onOpening(old);
    learner.onOpening(opening(1, 2));
    save(old);
    learner.onOpening(old);
    choose(opening(1, 2));
    expect(told).toEqual(['a1 v2', 'b1 v2']);
  });
});

test('past its bound it forgets the oldest, which then tell nothing', () => {
  const { learner, told, choose } = world(4);
  for (const number of [1, 2, 3]) learner.onOpening(opening(number));
  choose(opening(1));
  expect(told).toEqual([]);
  choose(opening(3));
  expect(told).toEqual(['a3 v1', 'b3 v1']);
});
