import { describe, expect, test } from 'vitest';
import type { Decide, Opening, Reply } from '../../src/protocol/messages.ts';
import { ballotOf, proposal } from '../support/paxos.ts';
import { openingOf, world } from './messenger-world.ts';
import { processOf } from './process.ts';

const DECISION = { ballot: ballotOf(1, 'n1', 3), proposal: proposal('v') };
const DECIDES: readonly Decide[] = [{ type: 'decide', name: 'r', decision: DECISION }];
const HELD: Reply = { type: 'held', name: 'r', accepted: null };
const ACCEPTED: Reply = { type: 'accepted', name: 'r', ballot: ballotOf(0, 'n1', 3) };

/** The home opens; returns who has answered, how often its own vote was saved, and how to stop listening. */
function opening({ messenger }: ReturnType<typeof world>, opened: Opening) {
  const heard: string[] = [];
  const saves: string[] = [];
  const stop = messenger.open(
    opened,
    [],
    (from) => heard.push(from),
    () => saves.push('saved'),
  );
  return { heard, saves, stop };
}

describe('a question', () => {
  test('goes out once for all the others, and to the own acceptor, and each is heard', () => {
    const { messenger, asked, jobs, events } = world();
    const heard: string[] = [];
    messenger.ask([{ type: 'query', name: 'r' }], (from) => heard.push(from));
    expect(asked.map(({ to, message }) => [to, message.type])).toEqual([[undefined, 'requests']]);
    for (const member of ['n1', 'n3']) {
      asked[0]?.answer({ type: 'replies', sender: processOf(member), replies: [HELD] });
    }
    jobs[0]?.respond([HELD]);
    expect(heard).toEqual(['n1', 'n3', 'n2']);
    expect(events).toContainEqual({ type: 'asked', requests: [{ type: 'query', name: 'r' }] });
  });

  test('is heard of no more by whoever wants no more answers, of the others nor of the own acceptor', () => {
    const { messenger, asked, jobs } = world();
    const heard: string[] = [];
    const stop = messenger.ask([{ type: 'query', name: 'r' }], (from) => heard.push(from));
    stop();
    jobs[0]?.respond([HELD]);
    expect(heard).toEqual([]);
    expect(asked.map(({ isStopped }) => isStopped)).toEqual([true]);
  });
});

describe('an opening', () => {
  test('leaves before the own vote is saved, which counts once it is', () => {
    const home = world({ self: 'n1' });
    const { heard, saves } = opening(home, openingOf('r'));
    expect(home.asked.map(({ to, message }) => [to, message.type])).toEqual([[undefined, 'open']]);
    expect([heard, saves]).toEqual([[], []]);
    home.jobs[0]?.respond([ACCEPTED]);
    expect([heard, saves]).toEqual([['n1'], ['saved']]);
  });

  test('has the own refusal heard like that of another', () => {
    const home = world({ self: 'n1' });
    const heard: unknown[] = [];
    home.messenger.open(
      openingOf('r'),
      [],
      (from, { refusals }) => heard.push([from, refusals.map(({ name }) => name)]),
      () => undefined,
    );
    const refusal: Reply = { type: 'rejected', name: 'r', ballot: ballotOf(0, 'n1', 3), promised: ballotOf(1, 'n2') };
    home.jobs[0]?.respond([refusal]);
    home.asked[0]?.answer({ type: 'opened', sender: processOf('n3'), opened: { number: 1, refusals: [refusal] } });
    expect(heard).toEqual([
      ['n1', ['r']],
      ['n3', ['r']],
    ]);
  });

  test('is heard of no more by whoever wants no more answers, while its save is noted all the same', () => {
    const home = world({ self: 'n1' });
    const { heard, saves, stop } = opening(home, openingOf('r'));
    stop();
    home.jobs[0]?.respond([ACCEPTED]);
    expect([heard, saves]).toEqual([[], ['saved']]);
    expect(home.asked.map(({ isStopped }) => isStopped)).toEqual([true]);
  });

  test('of news alone is told to the others, and not asked of anybody', () => {
    const { messenger, told, asked, jobs } = world({ self: 'n1' });
    messenger.tellNews({ ...openingOf(), chosen: [1] });
    expect(told).toMatchObject([{ type: 'open', sender: processOf('n1'), opening: { chosen: [1] } }]);
    expect([asked, jobs]).toEqual([[], []]);
  });
});

describe('decisions', () => {
  test('are told to the others, and to the own acceptor', () => {
    const { messenger, told, jobs } = world();
    messenger.tell(DECIDES);
    expect(told).toEqual([{ type: 'requests', sender: processOf('n2'), requests: DECIDES }]);
    expect(jobs.map(({ requests }) => requests)).toEqual([DECIDES]);
  });

  test('that are only to be noted go to the own acceptor alone', () => {
    const { messenger, told, jobs } = world();
    messenger.note(DECIDES);
    expect(told).toEqual([]);
    expect(jobs.map(({ requests }) => requests)).toEqual([DECIDES]);
  });
});
