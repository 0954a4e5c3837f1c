import { describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import type { PeerMessage } from '../../src/ports.ts';
import type { Opening } from '../../src/protocol/messages.ts';
import { ballotOf, proposal } from '../support/paxos.ts';
import { settled } from './manual-clock.ts';
import { world } from './member-world.ts';
import { processOf } from './process.ts';

const { lingerMs, drainTimeoutMs } = DEFAULT_SETTINGS;
const WRITES = [{ name: 'r', proposal: proposal('v') }];
const OPENING: Opening = { ballot: ballotOf(0, 'n1', 3), number: 1, writes: WRITES, chosen: [] };
const OPEN: PeerMessage = { type: 'open', sender: processOf('n1'), opening: OPENING, awaited: [] };
const PREPARE: PeerMessage = {
  type: 'requests',
  sender: processOf('n3'),
  requests: [{ type: 'prepare', name: 'r', ballot: ballotOf(1, 'n3') }],
};
const QUERY: PeerMessage = { type: 'requests', sender: processOf('n3'), requests: [{ type: 'query', name: 'r' }] };

describe('a member that is not let in yet', () => {
  test('neither votes on an opening nor saves it, and does both once a majority has let it in', async () => {
    const { store, answers, receive, start, welcome } = world();
    await start();
    await receive(OPEN);
    expect([store.commits, answers]).toEqual([0, []]);
    await welcome();
    await receive(OPEN);
    expect([store.commits, answers.map(({ type }) => type)]).toEqual([1, ['opened']]);
  });

  // An old copy that saved what it was sent would come nearer to its original with every start (simulation, seed 2000152).
  test('answers no request and saves nothing of it, though its store may vote', async () => {
    const { store, answers, receive, start, member } = world();
    await start();
    await receive(PREPARE);
    await receive(QUERY);
    expect([store.commits, answers, member.status().state]).toEqual([0, [], 'joining']);
  });

  test('has a store that may vote: one that is not enrolled does not, even while it serves', async () => {
    const { serve, store, answers, receive } = world();
    await serve();
    store.enrolled = false;
    await receive(OPEN);
    await receive(QUERY);
    expect([store.commits, answers]).toEqual([0, []]);
  });
});

describe('decisions that a member finds', () => {
  test('are noted in its own store alone: whoever made them tells the others', async () => {
    const { member, serve, store, clock, told, askedOf } = world();
    await serve();
    member.read('r', () => undefined);
    await settled();
    const decision = { ballot: ballotOf(1, 'n3'), proposal: proposal('x') };
    const replies = [{ type: 'decided', name: 'r', decision }] as const;
    askedOf('requests')[0]?.answer({ type: 'replies', sender: processOf('n3'), replies });
    await clock.pass(lingerMs + 10);
    expect(store.registersHeld.get('r')).toMatchObject({ decided: true });
    expect(told).toEqual([]);
  });
});

describe('decisions that a member makes in rounds', () => {
  test('are told to all the others, and published once', async () => {
    const { member, serve, told, askedOf, events } = world();
    await serve();
    const results: unknown[] = [];
    member.write('r', proposal('v'), (result) => results.push(result));
    await settled();
    const last = () => askedOf('requests').at(-1);
    const [at, sender] = [ballotOf(1, 'n2'), processOf('n3')];
    last()?.answer({ type: 'replies', sender, replies: [{ type: 'promised', name: 'r', ballot: at, accepted: null }] });
    await settled();
    last()?.answer({ type: 'replies', sender, replies: [{ type: 'accepted', name: 'r', ballot: at }] });
    await settled();
    expect(results).toMatchObject([{ outcome: 'won' }]);
    expect(told).toMatchObject([
      { type: 'requests', requests: [{ type: 'decide', name: 'r', decision: { ballot: at } }] },
    ]);
    expect(events.filter(({ type }) => type === 'decided')).toHaveLength(1);
  });
});

describe('a member that drains', () => {
  test('at once where nothing is under way; it closes its store, says no more hellos, and has not failed', async () => {
    const { member, serve, clock, ends, receive, answers, asked } = world();
    await serve();
    await member.drain();
    expect(ends).toEqual(['drained']);
    expect(member.status().state).toBe('stopped');
    const { length } = asked;
    await receive(QUERY);
    await receive(OPEN);
    await clock.pass(5_000);
    expect(answers).toEqual([]);
    expect(asked).toHaveLength(length);
  });

  test('sends and saves no more once it has: what it had not told yet it tells nobody', async () => {
    const { member, start, welcome, receive, store, clock, told, asked, askedOf, ends } = world({ self: 'n1' });
    await start();
    await welcome('n2');
    member.write('r', proposal('v'), () => undefined);
    await settled();
    askedOf('open')[0]?.answer({ type: 'opened', sender: processOf('n2'), opened: { number: 1, refusals: [] } });
    await settled();
    // A decision that another member made lingers before it is saved, and news of the own one before it is sent.
    const decision = { ballot: ballotOf(1, 'n3'), proposal: proposal('x') };
    await receive({ type: 'requests', sender: processOf('n3'), requests: [{ type: 'decide', name: 's', decision }] });
    const { commits } = store;
    await member.drain();
    expect(ends).toEqual(['drained']);
    const before = [told.length, asked.length];
    await clock.pass(10 * lingerMs);
    expect([told.length, asked.length]).toEqual(before);
    expect(store.commits).toBe(commits);
  });

  test('once what is under way has ended', async () => {
    const { member, serve, ends, askedOf } = world();
    await serve();
    const results: unknown[] = [];
    member.read('r', (result) => results.push(result));
    await settled();
    void member.drain();
    await settled();
    expect([ends, member.status().state]).toEqual([[], 'draining']);
    const replies = [{ type: 'held', name: 'r', accepted: null }] as const;
    askedOf('requests')[0]?.answer({ type: 'replies', sender: processOf('n3'), replies });
    await settled();
    expect(results).toEqual([{ outcome: 'empty' }]);
    expect(ends).toEqual(['drained']);
  });

  test('at once where what it stands on is gone meanwhile, which is no failure of one that leaves', async () => {
    const { member, serve, ends } = world();
    await serve();
    member.read('r', () => undefined);
    void member.drain();
    await settled();
    expect(ends).toEqual([]);
    member.abort(new Error('the connection is closed') as never);
    await settled();
    expect(ends).toEqual(['drained']);
  });

  test('and has drained, though what it stands on goes while its store is closed', async () => {
    const { member, serve, store, ends } = world();
    await serve();
    let close: () => void = () => undefined;
    store.close = () =>
      new Promise((resolve) => {
        close = resolve;
      });
    void member.drain();
    await settled();
    member.abort(new Error('the connection is closed') as never);
    close();
    await settled();
    expect(ends).toEqual(['drained']);
  });

  test('no longer than it may, whatever is under way; and votes until then', async () => {
    const { member, serve, clock, ends, receive, answers } = world({ settings: { operationTimeoutMs: 60_000 } });
    await serve();
    member.read('r', () => undefined);
    void member.drain();
    await receive(OPEN);
    expect(answers.map(({ type }) => type)).toEqual(['opened']);
    await clock.pass(drainTimeoutMs - 1);
    expect(ends).toEqual([]);
    await clock.pass(1);
    expect(ends).toEqual(['drained']);
  });
});

describe('a member that must stop', () => {
  test('for a save that failed answers nothing that rests on it, nor anything after it, and says why', async () => {
    const { store, serve, receive, answers, ends, member, events } = world();
    await serve();
    store.save = async () => {
      throw new Error('the disk is gone');
    };
    await receive(OPEN);
    await receive(QUERY);
    expect(answers).toEqual([]);
    expect(ends).toMatchObject([{ message: expect.stringContaining('the disk is gone') }]);
    expect(member.status().state).toBe('failed');
    expect(events.at(-1)).toMatchObject({ type: 'state', reason: expect.stringContaining('the disk is gone') });
  });

  test('for a load that failed does so as well', async () => {
    const { store, serve, receive, answers, ends } = world();
    await serve();
    store.find = () => undefined;
    store.load = async () => {
      throw new Error('the disk is gone');
    };
    await receive(QUERY);
    expect(answers).toEqual([]);
    expect(ends).toMatchObject([{ message: expect.stringContaining('the disk is gone') }]);
  });

  test('takes no writes any more, and says so', async () => {
    const { member, start, welcome, events } = world({ self: 'n1' });
    await start();
    await welcome('n2');
    expect(member.status().takesWrites).toBe(true);
    member.abort(new Error('the service is gone') as never);
    await settled();
    expect(member.status()).toMatchObject({ state: 'failed', takesWrites: false });
    expect(events.filter(({ type }) => type === 'charge').at(-1)).toEqual({ type: 'charge', takesWrites: false });
  });

  test('for what was thrown while its acceptor replied answers nothing after it, and says why', async () => {
    const { member, serve, receive, answers, ends } = world();
    await serve();
    await receive(QUERY, () => {
      throw new Error('a rule was broken');
    });
    expect(ends).toMatchObject([{ message: expect.stringContaining('a rule was broken') }]);
    expect(member.status().state).toBe('failed');
    await receive(QUERY);
    expect(answers).toEqual([]);
  });

  test('for a refusal says who refused it, and why', async () => {
    const { serve, refuse, ends } = world();
    await serve();
    await refuse('n3', 'old-copy');
    expect(ends).toMatchObject([{ code: 'STELE_NOT_ADMITTED', message: expect.stringContaining('n3') }]);
  });

  test('for a reason from outside gives that reason, the first one, and closes its store', async () => {
    const { member, serve, store, ends } = world();
    await serve();
    let closed = 0;
    store.close = async () => {
      closed += 1;
      throw new Error('closing failed, too');
    };
    const reason = Object.assign(new Error('the service is gone'), { code: 'STELE_SERVICE_STOPPED' as const });
    member.abort(reason as never);
    member.abort(new Error('later') as never);
    await settled();
    expect(ends).toEqual([reason]);
    expect(closed).toBe(1);
  });

  test('before it was started does so as it starts: it says goodbye once, and hello to nobody', async () => {
    const { member, start, clock, announced, asked, ends } = world();
    const reason = new Error('the connection is closed');
    member.abort(reason as never);
    await start();
    await clock.pass(5_000);
    expect(ends).toEqual([reason]);
    expect(announced.map(({ message, isStopped }) => [message.type, isStopped])).toEqual([['presence', true]]);
    expect([asked, clock.timers]).toEqual([[], 0]);
  });

  test('fails where its store does not close, though it drained', async () => {
    const { member, serve, store, ends } = world();
    await serve();
    store.close = async () => {
      throw new Error('the disk is gone');
    };
    member.drain().catch(() => undefined);
    await settled();
    expect(ends).toMatchObject([{ message: expect.stringContaining('the disk is gone') }]);
  });
});
