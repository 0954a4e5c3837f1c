import { describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import { type RegisterState, UNTOUCHED } from '../../src/protocol/register.ts';
import { ballot } from '../support/sample.ts';
import { settled } from './manual-clock.ts';
import { world } from './openings-world.ts';
import { task } from './tasks.ts';

const PROMISED: RegisterState = { ...UNTOUCHED, promised: ballot(3, 'n2') };

describe('a register is opened once in a life', () => {
  test('a second write of it, while the own vote on the first is not saved, goes on in rounds', async () => {
    const { open, opened, touched } = world();
    const first = task('a', 'v');
    await open(first);
    first.over = true;
    await open(task('a', 'w'));
    expect(opened()).toEqual([['a']]);
    expect(touched).toEqual([['a', undefined]]);
  });

  test('nor is it where the store was asked before that vote was saved, and answers after', async () => {
    const { openings, open, opened, asked, loads, touched } = world();
    const first = task('a', 'v');
    await open(first);
    first.over = true;
    openings.add(task('a', 'w'));
    await settled();
    asked[0]?.save();
    loads[1]?.finish();
    await settled();
    expect(opened()).toEqual([['a']]);
    expect(touched).toHaveLength(1);
  });

  test('nor once it was given up: a vote that is late may still come', async () => {
    const { open, opened, clock, concluded } = world();
    const first = task('a', 'v');
    await open(first);
    await clock.pass(DEFAULT_SETTINGS.phaseTimeoutMs);
    expect(concluded).toEqual(['a beaten']);
    first.over = true;
    await open(task('a', 'w'));
    expect(opened()).toEqual([['a']]);
  });

  test('a name that the own store knows, be it by a promise, goes on from there; the others of its batch are opened', async () => {
    const { open, opened, stored, touched } = world();
    stored.set('a', PROMISED);
    await open(task('a', 'v'), task('b', 'w'));
    expect(opened()).toEqual([['b']]);
    expect(touched).toEqual([['a', PROMISED]]);
  });

  test('a task that nobody waits for any more, once the store has answered, is not opened', async () => {
    const { openings, loads, opened } = world();
    const gone = task('a', 'v');
    openings.add(gone);
    await settled();
    gone.over = true;
    loads[0]?.finish();
    await settled();
    expect(opened()).toEqual([]);
  });
});

test('a lone write does not wait for the own vote, which whoever asked for it is told; several do', async () => {
  const { open, choose, asked, concluded } = world();
  await open(task('a', 'v'));
  await choose();
  await open({ ...task('b', 'v'), askedBy: 'n3' });
  await choose();
  await open(task('c', 'v'), { ...task('d', 'v'), askedBy: 'n3' });
  await choose();
  expect(asked.map(({ toldOfVote, opening }) => [toldOfVote, opening.isVoted])).toEqual([
    [[], false],
    [['n3'], false],
    [null, false],
  ]);
  expect(concluded).toEqual([
    'a chosen, known to nobody else',
    'b chosen, known to n3',
    'c chosen, known to n2 n3',
    'd chosen, known to n2 n3',
  ]);
});

test('a task whose next writer has a larger value than its message has room for leaves in the next opening', async () => {
  const { openings, open, opened, loads } = world({ batchBytesMax: 600 });
  const changing = task('b', 'w', 'x'.repeat(300));
  openings.add(task('a', 'v'));
  openings.add(changing);
  await settled();
  for (const waiter of changing.waiters) {
    changing.waiters.delete(waiter);
    break;
  }
  loads[0]?.finish();
  await settled();
  expect(opened()).toEqual([['a']]);
  await open();
  expect(opened()).toEqual([['a'], ['b']]);
});

test('where the store fails nothing is opened, and the member hears of it', async () => {
  const { openings, loads, opened, failures } = world();
  openings.add(task('a', 'v'));
  await settled();
  const broken = new Error('the disk is gone');
  loads[0]?.fail(broken);
  await settled();
  expect([opened(), failures]).toEqual([[], [broken]]);
});

test('a decision that contradicts a known one breaks the member, not the process', async () => {
  const contradiction = new Error('decided twice');
  const { open, choose, failures } = world({
    onChosen: () => {
      throw contradiction;
    },
  });
  await open(task('a', 'v'));
  await choose();
  expect(failures).toEqual([contradiction]);
});
