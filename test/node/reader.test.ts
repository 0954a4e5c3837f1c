import { describe, expect, test } from 'vitest';
import type { ReadResult } from '../../src/contract/outcomes.ts';
import type { Messenger } from '../../src/node/peers/messenger.ts';
import type { Learning } from '../../src/node/roles/learning.ts';
import { Reader } from '../../src/node/roles/reader.ts';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import type { Ending } from '../../src/node/tasks/task.ts';
import type { Tasks } from '../../src/node/tasks/tasks.ts';
import type { Decide, Reply, Request } from '../../src/protocol/messages.ts';
import type { RegisterState } from '../../src/protocol/register.ts';
import { ballotOf, proposal } from '../support/paxos.ts';
import { contextOf, live } from './context.ts';
import { settled } from './manual-clock.ts';

const { operationTimeoutMs, phaseTimeoutMs, readGraceMs } = DEFAULT_SETTINGS;
const ACCEPTED = { ballot: ballotOf(1, 'n2'), proposal: proposal('v') };

/** The reader of one member of three, whose store, network and rounds are the test. */
function world({ loadFails = undefined as Error | undefined } = {}) {
  const stored = new Map<string, RegisterState>();
  const asked: { names: string[]; reply: (from: string, ...replies: Reply[]) => unknown; isStopped: boolean }[] = [];
  const finishing: { name: string; end: (ending: Ending) => void }[] = [];
  const found: string[] = [];
  const { context, clock, failures } = contextOf({
    payloadBytesMax: 8_192,
    store: {
      find: () => undefined,
      load: async (names) => {
        if (loadFails !== undefined) throw loadFails;
        return new Map([...stored].filter(([name]) => names.includes(name)));
      },
    },
  });
  const messenger: Pick<Messenger, 'ask' | 'note'> = {
    ask: (requests: readonly Request[], onReplies) => {
      const names = requests.map(({ name }) => name);
      const reply = (from: string, ...replies: Reply[]) => one.isStopped || onReplies(from, replies);
      const one = { names, reply, isStopped: false };
      asked.push(one);
      return () => {
        one.isStopped = true;
      };
    },
    note: (decides: readonly Decide[]) => found.push(...decides.map(({ name }) => name)),
  };
  const learned: string[] = [];
  const learning = { learn: (decides: readonly Decide[]) => learned.push(...decides.map(({ name }) => name)) };
  const tasks = { finish: (name: string, end: (ending: Ending) => void) => finishing.push({ name, end }) };
  const reader = new Reader(
    context,
    messenger as Messenger,
    learning as unknown as Learning,
    tasks as unknown as Tasks,
  );
  live(context, ...reader.children);
  /** Begins a read; its answer, once it is there, is in the object that is returned. */
  const read = async (name = 'r') => {
    const answer: { results: ReadResult[] } = { results: [] };
    reader.read(name, (result) => answer.results.push(result));
    await settled();
    return answer;
  };
  return { read, clock, stored, asked, finishing, found, learned, failures };
}

const nothing = (name = 'r'): Reply => ({ type: 'held', name, accepted: null });
const held = (name = 'r'): Reply => ({ type: 'held', name, accepted: ACCEPTED });

/** A read of whose majority one member has accepted something, and the other nothing. */
async function divided() {
  const made = world();
  const answer = await made.read();
  made.asked[0]?.reply('n1', nothing());
  made.asked[0]?.reply('n2', held());
  await made.clock.pass(readGraceMs);
  return { ...made, answer };
}

describe('a divided read', () => {
  test('is finished in a round, and answered with what that decided', async () => {
    const { answer, finishing } = await divided();
    expect(finishing.map(({ name }) => name)).toEqual(['r']);
    expect(answer.results).toEqual([]);
    finishing[0]?.end({ type: 'decided', decision: ACCEPTED });
    await settled();
    expect(answer.results).toEqual([{ outcome: 'decided', decision: ACCEPTED }]);
  });

  test('that a round found empty is empty', async () => {
    const { answer, finishing } = await divided();
    finishing[0]?.end({ type: 'empty' });
    await settled();
    expect(answer.results).toEqual([{ outcome: 'empty' }]);
  });

  test.each([true, false])('that nobody finished in time is unavailable, and never empty', async (isProposed) => {
    const { answer, finishing } = await divided();
    finishing[0]?.end({ type: 'timeout', isProposed });
    await settled();
    expect(answer.results).toEqual([{ outcome: 'unavailable' }]);
  });

  test('waits a little for the rest of the members first', async () => {
    const { read, asked, clock, finishing } = world();
    const answer = await read();
    asked[0]?.reply('n1', nothing());
    asked[0]?.reply('n2', held());
    await clock.pass(readGraceMs - 1);
    asked[0]?.reply('n3', held());
    await settled();
    expect(finishing).toEqual([]);
    expect(answer.results).toEqual([{ outcome: 'decided', decision: ACCEPTED }]);
  });
});

test('a batch of reads asks for all of them at once, and one that is divided cuts the wait for the others by nothing', async () => {
  const { read, asked, clock, finishing } = world();
  const [a, b] = await Promise.all([read('a'), read('b')]);
  expect(asked.map(({ names }) => names)).toEqual([['a', 'b']]);
  asked[0]?.reply('n1', nothing('a'), nothing('b'));
  asked[0]?.reply('n2', held('a'));
  await clock.pass(phaseTimeoutMs - 1);
  expect([a.results, finishing]).toEqual([[], []]);
  asked[0]?.reply('n3', nothing('b'));
  await clock.pass(readGraceMs);
  expect(b.results).toEqual([{ outcome: 'empty' }]);
  expect(finishing.map(({ name }) => name)).toEqual(['a']);
});

describe('a read', () => {
  test('is empty where a majority holds nothing, and not before a majority has said so', async () => {
    const { read, asked, found } = world();
    const answer = await read();
    asked[0]?.reply('n1', nothing());
    asked[0]?.reply('n1', nothing());
    await settled();
    expect(answer.results).toEqual([]);
    asked[0]?.reply('n3', nothing());
    await settled();
    expect(answer.results).toEqual([{ outcome: 'empty' }]);
    expect(found).toEqual([]);
    expect(asked[0]?.isStopped).toBe(true);
  });

  test('that finds a decision passes it on', async () => {
    const { read, asked, found, learned } = world();
    const answer = await read();
    asked[0]?.reply('n3', { type: 'decided', name: 'r', decision: ACCEPTED });
    await settled();
    expect(answer.results).toEqual([{ outcome: 'decided', decision: ACCEPTED }]);
    expect([found, learned]).toEqual([['r'], ['r']]);
  });

  test('of what the own store knows to be decided asks nobody; of what it has only accepted it asks', async () => {
    const { read, asked, stored } = world();
    const state = { promised: ACCEPTED.ballot, accepted: ACCEPTED };
    stored.set('decided', { ...state, decided: true });
    stored.set('accepted', { ...state, decided: false });
    stored.set('promised', { ...state, accepted: null, decided: false });
    expect((await read('decided')).results).toEqual([{ outcome: 'decided', decision: ACCEPTED }]);
    expect((await read('accepted')).results).toEqual([]);
    expect((await read('promised')).results).toEqual([]);
    expect(asked.map(({ names }) => names)).toEqual([['accepted'], ['promised']]);
  });

  test('asks anew where an earlier question has left already: an answer is not older than its question', async () => {
    const { read, asked } = world();
    const first = await read();
    const second = await read();
    expect(asked.map(({ names }) => names)).toEqual([['r'], ['r']]);
    for (const member of ['n1', 'n3']) asked[0]?.reply(member, nothing());
    await settled();
    expect(first.results).toEqual([{ outcome: 'empty' }]);
    expect(second.results).toEqual([]);
  });

  test('shares the question of one that came at the same moment', async () => {
    const { read, asked } = world();
    const both = [read(), read()] as const;
    const [one, other] = await Promise.all(both);
    for (const member of ['n1', 'n3']) asked[0]?.reply(member, nothing());
    await settled();
    expect(asked).toHaveLength(1);
    expect([one.results, other.results]).toEqual([[{ outcome: 'empty' }], [{ outcome: 'empty' }]]);
  });

  test('that no majority answers asks again, is unavailable after its time, and then asks no more', async () => {
    const { read, asked, clock } = world();
    const answer = await read();
    asked[0]?.reply('n1', nothing());
    await clock.pass(phaseTimeoutMs);
    expect(answer.results).toEqual([]);
    expect(asked).toHaveLength(2);
    await clock.pass(operationTimeoutMs - phaseTimeoutMs - 1);
    expect(answer.results).toEqual([]);
    await clock.pass(1);
    expect(answer.results).toEqual([{ outcome: 'unavailable' }]);
    await clock.pass(phaseTimeoutMs);
    const { length } = asked;
    for (const one of asked) for (const member of ['n1', 'n2', 'n3']) one.reply(member, nothing());
    await clock.pass(2 * operationTimeoutMs);
    expect(asked).toHaveLength(length);
    expect(answer.results).toHaveLength(1);
    expect(clock.timers).toBe(0);
  });

  test('of a value larger than members can tell each other says so where it is unavailable, and how large', async () => {
    for (const [bytes, heldBytes] of [
      [4_096, undefined],
      [4_097, 4_097],
    ] as const) {
      const { read, stored, asked, finishing, clock } = world();
      const accepted = { ballot: ballotOf(1, 'n2'), proposal: { opId: 'op', value: new Uint8Array(bytes) } };
      stored.set('r', { promised: accepted.ballot, accepted, decided: false });
      const answer = await read();
      await clock.pass(operationTimeoutMs);
      expect(answer.results).toEqual([{ outcome: 'unavailable', ...(heldBytes && { heldBytes }) }]);
      // The same where a majority was divided, and the round that was to finish it ended without an answer.
      const divided = await read();
      asked.at(-1)?.reply('n2', nothing());
      asked.at(-1)?.reply('n3', { type: 'held', name: 'r', accepted });
      await clock.pass(readGraceMs);
      finishing.at(-1)?.end({ type: 'timeout', isProposed: true });
      await settled();
      expect(divided.results).toEqual(answer.results);
    }
  });

  test('of a store that fails is not answered from it, and the failure is passed on', async () => {
    const broken = new Error('the disk is gone');
    const { read, asked, failures } = world({ loadFails: broken });
    const answer = await read();
    expect(failures).toEqual([broken]);
    expect([answer.results, asked]).toEqual([[], []]);
  });
});
