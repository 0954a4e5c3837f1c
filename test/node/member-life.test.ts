import { describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import type { PeerMessage } from '../../src/ports.ts';
import type { Opening } from '../../src/protocol/messages.ts';
import { ballot, proposal } from '../support/sample.ts';
import { settled } from './manual-clock.ts';
import { processOf, world } from './member-world.ts';

const { decideDelayMs, drainTimeoutMs } = DEFAULT_SETTINGS;
const WRITES = [{ name: 'r', proposal: proposal('v') }];
const OPENING: Opening = { ballot: ballot(0, 'n1', 3), number: 1, writes: WRITES, chosen: [], isVoted: false };
const OPEN: PeerMessage = { type: 'open', sender: processOf('n1'), opening: OPENING };
const HANDOVER: PeerMessage = { type: 'handover', sender: processOf('n3'), handover: { writes: WRITES } };
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

  test('carries out nothing that is handed to it', async () => {
    const { clock, answers, receive, sent, start, askedOf } = world({ self: 'n1' });
    await start();
    await receive(HANDOVER);
    await clock.pass(100);
    expect([answers, sent, askedOf('open')]).toEqual([[], [], []]);
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

describe('what another member hands over', () => {
  test('is answered with what is decided already', async () => {
    const { store, serve, receive, answers } = world();
    await serve();
    const decision = { ballot: ballot(1, 'n3'), proposal: proposal('x') };
    store.registersHeld.set('r', { promised: decision.ballot, accepted: decision, decided: true });
    await receive(HANDOVER);
    expect(answers).toMatchObject([{ type: 'settled', settled: { won: [], decided: [{ place: 0, decision }] } }]);
  });

  test('is opened by the home, and answered once it is decided', async () => {
    const { member, start, welcome, receive, answers, askedOf } = world({ self: 'n1' });
    await start();
    await welcome('n2');
    await receive(HANDOVER);
    expect(answers).toEqual([]);
    const [opening] = askedOf('open').filter(({ to }) => to === 'n2');
    opening?.answer({ type: 'opened', sender: processOf('n2'), opened: { number: 1, refusals: [] } });
    await settled();
    // n3 has heard the home's vote, and finds that out by itself where it has accepted, too; it was told at the opening.
    expect(member.status().pending).toBe(0);
    expect(answers).toEqual([]);
    await receive(HANDOVER);
    expect(answers).toMatchObject([{ type: 'settled', settled: { won: [0] } }]);
  });
});

describe('decisions that a member finds', () => {
  test('are noted in its own store alone: whoever made them tells the others', async () => {
    const { member, serve, store, clock, sent, askedOf } = world();
    await serve();
    member.read('r', () => undefined);
    await settled();
    const decision = { ballot: ballot(1, 'n3'), proposal: proposal('x') };
    const replies = [{ type: 'decided', name: 'r', decision }] as const;
    for (const { to, answer } of askedOf('requests')) answer({ type: 'replies', sender: processOf(to), replies });
    await clock.pass(decideDelayMs + 10);
    expect(store.registersHeld.get('r')).toMatchObject({ decided: true });
    expect(sent).toEqual([]);
  });
});

describe('decisions that a member makes in rounds', () => {
  test('are told to all the others, and published once', async () => {
    const { member, start, welcome, sent, askedOf, events } = world();
    await start();
    // The home is not heard of, so the write goes on without it.
    await welcome('n3');
    const results: unknown[] = [];
    member.write('r', proposal('v'), (result) => results.push(result));
    await settled();
    const last = () => askedOf('requests').findLast(({ to }) => to === 'n3');
    const [at, sender] = [ballot(1, 'n2'), processOf('n3')];
    last()?.answer({ type: 'replies', sender, replies: [{ type: 'promised', name: 'r', ballot: at, accepted: null }] });
    await settled();
    last()?.answer({ type: 'replies', sender, replies: [{ type: 'accepted', name: 'r', ballot: at }] });
    await settled();
    expect(results).toMatchObject([{ outcome: 'won' }]);
    const told = { type: 'requests', requests: [{ type: 'decide', name: 'r', decision: { ballot: at } }] };
    expect(sent).toMatchObject([
      { to: 'n1', message: told },
      { to: 'n3', message: told },
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
    const { member, start, welcome, receive, store, clock, sent, asked, askedOf, ends } = world({ self: 'n1' });
    await start();
    await welcome('n2');
    member.write('r', proposal('v'), () => undefined);
    await settled();
    const [opening] = askedOf('open').filter(({ to }) => to === 'n2');
    opening?.answer({ type: 'opened', sender: processOf('n2'), opened: { number: 1, refusals: [] } });
    await settled();
    // A decision that another member made lingers before it is saved, and news of the own one before it is sent.
    const decision = { ballot: ballot(1, 'n3'), proposal: proposal('x') };
    await receive({ type: 'requests', sender: processOf('n3'), requests: [{ type: 'decide', name: 's', decision }] });
    const { commits } = store;
    await member.drain();
    expect(ends).toEqual(['drained']);
    const before = [sent.length, asked.length];
    await clock.pass(10 * decideDelayMs);
    expect([sent.length, asked.length]).toEqual(before);
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
    for (const { to, answer } of askedOf('requests')) answer({ type: 'replies', sender: processOf(to), replies });
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
    store.load = async () => {
      throw new Error('the disk is gone');
    };
    await receive(QUERY);
    expect(answers).toEqual([]);
    expect(ends).toMatchObject([{ message: expect.stringContaining('the disk is gone') }]);
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
