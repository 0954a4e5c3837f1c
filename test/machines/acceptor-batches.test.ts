import { describe, expect, test } from 'vitest';
import type { Request } from '../../src/protocol/messages.ts';
import { ballotOf, proposal } from '../support/paxos.ts';
import { accept, DECIDE_DELAY_MS, decide, prepare, settle, world } from './acceptor-world.ts';

const query = (name: string): Request => ({ type: 'query', name });
const namesIn = (saves: ReturnType<typeof world>['saves']) =>
  saves.map(({ changes }) => changes.map(({ name }) => name).join(''));

describe('the bound on what waits', () => {
  test('counts requests, not messages: one that would pass it is shed as a whole, and all of its requests are told of', async () => {
    const { saves, events, send } = world({ queueMax: 5 });
    send(prepare('a'));
    await settle();
    send(prepare('b'), prepare('c'), prepare('d'));
    send(prepare('e'), prepare('f'), prepare('g'));
    send(prepare('h'));
    send(prepare('i'), prepare('j'));
    expect(events.filter(({ type }) => type === 'overloaded')).toEqual([
      { type: 'overloaded', requests: 3 },
      { type: 'overloaded', requests: 2 },
    ]);
    saves[0]?.finish();
    await settle();
    expect(namesIn(saves)).toEqual(['a', 'bcdh']);
  });

  test('counts what the batch under way left behind', async () => {
    const { saves, events, send } = world({ queueMax: 4, batchRequestsMax: 2 });
    send(prepare('a'));
    await settle();
    send(prepare('b'), prepare('c'));
    send(prepare('d'), prepare('e'));
    saves[0]?.finish();
    await settle();
    send(prepare('f'), prepare('g'));
    send(prepare('h'));
    expect(events.filter(({ type }) => type === 'overloaded')).toEqual([{ type: 'overloaded', requests: 1 }]);
    for (let commit = 1; commit < 4; commit += 1) {
      saves[commit]?.finish();
      await settle();
    }
    expect(namesIn(saves)).toEqual(['a', 'bc', 'de', 'fg']);
  });

  test('holds for decisions that linger, too', async () => {
    const { clock, saves, events, send } = world({ queueMax: 2 });
    for (const name of ['a', 'b', 'c']) send(decide(name));
    expect(events).toEqual([{ type: 'overloaded', requests: 1 }]);
    await clock.pass(DECIDE_DELAY_MS);
    await settle();
    expect(namesIn(saves)).toEqual(['ab']);
  });
});

describe('an opening whose answer nobody waits for', () => {
  test('is saved with the next request that somebody waits for, or else after a while', async () => {
    const { clock, saves, send, sendQuietly } = world();
    sendQuietly(accept('a'));
    await settle();
    expect(saves).toHaveLength(0);
    send(prepare('b'));
    await settle();
    saves[0]?.finish();
    await settle();
    sendQuietly(accept('c'));
    sendQuietly(accept('d'));
    await clock.pass(DECIDE_DELAY_MS);
    await settle();
    expect(namesIn(saves)).toEqual(['ab', 'cd']);
  });

  test('is answered all the same, once it is saved', async () => {
    const { clock, saves, replies, sendQuietly } = world();
    sendQuietly(accept('a'));
    await clock.pass(DECIDE_DELAY_MS);
    await settle();
    expect(replies).toEqual([]);
    saves[0]?.finish();
    await settle();
    expect(replies).toMatchObject([[{ type: 'accepted', name: 'a' }]]);
  });
});

describe('a batch', () => {
  test('takes as many requests as it may, no more, and messages in the order in which they came', async () => {
    const { saves, send } = world({ batchRequestsMax: 3 });
    send(prepare('a'));
    await settle();
    send(prepare('b'), prepare('c'));
    send(prepare('d'));
    send(prepare('e'), prepare('f'));
    send(prepare('g'), prepare('h'));
    send(prepare('i'));
    for (let commit = 0; commit < 4; commit += 1) {
      saves[commit]?.finish();
      await settle();
    }
    expect(namesIn(saves)).toEqual(['a', 'bcd', 'ef', 'ghi']);
  });

  test('is decided on what the disk holds of every register in it, in one message and in several', async () => {
    for (const messages of [[['a', 'b']], [['a', 'b'], ['c'], ['d', 'e']]]) {
      const { disk, saves, replies, send } = world();
      send(prepare('warm-up'));
      await settle();
      const names = messages.flat();
      for (const name of names) disk.set(name, { promised: ballotOf(7), accepted: null, decided: false });
      for (const message of messages) send(...message.map((name) => prepare(name)));
      saves[0]?.finish();
      await settle();
      expect(replies.slice(1).flat()).toEqual(
        names.map((name) => ({ type: 'rejected', name, ballot: ballotOf(1), promised: ballotOf(7) })),
      );
    }
  });

  test('that was saved is told of, with how many registers it changed and how long that took', async () => {
    const { clock, saves, events, send } = world();
    await clock.pass(1_000);
    send(prepare('a'), prepare('b'), query('c'));
    await settle();
    await clock.pass(30);
    saves[0]?.finish();
    await settle();
    expect(events.filter(({ type }) => type === 'committed')).toEqual([
      { type: 'committed', registers: 2, tookMs: 30 },
    ]);
  });

  test('is answered message by message, and whom, is told of; what has no reply is not answered', async () => {
    const { saves, replies, events, send } = world();
    send(prepare('a'));
    send(decide('b'));
    await settle();
    saves[0]?.finish();
    await settle();
    saves[1]?.finish();
    await settle();
    const promised = { type: 'promised', name: 'a', ballot: ballotOf(1), accepted: null };
    expect(replies).toEqual([[promised]]);
    expect(events.filter(({ type }) => type === 'answered')).toEqual([
      { type: 'answered', to: 'n2', replies: [promised] },
    ]);
  });
});

describe('decisions alone', () => {
  test('wait for their delay, which a later one does not renew', async () => {
    const { clock, saves, send } = world();
    send(decide('a'));
    await clock.pass(DECIDE_DELAY_MS - 1);
    send(decide('b'));
    await settle();
    expect(saves).toEqual([]);
    await clock.pass(1);
    await settle();
    expect(namesIn(saves)).toEqual(['ab']);
  });

  test('that come during a save wait for their delay after it, even a single one', async () => {
    const { clock, saves, send } = world();
    send(prepare('a'));
    await settle();
    send(decide('b'));
    saves[0]?.finish();
    await settle();
    expect(saves).toHaveLength(1);
    await clock.pass(DECIDE_DELAY_MS);
    await settle();
    expect(namesIn(saves)).toEqual(['a', 'b']);
  });

  test.each([
    ['a prepare', prepare('b')],
    ['an accept', accept('b')],
    ['a query', query('b')],
  ])('do not hold up %s that comes with them, or after them', async (_, request) => {
    const together = world();
    together.send(decide('a'), request);
    const after = world();
    after.send(decide('a'));
    after.send(request);
    await settle();
    for (const { saves, replies } of [together, after]) {
      expect(saves).toHaveLength(1);
      saves[0]?.finish();
      await settle();
      expect(replies).toHaveLength(1);
    }
  });
});

test('an accepted proposal is on the disk before anybody hears of it', async () => {
  const { disk, saves, replies, send } = world();
  send(accept('a'));
  await settle();
  expect([disk.get('a'), replies]).toEqual([undefined, []]);
  saves[0]?.finish();
  await settle();
  expect(disk.get('a')).toMatchObject({ accepted: { ballot: ballotOf(1), proposal: proposal('v') } });
  expect(replies).toEqual([[{ type: 'accepted', name: 'a', ballot: ballotOf(1) }]]);
});

test('a save that ends after a failure answers nobody any more', async () => {
  const { disk, failures, replies, saves, send } = world();
  disk.set('b', { promised: ballotOf(1), accepted: null, decided: true });
  send(prepare('a'));
  await settle();
  send(query('b'));
  saves[0]?.finish();
  await settle();
  expect(replies).toHaveLength(1);
  expect(failures).toHaveLength(1);
  send(query('c'));
  await settle();
  expect(replies).toHaveLength(1);
});
