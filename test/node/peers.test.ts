import { expect, test } from 'vitest';
import type { MemberEvent } from '../../src/events.ts';
import { Peers } from '../../src/node/peers.ts';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import type { PeerMessage } from '../../src/ports.ts';
import type { Credentials, Hello, KnownStore, Refusal } from '../../src/protocol/membership.ts';
import { ManualClock, settled } from './manual-clock.ts';
import { MemoryStore } from './memory-store.ts';

const MEMBERS = ['n1', 'n2', 'n3'];
const { heartbeatMs, peerSilentMs } = DEFAULT_SETTINGS;

function credentialsOf(member: string, changed: Partial<Credentials> = {}): Credentials {
  const session = `session-of-${member}`;
  return { cluster: 'c', member, storeId: `disk-of-${member}`, incarnation: 1, session, commits: 0, ...changed };
}

function helloOf(credentials: Credentials, enrolled = true, remembers: readonly KnownStore[] = []): Hello {
  return { credentials, members: MEMBERS, enrolled, remembers };
}

/** A store that notes what it is told to keep of peers. */
class Store extends MemoryStore {
  readonly notedCommits: number[] = [];
  flushes = 0;

  override notePeerCommits(_member: string, commits: number): void {
    this.notedCommits.push(commits);
  }

  override async flushPeers(): Promise<void> {
    this.flushes += 1;
  }
}

/** The peers of n1, which remembers those of `met`, and whose network is the test. */
function world({ met = MEMBERS, enrolled = true } = {}) {
  const clock = new ManualClock();
  const store = new Store('n1', MEMBERS);
  store.enrolled = enrolled;
  for (const member of met) store.peers.set(member, { ...credentialsOf(member), enrolled: true });
  const events: MemberEvent[] = [];
  const refusedBy: string[] = [];
  let admitted = 0;
  const asked = new Map<string, (answer: PeerMessage) => void>();
  const peers = new Peers({
    store,
    transport: {
      payloadBytesMax: 1_048_576,
      serve: () => undefined,
      send: () => undefined,
      announce: () => () => undefined,
      request: (to, _, onAnswer) => {
        asked.set(to, onAnswer);
        return () => undefined;
      },
    },
    clock,
    emit: (event) => events.push(event),
    heartbeatMs,
    peerSilentMs,
    credentials: () => credentialsOf('n1'),
    onAdmitted: () => {
      admitted += 1;
    },
    onRefused: (by) => refusedBy.push(by),
    onStoreFailed: () => undefined,
  });
  peers.start();
  peers.letJoin(true);
  return {
    clock,
    store,
    peers,
    events,
    refusedBy,
    admitted: () => admitted,
    refuse: (refusal: Refusal, sender: Credentials) => asked.get(sender.member)?.({ type: 'refusal', sender, refusal }),
    welcome: async (hello: Hello) => {
      const sender = hello.credentials;
      asked.get(sender.member)?.({ type: 'welcome', sender, hello });
      await settled();
    },
    hello: async (hello: Hello, sender = hello.credentials) => {
      const answers: PeerMessage[] = [];
      peers.onHello({ type: 'hello', sender, hello }, (answer) => answers.push(answer));
      await settled();
      return answers;
    },
  };
}

const STRANGER = credentialsOf('n2', { storeId: 'disk-of-another-n2', session: 'other' });

test('what a stranger under the name of a peer says ends nobody, and is told of once', () => {
  const { refuse, refusedBy, events } = world();
  for (let times = 0; times < 3; times += 1) refuse('lost-disk', STRANGER);
  expect(refusedBy).toEqual([]);
  const troubles = events.filter(({ type }) => type === 'trouble');
  expect(troubles).toMatchObject([{ what: expect.stringContaining('disk-of-another-n2') }]);
});

test('what the peer itself says does', () => {
  const { refuse, refusedBy } = world();
  refuse('lost-disk', credentialsOf('n2'));
  expect(refusedBy).toEqual(['n2']);
});

test('a new store believes who says that another one is known, and goes', () => {
  const { refuse, refusedBy } = world({ met: [], enrolled: false });
  refuse('lost-disk', STRANGER);
  expect(refusedBy).toEqual(['n2']);
});

test('an enrolled stranger with the id of a peer that was never met is not taken for it, and the real one is', async () => {
  const { hello, store } = world({ met: ['n3'] });
  const fellow = { member: 'n1', storeId: 'disk-of-another-n1', enrolled: true };
  expect(await hello(helloOf(STRANGER, true, [fellow]))).toMatchObject([{ type: 'refusal', refusal: 'other-stores' }]);
  const real = helloOf(credentialsOf('n2'), true, [{ ...fellow, storeId: store.identity.storeId }]);
  expect(await hello(real)).toMatchObject([{ type: 'welcome' }]);
});

test('a hello tells which stores its sender remembers', () => {
  const { peers } = world({ met: ['n3'] });
  expect(peers.presence('joining').hello.remembers).toEqual([{ member: 'n3', storeId: 'disk-of-n3', enrolled: true }]);
});

test('a welcome of a store that gave way to another one counts no more', async () => {
  const { welcome, hello, admitted } = world({ met: [], enrolled: false });
  await welcome(helloOf(STRANGER, false));
  await hello(helloOf(credentialsOf('n2')));
  await welcome(helloOf(credentialsOf('n3')));
  expect(admitted()).toBe(0);
  await welcome(helloOf(credentialsOf('n2')));
  expect(admitted()).toBe(1);
});

test('a process that is refused is told of once, however often it says hello', async () => {
  const { hello, events } = world();
  for (let times = 0; times < 3; times += 1) await hello(helloOf(STRANGER));
  expect(events.filter(({ type }) => type === 'peer-refused')).toHaveLength(1);
});

test('the live count of a hello and of a welcome is noted, not only that of other messages', async () => {
  const { hello, welcome, store } = world();
  await hello(helloOf(credentialsOf('n2')), credentialsOf('n2', { commits: 7 }));
  expect(store.notedCommits).toEqual([7]);
  await welcome(helloOf(credentialsOf('n3', { commits: 9 })));
  // As it was opened and as of now, here the same.
  expect(store.notedCommits).toEqual([7]);
  const { commits } = credentialsOf('n3', { commits: 9 });
  expect(
    await hello(helloOf(credentialsOf('n3', { session: 'later', incarnation: 2, commits: commits - 1 }))),
  ).toMatchObject([{ type: 'refusal', refusal: 'old-copy' }]);
});

test('the count of a process that is not listened to is not noted', async () => {
  const { hello, refuse, store } = world();
  await hello(helloOf(STRANGER), { ...STRANGER, commits: 1_000 });
  refuse('lost-disk', { ...STRANGER, commits: 1_000 });
  expect(store.notedCommits).toEqual([]);
});

test('a hello that comes as the member leaves does not reach its store, which may be closed by then', async () => {
  const { peers, hello, store } = world({ met: [] });
  let saves = 0;
  store.savePeer = async () => {
    saves += 1;
  };
  const coming = hello(helloOf(credentialsOf('n2')));
  peers.stop();
  expect(await coming).toEqual([]);
  expect(saves).toBe(0);
});

test('what was noted of peers is flushed at a heartbeat, where no commit of its own took it along', async () => {
  const { clock, store } = world();
  await clock.pass(heartbeatMs);
  expect(store.flushes).toBe(1);
  await store.save([]);
  await clock.pass(heartbeatMs);
  expect(store.flushes).toBe(1);
  await clock.pass(heartbeatMs);
  expect(store.flushes).toBe(2);
});
