import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import { Task } from '../../src/node/tasks/task.ts';
import type { Reply } from '../../src/protocol/messages.ts';
import { ballotOf, proposal } from '../support/paxos.ts';
import { settled } from './manual-clock.ts';
import { world } from './proposer-world.ts';

const AT = ballotOf(1, 'n2');
const promised = (name: string): Reply => ({ type: 'promised', name, ballot: AT, accepted: null });
const accepted = (name: string): Reply => ({ type: 'accepted', name, ballot: AT });
const ONE_AT_A_TIME = { batchesInFlightMax: 1, fullBatchesInFlightMax: 1 };

test('what goes into a round may have been started from then on, at a ballot above all that was seen of it', async () => {
  const { proposer, task, rounds } = world({ self: 'n2' });
  const one = task('a');
  one.seen = ballotOf(7, 'n3');
  proposer.propose(one);
  await settled();
  expect([one.isProposed, one.rounds]).toEqual([true, 1]);
  expect(rounds[0]?.requests).toEqual([{ type: 'prepare', name: 'a', ballot: ballotOf(8, 'n2') }]);
});

test('what nobody waits for any more is not proposed; the next batch leaves once the last is over', async () => {
  const { proposer, task, clock, prepared, wentOn } = world({ self: 'n2', settings: ONE_AT_A_TIME });
  proposer.propose(task('a'));
  await settled();
  const [gone, waiting] = [task('gone'), task('waiting')];
  proposer.propose(gone);
  proposer.propose(waiting);
  gone.over = true;
  await settled();
  expect(prepared()).toEqual(['a']);
  await clock.pass(DEFAULT_SETTINGS.phaseTimeoutMs);
  expect(wentOn).toMatchObject([{ phase: 'preparing', name: 'a' }]);
  expect(prepared()).toEqual(['a', 'waiting']);
  expect([gone.isProposed, gone.rounds]).toEqual([false, 0]);
});

test('a round is the textbook: prepare, a majority of promises, accept, a majority of accepted; then all are told', async () => {
  const { proposer, task, rounds, learned, told, events } = world({ self: 'n2' });
  proposer.propose(task('a', 'v'));
  await settled();
  for (const from of ['n1', 'n2']) rounds[0]?.reply(from, promised('a'));
  expect(rounds[1]?.requests).toEqual([{ type: 'accept', name: 'a', ballot: AT, proposal: proposal('v') }]);
  rounds[1]?.reply('n2', accepted('a'));
  expect(learned).toEqual([]);
  rounds[1]?.reply('n3', accepted('a'));
  expect([learned, told]).toEqual([['a'], ['a']]);
  expect(events).toMatchObject([{ type: 'decided', name: 'a', decision: { ballot: AT } }]);
  expect(rounds.map(({ isStopped }) => isStopped)).toEqual([true, true]);
});

test('a register that is beaten in phase 1 leaves the batch, and the others do not wait for it', async () => {
  const { proposer, task, rounds, learned, wentOn } = world({ self: 'n2' });
  for (const name of ['a', 'b']) proposer.propose(task(name));
  await settled();
  rounds[0]?.reply('n1', promised('a'), promised('b'));
  rounds[0]?.reply('n2', promised('a'), { type: 'rejected', name: 'b', ballot: AT, promised: ballotOf(4, 'n3') });
  expect(rounds[1]?.requests.map(({ name }) => name)).toEqual(['a']);
  for (const from of ['n1', 'n2']) rounds[1]?.reply(from, accepted('a'));
  expect([learned, wentOn]).toMatchObject([['a'], [{ phase: 'beaten', name: 'b', highest: ballotOf(4, 'n3') }]]);
});

test('a register that no majority answered in time stays as it was, and a late promise does not bring it back', async () => {
  const { proposer, task, clock, rounds, learned, wentOn } = world({ self: 'n2' });
  for (const name of ['a', 'b']) proposer.propose(task(name));
  await settled();
  rounds[0]?.reply('n1', promised('a'), promised('b'));
  rounds[0]?.reply('n2', promised('a'));
  await clock.pass(DEFAULT_SETTINGS.phaseTimeoutMs);
  expect(rounds[1]?.requests.map(({ name }) => name)).toEqual(['a']);
  rounds[0]?.reply('n2', promised('b'));
  for (const from of ['n1', 'n2']) rounds[1]?.reply(from, accepted('a'));
  expect([learned, wentOn]).toMatchObject([['a'], [{ phase: 'preparing', name: 'b' }]]);
});

test('an accept that one member answers twice ends after the timeout, neither chosen nor beaten', async () => {
  const { proposer, task, clock, rounds, learned, wentOn } = world({ self: 'n2' });
  proposer.propose(task('a'));
  await settled();
  for (const from of ['n1', 'n2']) rounds[0]?.reply(from, promised('a'));
  for (const from of ['n1', 'n1']) rounds[1]?.reply(from, accepted('a'));
  await clock.pass(DEFAULT_SETTINGS.phaseTimeoutMs - 1);
  expect(wentOn).toEqual([]);
  await clock.pass(1);
  expect([learned, wentOn]).toMatchObject([[], [{ phase: 'accepting', name: 'a' }]]);
});

test('without a value of its own a round finds the register empty, and asks nobody to accept', async () => {
  const { proposer, rounds, wentOn } = world({ self: 'n2' });
  const readers = new Task('a', (_, outcome) => wentOn.push(outcome));
  readers.waiters.add({ task: readers, proposal: null, joinedAt: 0, settle: () => undefined });
  proposer.propose(readers);
  await settled();
  for (const from of ['n1', 'n2']) rounds[0]?.reply(from, promised('a'));
  expect(rounds).toHaveLength(1);
  expect(wentOn).toMatchObject([{ phase: 'empty', name: 'a' }]);
});

test('a decision that anybody tells in phase 2 ends it, also as a late answer to phase 1', async () => {
  const { proposer, task, rounds, learned, noted } = world({ self: 'n2' });
  proposer.propose(task('a'));
  await settled();
  for (const from of ['n1', 'n2']) rounds[0]?.reply(from, promised('a'));
  const decision = { ballot: ballotOf(9, 'n3'), proposal: proposal('x') };
  rounds[0]?.reply('n3', { type: 'decided', name: 'a', decision });
  expect([learned, noted]).toEqual([['a'], ['a']]);
  expect(rounds[1]?.isStopped).toBe(true);
});

test('what comes to a batch that is over changes nothing, although its lane drives another', async () => {
  const { proposer, task, rounds, clock, learned } = world({ self: 'n2', settings: ONE_AT_A_TIME });
  proposer.propose(task('a'));
  await settled();
  await clock.pass(DEFAULT_SETTINGS.phaseTimeoutMs);
  proposer.propose(task('b'));
  await settled();
  for (const from of ['n1', 'n2', 'n3']) rounds[0]?.reply(from, promised('a'), promised('b'));
  expect(rounds.map(({ requests }) => requests[0]?.type)).toEqual(['prepare', 'prepare']);
  expect(learned).toEqual([]);
});
