import { expect, test } from 'vitest';
import { Member } from '../../src/node/member.ts';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import type { PeerMessage, Respond, Store } from '../../src/ports.ts';
import type { Change } from '../../src/protocol/batch.ts';
import { ballot } from '../support/sample.ts';
import { ManualClock } from './manual-clock.ts';

/** n1 of three, as it was started anew over a store that remembers n2, with a transport that the test speaks through. */
function world() {
  const saves: (readonly Change[])[] = [];
  const answers: PeerMessage[] = [];
  const hellos = new Map<string, (answer: PeerMessage) => void>();
  let receive: (message: PeerMessage, respond: Respond) => void = () => undefined;
  const members = ['n1', 'n2', 'n3'];
  const record = { storeId: 'disk-2', incarnation: 1, session: 's2', commits: 0, enrolled: true };
  const store: Store = {
    identity: { cluster: 'c', member: 'n1', members, storeId: 'disk-1', incarnation: 2 },
    commits: 5,
    registers: 0,
    peers: new Map([['n2', record]]),
    enrolled: true,
    enrol: async () => undefined,
    recall: () => undefined,
    load: async () => new Map(),
    save: async (changes) => saves.push(changes),
    noteDecided: () => undefined,
    savePeer: async () => undefined,
    notePeerCommits: () => undefined,
    flushPeers: async () => undefined,
    close: async () => undefined,
  };
  const transport = {
    payloadBytesMax: 1_048_576,
    serve: (handler: typeof receive) => {
      receive = handler;
    },
    send: () => undefined,
    announce: () => () => undefined,
    request: (to: string, _: PeerMessage, onAnswer: (answer: PeerMessage) => void) => {
      hellos.set(to, onAnswer);
      return () => undefined;
    },
  };
  const clock = new ManualClock();
  const member = new Member(DEFAULT_SETTINGS, { transport, store, clock, random: () => 0.5 });
  member.start();
  const sender = { cluster: 'c', member: 'n2', ...record };
  const hello = { credentials: sender, members, enrolled: true, remembers: [] };
  return {
    member,
    clock,
    saves,
    answers,
    welcome: () => hellos.get('n2')?.({ type: 'welcome', sender, hello }),
    prepare: () =>
      receive(
        { type: 'requests', sender, requests: [{ type: 'prepare', name: 'a', ballot: ballot(1, 'n2') }] },
        (answer) => answers.push(answer),
      ),
  };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

// An old copy that saved what it was sent would come nearer to its original with every start (simulation, seed 2000152).
test('a member that nobody has let in yet neither votes nor saves, and does both once a majority has', async () => {
  const { member, clock, saves, answers, welcome, prepare } = world();
  prepare();
  await settle();
  expect(member.status().state).toBe('joining');
  expect(saves).toEqual([]);
  expect(answers).toEqual([]);
  welcome();
  await clock.pass(DEFAULT_SETTINGS.joinListenMs);
  expect(member.status().state).toBe('serving');
  prepare();
  await settle();
  expect(saves).toHaveLength(1);
  expect(answers).toHaveLength(1);
});
