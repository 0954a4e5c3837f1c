import { expect, test } from 'vitest';
import { InvariantError } from '../../src/protocol/invariant.ts';
import type { Request } from '../../src/protocol/messages.ts';
import { ballotOf, proposal } from '../support/paxos.ts';
import { prepare, settle, world } from './acceptor-world.ts';

test('a reply leaves only after the save that it rests on', async () => {
  const { saves, replies, send } = world();
  send(prepare('a'));
  await settle();
  expect(saves).toHaveLength(1);
  expect(replies).toEqual([]);
  saves[0]?.finish();
  await settle();
  expect(replies).toEqual([[{ type: 'promised', name: 'a', ballot: ballotOf(1), accepted: null }]]);
});

test('after a failed save nothing is answered, then or later', async () => {
  const { state, saves, replies, failures, send } = world();
  send(prepare('a'));
  await settle();
  const broken = new Error('the disk is gone');
  saves[0]?.fail(broken);
  await settle();
  send(prepare('b'));
  await settle();
  expect(replies).toEqual([]);
  expect(failures).toEqual([broken]);
  expect(state()).toBe('failed');
});

test('a broken rule of the protocol is told as one, and nothing is answered', async () => {
  const { state, disk, replies, failures, send } = world();
  disk.set('a', { promised: ballotOf(1), accepted: null, decided: true });
  send(prepare('a'));
  await settle();
  expect(failures).toEqual([expect.any(InvariantError)]);
  expect(replies).toEqual([]);
  expect(state()).toBe('failed');
});

test('what comes during a save shares the next one', async () => {
  const { saves, replies, send } = world();
  send(prepare('a'));
  await settle();
  send(prepare('b'));
  send(prepare('c'));
  saves[0]?.finish();
  await settle();
  expect(saves).toHaveLength(2);
  expect(saves[1]?.changes.map(({ name }) => name)).toEqual(['b', 'c']);
  saves[1]?.finish();
  await settle();
  expect(replies.flat().map(({ type, name }) => `${type} ${name}`)).toEqual(['promised a', 'promised b', 'promised c']);
});

test('two proposers in one batch: the second sees what the first was promised', async () => {
  const { saves, replies, send } = world();
  send(prepare('warm-up'));
  await settle();
  send(prepare('a', 2));
  send(prepare('a', 1));
  saves[0]?.finish();
  await settle();
  saves[1]?.finish();
  await settle();
  expect(replies.slice(1).flat()).toEqual([
    { type: 'promised', name: 'a', ballot: ballotOf(2), accepted: null },
    { type: 'rejected', name: 'a', ballot: ballotOf(1), promised: ballotOf(2) },
  ]);
});

test('a query saves nothing and is answered at once', async () => {
  const { saves, replies, send } = world();
  send({ type: 'query', name: 'a' });
  await settle();
  expect(saves).toEqual([]);
  expect(replies).toEqual([[{ type: 'held', name: 'a', accepted: null }]]);
});

test('decisions alone wait for the delay, or for somebody whose commit they share', async () => {
  const { clock, saves, send } = world();
  const decide: Request = { type: 'decide', name: 'a', decision: { ballot: ballotOf(1), proposal: proposal('v') } };
  send(decide);
  await settle();
  expect(saves).toEqual([]);
  await clock.pass(20);
  await settle();
  expect(saves).toHaveLength(1);
  saves[0]?.finish();
  await settle();
  send({ ...decide, name: 'b' });
  send(prepare('c'));
  await settle();
  expect(saves[1]?.changes.map(({ name }) => name)).toEqual(['b', 'c']);
});

test('past its bound it sheds requests, says so, and goes on with the rest', async () => {
  const { saves, replies, events, send } = world({ queueMax: 1 });
  send(prepare('a'));
  await settle();
  send(prepare('b'));
  send(prepare('c'));
  saves[0]?.finish();
  await settle();
  saves[1]?.finish();
  await settle();
  expect(replies.flat().map(({ name }) => name)).toEqual(['a', 'b']);
  expect(events).toContainEqual({ type: 'overloaded', requests: 1 });
});

test('what is too much for one commit goes into the next, a message as a whole', async () => {
  const { saves, send, replies } = world({ batchRequestsMax: 3 });
  send(prepare('a'));
  await settle();
  send(prepare('b'), prepare('c'));
  send(prepare('d'), prepare('e'));
  send(prepare('f'), prepare('g'), prepare('h'), prepare('i'));
  for (let commit = 0; commit < 4; commit += 1) {
    saves.at(-1)?.finish();
    await settle();
  }
  expect(saves.map(({ changes }) => changes.map(({ name }) => name).join(''))).toEqual(['a', 'bc', 'de', 'fghi']);
  expect(replies.map(({ length }) => length)).toEqual([1, 2, 2, 4]);
});
