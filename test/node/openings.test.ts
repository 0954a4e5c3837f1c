import { describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import { Task } from '../../src/node/tasks/task.ts';
import { type RegisterState, UNTOUCHED } from '../../src/protocol/register.ts';
import { ballotOf, proposal } from '../support/paxos.ts';
import { settled } from './manual-clock.ts';
import { world } from './proposer-world.ts';

const { newsDelayMs, phaseTimeoutMs } = DEFAULT_SETTINGS;
const PROMISED: RegisterState = { ...UNTOUCHED, promised: ballotOf(3, 'n2') };

describe('a register is opened once in a life', () => {
  test('a second write of it, while the own vote on the first is not saved, goes on in rounds', async () => {
    const { task, open, opened, prepared } = world();
    const first = task('a', 'v');
    await open(first);
    first.over = true;
    await open(task('a', 'w'));
    expect([opened(), prepared()]).toEqual([[['a']], ['a']]);
  });

  test('nor is it where the store was asked before that vote was saved, and answers after', async () => {
    const { proposer, task, open, opened, asked, loads, prepared } = world();
    const first = task('a', 'v');
    await open(first);
    first.over = true;
    proposer.open(task('a', 'w'));
    await settled();
    asked[0]?.save();
    loads[1]?.finish();
    await settled();
    expect([opened(), prepared()]).toEqual([[['a']], ['a']]);
  });

  test('nor once it was given up: a vote that is late may still come', async () => {
    const { task, open, opened, clock, wentOn } = world();
    const first = task('a', 'v');
    await open(first);
    await clock.pass(phaseTimeoutMs);
    expect(wentOn).toMatchObject([{ phase: 'beaten', name: 'a' }]);
    first.over = true;
    await open(task('a', 'w'));
    expect(opened()).toEqual([['a']]);
  });

  test('a name that the own store knows, be it by a promise, goes on in rounds; the others of its batch are opened', async () => {
    const { task, open, opened, stored, prepared } = world();
    stored.set('a', PROMISED);
    await open(task('a', 'v'), task('b', 'w'));
    expect([opened(), prepared()]).toEqual([[['b']], ['a']]);
  });

  test('one that the own store knows to be decided is learned from there, and nobody is asked', async () => {
    const { task, open, opened, stored, learned, prepared } = world();
    stored.set('a', { ...UNTOUCHED, accepted: { ballot: ballotOf(0, 'n1'), proposal: proposal('v') }, decided: true });
    await open(task('a', 'w'));
    expect([learned, opened(), prepared()]).toEqual([['a'], [], []]);
  });

  test('a task that nobody waits for any more, once the store has answered, is not opened', async () => {
    const { proposer, task, loads, opened } = world();
    const gone = task('a', 'v');
    proposer.open(gone);
    await settled();
    gone.over = true;
    loads[0]?.finish();
    await settled();
    expect(opened()).toEqual([]);
  });

  test('a task of readers alone has nothing to open: it goes on in rounds', async () => {
    const { open, opened, prepared } = world();
    const readers = new Task('a', () => undefined);
    readers.waiters.add({ task: readers, proposal: null, joinedAt: 0, settle: () => undefined });
    await open(readers);
    expect([opened(), prepared()]).toEqual([[], ['a']]);
  });
});

test('what is opened may have been started from then on', async () => {
  const { task, open } = world();
  const one = task('a');
  expect(one.isProposed).toBe(false);
  await open(one);
  expect(one.isProposed).toBe(true);
});

test('a task whose next writer has a larger value than its message has room for leaves in the next opening', async () => {
  const { proposer, task, open, opened, loads } = world({ batchBytesMax: 600 });
  const changing = task('b', 'w', 'x'.repeat(300));
  proposer.open(task('a', 'v'));
  proposer.open(changing);
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
  const { proposer, task, loads, opened, failures } = world();
  proposer.open(task('a', 'v'));
  await settled();
  const broken = new Error('the disk is gone');
  loads[0]?.fail(broken);
  await settled();
  expect([opened(), failures]).toEqual([[], [broken]]);
});

describe('the answers to an opening', () => {
  test('are waited for until a majority with the home in it has accepted: the whole batch is chosen', async () => {
    const { task, open, asked, learned, events } = world();
    await open(task('a'), task('b'));
    asked[0]?.hear('n2');
    asked[0]?.hear('n3');
    await settled();
    expect(learned).toEqual([]);
    asked[0]?.hear('n1');
    await settled();
    expect(learned).toEqual(['a', 'b']);
    expect(events.flatMap((event) => (event.type === 'decided' ? [event.name] : []))).toEqual(['a', 'b']);
    expect(asked[0]?.isStopped).toBe(true);
  });

  test('without the own vote in time have got nothing chosen, whoever else accepted', async () => {
    const { task, open, asked, clock, learned, wentOn } = world();
    await open(task('a'));
    for (const member of ['n2', 'n3']) asked[0]?.hear(member);
    await clock.pass(phaseTimeoutMs - 1);
    expect(wentOn).toEqual([]);
    await clock.pass(1);
    expect([learned, wentOn]).toMatchObject([[], [{ phase: 'beaten', name: 'a' }]]);
  });

  test('that refuse one write leave the others alone, and say above which ballot to go on', async () => {
    const { task, open, asked, learned, told, wentOn } = world();
    await open(task('a'), task('b'));
    asked[0]?.hear('n1');
    asked[0]?.hear('n2', [{ type: 'rejected', name: 'a', ballot: ballotOf(0, 'n1'), promised: ballotOf(2, 'n3') }]);
    await settled();
    expect(wentOn).toMatchObject([{ phase: 'beaten', name: 'a', highest: ballotOf(2, 'n3') }]);
    // By a number the others would take the first for chosen too.
    expect([learned, told]).toEqual([['b'], ['b']]);
  });

  test('that come twice, or to another opening, count for nothing', async () => {
    const { task, open, asked, learned } = world();
    await open(task('a'));
    asked[0]?.hear('n1');
    asked[0]?.hear('n1');
    asked[0]?.hear('n2', [], 2);
    await settled();
    expect(learned).toEqual([]);
  });

  test('that tell a decision are learned, noted by the own acceptor, and no news', async () => {
    const { task, open, asked, news, clock, learned, noted, told } = world();
    await open(task('a', 'v'));
    const decision = { ballot: ballotOf(3, 'n2'), proposal: proposal('x') };
    asked[0]?.hear('n1');
    asked[0]?.hear('n2', [{ type: 'decided', name: 'a', decision }]);
    await clock.pass(2 * newsDelayMs);
    expect([learned, noted, told, news]).toEqual([['a'], ['a'], [], []]);
  });
});

describe('news of what was chosen', () => {
  test('goes out with the next opening', async () => {
    const { task, open, choose, asked, news, clock, told } = world();
    await open(task('a', 'v'));
    await choose();
    await open(task('b', 'v'));
    expect(asked[1]?.opening.chosen).toEqual([1]);
    await clock.pass(newsDelayMs);
    expect([news, told]).toEqual([[], []]);
  });

  test('goes out by itself when no opening comes by in time', async () => {
    const { task, open, choose, news, clock, asked } = world();
    await open(task('a', 'v'));
    await choose();
    await clock.pass(newsDelayMs - 1);
    expect(news).toEqual([]);
    await clock.pass(1);
    expect(news).toEqual([[1]]);
    await open(task('b', 'v'));
    expect(asked[1]?.opening).toMatchObject({ number: 2, chosen: [] });
  });

  test('waits its time from the first that was not told yet: neither longer for a later one, nor less', async () => {
    const { task, open, asked, news, clock } = world();
    const chooseOne = async (at: number) => {
      for (const member of ['n1', 'n2']) asked[at]?.hear(member);
      await settled();
    };
    await open(task('a'));
    await open(task('b'));
    await chooseOne(0);
    await clock.pass(newsDelayMs / 2);
    await chooseOne(1);
    await clock.pass(newsDelayMs / 2);
    expect(news).toEqual([[1, 2]]);
    await open(task('c'));
    await chooseOne(2);
    await clock.pass(newsDelayMs / 2);
    // It carries the news of the third, so the timer of that one is of no use any more.
    await open(task('d'));
    await chooseOne(3);
    await clock.pass(newsDelayMs / 2);
    expect(news).toHaveLength(1);
    await clock.pass(newsDelayMs / 2);
    expect(news).toEqual([[1, 2], [4]]);
  });

  test('is not told after a stop', async () => {
    const { proposer, task, open, choose, news, clock } = world();
    await open(task('a', 'v'));
    await choose();
    proposer.stop();
    await clock.pass(1_000);
    expect(news).toEqual([]);
  });
});

describe('an opening asks to answer at once', () => {
  test('everyone, at first; then those who made a quorum with the home the last time', async () => {
    const { task, open, asked } = world();
    await open(task('a', 'v'));
    for (const from of ['n1', 'n3']) asked[0]?.hear(from);
    await open(task('b', 'v'));
    asked[1]?.hear('n2');
    asked[1]?.hear('n1');
    await open(task('c', 'v'));
    expect(asked.map(({ awaited }) => awaited)).toEqual([[], ['n3'], ['n2']]);
  });

  test('everyone again after one that no quorum answered in time', async () => {
    const { task, open, asked, clock } = world();
    await open(task('a', 'v'));
    for (const from of ['n1', 'n3']) asked[0]?.hear(from);
    await open(task('b', 'v'));
    asked[1]?.hear('n1');
    await clock.pass(phaseTimeoutMs);
    await open(task('c', 'v'));
    expect(asked.map(({ awaited }) => awaited)).toEqual([[], ['n3'], []]);
  });
});
