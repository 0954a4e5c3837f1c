import { describe, expect, test } from 'vitest';
import { type AskToOpen, Openings } from '../../src/node/openings.ts';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import type { Task } from '../../src/node/task.ts';
import { NO_BALLOT } from '../../src/protocol/ballot.ts';
import type { Opened, Opening } from '../../src/protocol/messages.ts';
import { majority } from '../../src/protocol/quorum.ts';
import { type RegisterState, UNTOUCHED } from '../../src/protocol/register.ts';
import { ballot, proposal } from '../support/sample.ts';
import { ManualClock, settled } from './manual-clock.ts';

const PROMISED: RegisterState = { ...UNTOUCHED, promised: ballot(3, 'n2') };

/** A task with writers of these values, the first of which is its own. */
function task(name: string, ...values: string[]): Task {
  const made: Task = {
    name,
    waiters: new Set(),
    askedBy: null,
    seen: NO_BALLOT,
    rounds: 0,
    over: false,
    onOver: undefined,
  };
  for (const value of values) {
    made.waiters.add({ task: made, proposal: proposal(value), after: 0, settle: () => undefined });
  }
  return made;
}

interface Asked {
  readonly opening: Opening;
  readonly isVoteFirst: boolean;
  readonly hear: (from: string, refusals?: Opened['refusals']) => void;
  readonly save: () => void;
}

/** The openings of n1, the home, whose store, acceptor and peers are the test. */
function world({ batchBytesMax = 10_000, members = ['n1', 'n2', 'n3'], onChosen = (): void => undefined } = {}) {
  const clock = new ManualClock();
  const stored = new Map<string, RegisterState>();
  const loads: { names: readonly string[]; finish: () => void; fail: (error: Error) => void }[] = [];
  const asked: Asked[] = [];
  const news: (readonly number[])[] = [];
  const touched: (readonly [name: string, state: RegisterState | undefined])[] = [];
  const concluded: string[] = [];
  const failures: unknown[] = [];
  const ask: AskToOpen = (opening, isVoteFirst, onOpened, onSaved) => {
    const hear: Asked['hear'] = (from, refusals = []) => onOpened(from, { number: opening.number, refusals });
    asked.push({ opening, isVoteFirst, hear, save: onSaved });
    return () => undefined;
  };
  const openings = new Openings({
    settings: DEFAULT_SETTINGS,
    limits: { batchRegistersMax: 10, batchBytesMax, batchesInFlightMax: 2 },
    members,
    ballot: ballot(0, 'n1'),
    store: {
      load: (names) =>
        new Promise((resolve, reject) => {
          const known = new Map([...stored].filter(([name]) => names.includes(name)));
          loads.push({ names, finish: () => resolve(known), fail: reject });
        }),
    },
    clock,
    emit: () => undefined,
    ask,
    tell: (opening) => news.push(opening.chosen),
    conclude: (_, outcomes, knownTo) => {
      const toOthers = knownTo?.filter((member) => member !== 'n1').join(' ');
      const known = toOthers === undefined ? '' : `, known to ${toOthers || 'nobody else'}`;
      concluded.push(...outcomes.map(({ name, phase }) => `${name} ${phase}${known}`));
    },
    onChosen,
    onTouched: ({ name }, state) => touched.push([name, state]),
    onStoreFailed: (error) => failures.push(error),
    onBroken: (error) => failures.push(error),
  });
  /** Adds tasks, and lets the store answer. */
  const open = async (...tasks: Task[]) => {
    for (const one of tasks) openings.add(one);
    await settled();
    loads.at(-1)?.finish();
    await settled();
  };
  const opened = () => asked.map(({ opening }) => opening.writes.map(({ name }) => name));
  /** A majority with the home accepts the latest opening. */
  const choose = async () => {
    asked.at(-1)?.save();
    for (const member of members.slice(0, majority(members.length))) asked.at(-1)?.hear(member);
    await settled();
  };
  return { openings, clock, stored, loads, asked, news, touched, concluded, failures, open, opened, choose };
}

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

describe('news of what was chosen', () => {
  test('goes out with the next opening', async () => {
    const { open, choose, asked, news, clock } = world();
    await open(task('a', 'v'));
    await choose();
    await open(task('b', 'v'));
    expect(asked[1]?.opening.chosen).toEqual([1]);
    await clock.pass(DEFAULT_SETTINGS.newsDelayMs);
    expect(news).toEqual([]);
  });

  test('goes out by itself when no opening comes by in time', async () => {
    const { open, choose, news, clock, asked } = world();
    await open(task('a', 'v'));
    await choose();
    await clock.pass(DEFAULT_SETTINGS.newsDelayMs - 1);
    expect(news).toEqual([]);
    await clock.pass(1);
    expect(news).toEqual([[1]]);
    await open(task('b', 'v'));
    expect(asked[1]?.opening).toMatchObject({ number: 2, chosen: [] });
  });

  test('is of whole openings only: what is chosen of the others has to be told in words', async () => {
    const { open, asked, news, clock, concluded } = world();
    await open(task('a', 'v'), task('b', 'w'));
    asked[0]?.hear('n1', [{ type: 'rejected', name: 'b', ballot: ballot(0, 'n1'), promised: ballot(1, 'n2') }]);
    asked[0]?.hear('n2');
    await clock.pass(DEFAULT_SETTINGS.newsDelayMs);
    expect(concluded).toEqual(['a chosen', 'b beaten']);
    expect(news).toEqual([]);
  });

  test('is not told after a stop', async () => {
    const { openings, open, choose, news, clock } = world();
    await open(task('a', 'v'));
    await choose();
    openings.stop();
    await clock.pass(1_000);
    expect(news).toEqual([]);
  });
});

test('a lone write does not wait for the own vote, several do, and none is voted for before that', async () => {
  const { open, choose, asked } = world();
  await open(task('a', 'v'));
  await choose();
  await open(task('b', 'v'), task('c', 'v'));
  expect(asked.map(({ isVoteFirst, opening }) => [isVoteFirst, opening.isVoted])).toEqual([
    [false, false],
    [true, false],
  ]);
});

describe('what an opening gets chosen whole', () => {
  test.each([
    [1, 'nobody else'],
    [2, 'n2'],
    [3, 'n2 n3'],
    [4, 'nobody else'],
    [5, 'nobody else'],
  ])('of %i members is known by vote to %s', async (members, knownTo) => {
    const names = Array.from({ length: members }, (_, index) => `n${index + 1}`);
    const { open, choose, concluded } = world({ members: names });
    await open(task('a', 'v'), task('b', 'w'));
    await choose();
    expect(concluded).toEqual([`a chosen, known to ${knownTo}`, `b chosen, known to ${knownTo}`]);
  });
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
