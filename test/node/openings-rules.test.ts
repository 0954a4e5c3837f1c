import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import { TakenOpenings } from '../../src/node/taken.ts';
import { newTask } from '../../src/node/task.ts';
import { UNTOUCHED } from '../../src/protocol/register.ts';
import { ballot, proposal } from '../support/sample.ts';
import { settled } from './manual-clock.ts';
import { world } from './openings-world.ts';
import { task } from './tasks.ts';

const { newsDelayMs } = DEFAULT_SETTINGS;

test('what is opened may have been started from then on, and who comes to it is late', async () => {
  const { open } = world();
  const one = task('a');
  expect([one.isOpened, one.isProposed]).toEqual([false, false]);
  await open(one);
  expect([one.isOpened, one.isProposed]).toEqual([true, true]);
});

test('a task of readers alone has nothing to open: it goes on in rounds', async () => {
  const { open, opened, touched } = world();
  const readers = newTask('a', null);
  const waiter = { task: readers, proposal: null, after: 0, isLate: false, settle: () => undefined };
  readers.waiters.add(waiter);
  await open(readers);
  expect([opened(), touched]).toEqual([[], [['a', undefined]]]);
});

test('once the own vote on it is saved, a register goes on from what the store holds of it', async () => {
  const { open, choose, opened, stored, touched } = world();
  await open(task('a', 'v'));
  await choose();
  const state = { ...UNTOUCHED, accepted: { ballot: ballot(0, 'n1'), proposal: proposal('v') }, decided: true };
  stored.set('a', state);
  await open(task('a', 'w'));
  expect(opened()).toEqual([['a']]);
  expect(touched).toEqual([['a', state]]);
});

test('an opening that is over is not listened for any more', async () => {
  const { open, choose, asked } = world();
  await open(task('a', 'v'));
  expect(asked[0]?.isStopped).toBe(false);
  await choose();
  expect(asked[0]?.isStopped).toBe(true);
});

test('what was found decided already is no news: others have not accepted it in this opening', async () => {
  const { open, asked, news, clock, concluded } = world();
  await open(task('a', 'v'));
  const decision = { ballot: ballot(3, 'n2'), proposal: proposal('x') };
  asked[0]?.hear('n1');
  asked[0]?.hear('n2', [{ type: 'decided', name: 'a', decision }]);
  await clock.pass(2 * newsDelayMs);
  expect([news, concluded]).toEqual([[], ['a chosen']]);
});

test('news waits its time from the first that was not told yet: neither longer for a later one, nor less', async () => {
  const { openings, loads, asked, news, clock } = world();
  const openOne = async (name: string) => {
    openings.add(task(name));
    await settled();
    loads.at(-1)?.finish();
    await settled();
  };
  const chooseOne = async (at: number) => {
    for (const member of ['n1', 'n2']) asked[at]?.hear(member);
    await settled();
  };
  await openOne('a');
  await openOne('b');
  await chooseOne(0);
  await clock.pass(newsDelayMs / 2);
  await chooseOne(1);
  await clock.pass(newsDelayMs / 2);
  expect(news).toEqual([[1, 2]]);
  await openOne('c');
  await chooseOne(2);
  await clock.pass(newsDelayMs / 2);
  // It carries the news of the third, so the timer of that one is of no use any more.
  await openOne('d');
  await chooseOne(3);
  await clock.pass(newsDelayMs / 2);
  expect(news).toHaveLength(1);
  await clock.pass(newsDelayMs / 2);
  expect(news).toEqual([[1, 2], [4]]);
});

test('the home’s own vote is one vote, however it is told: alone it is no quorum of three', () => {
  const told: unknown[] = [];
  const taken = new TakenOpenings({
    self: 'n1',
    members: 3,
    noteDecided: () => undefined,
    onDecides: (decides) => told.push(decides),
  });
  const writes = [{ name: 'a', proposal: proposal('v') }];
  const opening = { ballot: ballot(0, 'n1'), number: 1, writes, chosen: [], isVoted: true };
  taken.take(opening);
  taken.save(opening, [{ type: 'accepted', name: 'a', ballot: opening.ballot }], 1);
  expect(told).toEqual([]);
});
