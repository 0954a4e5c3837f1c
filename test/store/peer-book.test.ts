import { describe, expect, test } from 'vitest';
import { blockOf } from '../../src/store/journal/block.ts';
import { PeerBook } from '../../src/store/peer-book.ts';
import { applyNotes } from '../../src/store/sqlite/peers.ts';
import { accepted, change } from './world.ts';

const N2 = { storeId: 'store-of-n2', incarnation: 1, session: 'session', enrolled: true, commits: 5 };

function bookOf(): PeerBook {
  return new PeerBook(new Map([['n2', N2]]));
}

describe('what the next block says of peers', () => {
  test('is each count once, and not one that is no higher', () => {
    const book = bookOf();
    for (const commits of [5, 4]) book.note('n2', commits);
    expect(book.takeNoted()).toEqual([]);
    for (const commits of [7, 6]) book.note('n2', commits);
    expect(book.takeNoted()).toEqual([{ member: 'n2', commits: 7 }]);
    expect(book.takeNoted()).toEqual([]);
  });

  test('is nothing that the table knows, or that a new record took the place of', () => {
    const book = bookOf();
    book.note('n2', 7);
    expect(book.takeForTable()?.get('n2')).toEqual({ ...N2, commits: 7 });
    expect(book.takeNoted()).toEqual([]);
    book.note('n2', 8);
    book.set('n2', { ...N2, incarnation: 2 });
    expect(book.takeNoted()).toEqual([]);
  });
});

test('the table is given what it does not know: at first, and after notes that are in blocks or in memory only', () => {
  const book = bookOf();
  expect(book.takeForTable()?.size).toBe(1);
  expect(book.takeForTable()).toBeUndefined();
  book.note('n2', 7);
  expect(book.takeForTable()?.get('n2')?.commits).toBe(7);
  expect(book.takeForTable()).toBeUndefined();
  book.note('n2', 8);
  book.takeNoted();
  expect(book.takeForTable()?.get('n2')?.commits).toBe(8);
  expect(book.takeForTable()).toBeUndefined();
});

test('a block says of a peer only what the table does not know better', () => {
  const noted = [{ member: 'n2', commits: 7 }];
  const block = blockOf({ commit: 2, registers: 0 }, noted, [change('a', accepted('v'))]);
  const after = (commits: number, noted: number) => {
    const peers = new Map([['n2', { record: { ...N2, commits }, noted }]]);
    applyNotes(peers, block);
    return peers.get('n2')?.record.commits;
  };
  expect([after(5, 0), after(5, 2), after(5, 3), after(5, 4), after(9, 0)]).toEqual([7, 7, 5, 5, 9]);
});
