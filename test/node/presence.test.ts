import { describe, expect, test } from 'vitest';
import { Peers } from '../../src/node/peers/peers.ts';
import { Presence } from '../../src/node/peers/presence.ts';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import type { Presence as Message, PeerMessage, Stage, Transport } from '../../src/ports.ts';
import { contextOf } from './context.ts';
import { settled } from './manual-clock.ts';

const { joinListenMs, peerSilentMs, heartbeatMs } = DEFAULT_SETTINGS;

/** What one process tells on the prefix; of another cluster unless said otherwise. */
function told(
  stage: Stage,
  changed: {
    session?: string;
    cluster?: string;
    member?: string;
    incarnation?: number;
    storeId?: string;
    members?: readonly string[];
  } = {},
): Message {
  const { members = ['b1'], ...own } = changed;
  const sender = {
    cluster: 'other',
    member: 'b1',
    storeId: 'disk-of-b1',
    incarnation: 1,
    session: 'sb',
    commits: 0,
    ...own,
  };
  return { type: 'presence', sender, hello: { credentials: sender, members, enrolled: true, remembers: [] }, stage };
}

/** The presence of a member whose network is the test. */
function world({ self = 'a1', members = ['a1'], enrolled = true } = {}) {
  const { context, store, clock, events } = contextOf({ self, members, store: { enrolled } });
  const said: Message[] = [];
  const taken: string[] = [];
  let listening = 0;
  let joined = 0;
  let answer: (answer: PeerMessage) => void = () => undefined;
  const transport: Transport = {
    ...context.transport,
    announce: (message, onAnswer) => {
      said.push(message);
      answer = onAnswer;
      listening += 1;
      return () => {
        listening -= 1;
      };
    },
  };
  const standing = { ...context, transport, credentials: () => ({ ...store.identity, session: 'sa', commits: 0 }) };
  const admitted = () => {
    joined += 1;
  };
  const peers = new Peers(standing, { admitted, refused: () => undefined });
  const presence = new Presence(standing, peers, { prefixTaken: (clash) => taken.push(clash) });
  const answers: PeerMessage[] = [];
  return {
    clock,
    presence,
    events,
    said,
    taken,
    answers,
    joined: () => joined,
    listening: () => listening,
    hear: (message: Message) => presence.hear(message, (one) => answers.push(one)),
    answer: (message: PeerMessage) => answer(message),
  };
}

describe('a member that joins', () => {
  test('listens first, and joins where nobody is', async () => {
    const { clock, presence, joined, taken } = world();
    presence.start();
    await clock.pass(joinListenMs - 1);
    expect(joined()).toBe(0);
    await clock.pass(1);
    expect([joined(), taken]).toEqual([1, []]);
  });

  test('does not where another cluster answers that it serves, and names it', async () => {
    const { clock, presence, joined, taken, answer } = world();
    presence.start();
    answer(told('serving'));
    await clock.pass(joinListenMs);
    expect(joined()).toBe(0);
    expect(taken).toEqual([
      expect.stringMatching(/prefix is taken: member b1 of cluster other .*members b1.*--prefix/),
    ]);
  });

  test('does, where that one has said goodbye, and an earlier answer of it comes after that', async () => {
    const { clock, presence, joined, taken, hear, answer } = world();
    presence.start();
    hear(told('left'));
    answer(told('serving'));
    await clock.pass(joinListenMs);
    expect([joined(), taken]).toEqual([1, []]);
  });

  test('does, where that one joins as well, or left, or spoke before it had started', async () => {
    for (const messages of [[told('joining')], [told('left')]]) {
      const { clock, presence, joined, answer } = world();
      presence.start();
      for (const message of messages) answer(message);
      await clock.pass(joinListenMs);
      expect(joined()).toBe(1);
    }
    const { clock, presence, joined, hear } = world();
    presence.start();
    hear(told('serving'));
    await clock.pass(joinListenMs);
    expect(joined()).toBe(1);
    expect(presence.clash).not.toBeNull();
  });

  test('does beside members of its own cluster that serve, and refuses requests as they do', async () => {
    const { clock, presence, taken, answer } = world({ members: ['a1', 'a2', 'a3'] });
    presence.start();
    answer(told('serving'));
    answer(told('serving', { cluster: 'c', member: 'a2', session: 's2', members: ['a1', 'a2', 'a3'] }));
    await clock.pass(joinListenMs);
    expect(taken).toEqual([]);
    expect(presence.clash).toContain('cluster other');
  });

  test('does not beside members that only join, or that run under its own id: none of its own serves', async () => {
    const members = ['a1', 'a2', 'a3'];
    for (const message of [
      told('joining', { cluster: 'c', member: 'a2', session: 's2', members }),
      told('serving', { cluster: 'c', member: 'a1', storeId: 'disk-of-a1', session: 'twin', members }),
    ]) {
      const { clock, presence, taken, joined, hear, answer } = world({ members });
      presence.start();
      answer(told('serving'));
      hear(message);
      await clock.pass(joinListenMs);
      expect([joined(), taken.length]).toEqual([0, 1]);
    }
  });

  test('does beside one of its own that serves, whatever others of its own do', async () => {
    const members = ['a1', 'a2', 'a3'];
    const { clock, presence, taken, hear, answer } = world({ members });
    presence.start();
    answer(told('serving'));
    hear(told('serving', { cluster: 'c', member: 'a2', session: 's2', members }));
    hear(told('joining', { cluster: 'c', member: 'a3', session: 's3', members }));
    await clock.pass(joinListenMs);
    expect(taken).toEqual([]);
  });

  test('on a new store joins once another new store under its id has been silent for long enough', async () => {
    const { clock, presence, joined, hear } = world({ enrolled: false });
    presence.start();
    const message = told('joining', { cluster: 'c', member: 'a1', storeId: 'another', session: 'r', members: ['a1'] });
    hear({ ...message, hello: { ...message.hello, enrolled: false } });
    await clock.pass(joinListenMs + heartbeatMs);
    expect(joined()).toBe(0);
    await clock.pass(peerSilentMs + heartbeatMs);
    expect(joined()).toBe(1);
  });

  test('on a new store waits while another new store runs under its id, and says so once', async () => {
    const { clock, presence, joined, hear, events } = world({ enrolled: false });
    presence.start();
    const rival = { cluster: 'c', member: 'a1', storeId: 'another', session: 'r', members: ['a1'] };
    const newcomer = (stage: Stage) => {
      const message = told(stage, rival);
      return { ...message, hello: { ...message.hello, enrolled: false } };
    };
    hear(newcomer('joining'));
    await clock.pass(joinListenMs + heartbeatMs);
    hear(newcomer('joining'));
    await clock.pass(heartbeatMs);
    expect(joined()).toBe(0);
    expect(events.filter(({ type }) => type === 'trouble')).toMatchObject([
      { what: expect.stringContaining('stop one') },
    ]);
    hear(newcomer('left'));
    await settled();
    expect(joined()).toBe(1);
  });

  test('is told at once by whoever serves', () => {
    const { presence, hear, answers } = world();
    presence.serve();
    hear(told('joining'));
    hear(told('serving'));
    expect(answers).toMatchObject([{ type: 'presence', stage: 'serving', sender: { member: 'a1' } }]);
  });
});

describe('a member that serves', () => {
  const serving = async (options = {}) => {
    const all = world(options);
    all.presence.start();
    await all.clock.pass(joinListenMs);
    all.presence.serve();
    return all;
  };

  test('refuses while another cluster serves, says so once, and again when that has been silent for long enough', async () => {
    const { clock, presence, events, hear, taken } = await serving();
    for (let beats = 0; beats < 5; beats += 1) {
      hear(told('serving'));
      await clock.pass(heartbeatMs);
    }
    expect(presence.clash).toContain('store disk-of-b1');
    expect(events.filter(({ type }) => type === 'clash')).toEqual([{ type: 'clash', clash: presence.clash }]);
    await clock.pass(peerSilentMs + heartbeatMs);
    expect(presence.clash).toBeNull();
    expect(events.filter(({ type }) => type === 'clash').at(-1)).toEqual({ type: 'clash', clash: null });
    expect(taken).toEqual([]);
  });

  test('takes requests again at once when the other says goodbye, unless a second one is still there', async () => {
    const { presence, hear } = await serving();
    hear(told('serving'));
    hear(told('serving', { session: 'sb2', member: 'b2' }));
    hear(told('left'));
    expect(presence.clash).toContain('member b2');
    hear(told('left', { session: 'sb2', member: 'b2' }));
    expect(presence.clash).toBeNull();
    // A message may overtake the goodbye.
    hear(told('serving'));
    expect(presence.clash).toBeNull();
  });

  test('goes on beside one that only joins, and tells of it once', async () => {
    const { presence, events, hear } = await serving();
    for (let times = 0; times < 3; times += 1) hear(told('joining'));
    expect(presence.clash).toBeNull();
    expect(events.filter(({ type }) => type === 'trouble')).toHaveLength(1);
  });

  test('knows however many strangers there are, and forgets them', async () => {
    const { clock, presence, hear } = await serving();
    for (let index = 0; index < 1_000; index += 1) hear(told('serving', { session: `s${index}` }));
    expect(presence.clash).not.toBeNull();
    await clock.pass(peerSilentMs + heartbeatMs);
    expect(presence.clash).toBeNull();
  });

  test('passes over what its own process says, and its earlier ones', async () => {
    const { presence, hear } = await serving();
    const own = { cluster: 'c', member: 'a1', storeId: 'disk-of-a1', members: ['a1'] };
    hear(told('serving', { ...own, session: 'sa' }));
    hear(told('serving', { ...own, session: 'before', incarnation: 0 }));
    expect(presence.clash).toBeNull();
  });

  test.each([1, 2])(
    'is the only one of a cluster of one: another process on a copy of its store is a clash (its start %i)',
    async (incarnation) => {
      const { presence, hear } = await serving();
      const own = { cluster: 'c', member: 'a1', storeId: 'disk-of-a1', members: ['a1'] };
      hear(told('serving', { ...own, session: 'copy', incarnation }));
      expect(presence.clash).toMatch(/copy of a1's own store/);
    },
  );

  test('goes on to the end of a clash, whoever answers it: what is acknowledged stays readable', async () => {
    const { clock, presence, events, hear, answer, taken } = await serving();
    answer(told('serving'));
    hear(told('serving', { session: 'sb2', member: 'b2' }));
    hear(told('left'));
    await clock.pass(heartbeatMs);
    expect(taken).toEqual([]);
    expect(presence.clash).toContain('member b2');
    expect(events.filter(({ type }) => type === 'clash')).toHaveLength(1);
  });

  test('says that it serves, at every heartbeat, and goodbye when it stops', async () => {
    const { clock, presence, said } = await serving();
    await clock.pass(2 * heartbeatMs);
    presence.stop();
    await clock.pass(2 * heartbeatMs);
    expect(said.map(({ stage }) => stage)).toEqual(['joining', 'serving', 'serving', 'serving', 'left']);
  });
});

test('a member that has left listens no more: it neither answers nor tells of anybody', async () => {
  const { clock, presence, events, answers, listening, hear, answer } = world();
  presence.start();
  await clock.pass(joinListenMs);
  presence.serve();
  await clock.pass(2 * heartbeatMs);
  expect(listening()).toBe(1);
  presence.stop();
  expect(listening()).toBe(0);
  const { length } = events;
  hear(told('joining'));
  hear(told('serving'));
  answer(told('serving'));
  expect([presence.clash, answers, events.length]).toEqual([null, [], length]);
});

test('an answer that is of another kind than presence is passed over', () => {
  const { presence, hear, events, answer } = world();
  presence.start();
  hear(told('serving'));
  const { length } = events;
  const { sender, hello } = told('serving');
  answer({ type: 'welcome', sender, hello });
  answer({ type: 'hello', sender: { ...sender, session: 'sb2' }, hello });
  expect(presence.clash).toContain('member b1');
  expect(events).toHaveLength(length);
});

test('a process on a copy of the store of a cluster of one does not join where the other answers', async () => {
  const { clock, presence, taken, joined, answer } = world();
  presence.start();
  answer(
    told('serving', {
      cluster: 'c',
      member: 'a1',
      storeId: 'disk-of-a1',
      members: ['a1'],
      session: 'first',
      incarnation: 0,
    }),
  );
  await clock.pass(joinListenMs);
  expect([joined(), taken.length]).toEqual([0, 1]);
});
