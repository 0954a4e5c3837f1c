import { describe, expect, test } from 'vitest';
import type { PeerMessage } from '../../src/ports.ts';
import type { Credentials } from '../../src/protocol/membership.ts';
import type { Opening, Reply, Request } from '../../src/protocol/messages.ts';
import { ballot, proposal } from '../support/sample.ts';
import { processOf, world } from './messenger-world.ts';

const PREPARE: Request = { type: 'prepare', name: 'r', ballot: ballot(1, 'n1', 3) };
const WRITES = [{ name: 'r', proposal: proposal('v') }];
const OPENING: Opening = { ballot: ballot(0, 'n1', 3), number: 1, writes: WRITES, chosen: [], isVoted: false };
const DECISION = { ballot: ballot(1, 'n1', 3), proposal: proposal('v') };

/** Messages of n1 that a member acts on, each from whoever is given. */
const MESSAGES: Record<string, (sender: Credentials) => PeerMessage> = {
  requests: (sender) => ({ type: 'requests', sender, requests: [PREPARE] }),
  decides: (sender) => ({ type: 'requests', sender, requests: [{ type: 'decide', name: 'r', decision: DECISION }] }),
  open: (sender) => ({ type: 'open', sender, opening: OPENING }),
  news: (sender) => ({ type: 'open', sender, opening: { ...OPENING, writes: [], chosen: [1] } }),
  handover: (sender) => ({ type: 'handover', sender, handover: { writes: WRITES } }),
};

const STRANGERS: Record<string, Credentials> = {
  'another process on the same start': processOf('n1', { session: 'another' }),
  'an earlier life': processOf('n1', { incarnation: 2, session: 'earlier' }),
  'an earlier start with the same session': processOf('n1', { incarnation: 2 }),
  'a later life that has not said hello yet': processOf('n1', { incarnation: 4, session: 'later' }),
  'another store': processOf('n1', { storeId: 'another' }),
  'somebody who is no member': processOf('n9'),
};

const CASES = Object.keys(MESSAGES).flatMap((type) => Object.keys(STRANGERS).map((who) => [type, who] as const));

describe('nothing is done on the word of a process that is not listened to', () => {
  test.each(CASES)('%s of %s', (type, who) => {
    const { receive, jobs, handovers, learned, answers, noted } = acquainted();
    receive(messageOf(type, STRANGERS[who] as Credentials));
    expect([jobs, handovers, learned, answers, noted]).toEqual([[], [], [], [], []]);
  });

  test.each(Object.keys(MESSAGES))('%s of the one that is listened to has an effect', (type) => {
    const { receive, jobs, handovers, learned } = acquainted();
    receive(messageOf(type, processOf('n1')));
    expect(jobs.length + handovers.length + learned.length).toBeGreaterThan(0);
  });

  test.each(['another process on the same start', 'another store'])('the vote of a home that is %s', (who) => {
    const { receive, learned } = acquainted();
    const opened = { number: 1, refusals: [] };
    receive({ type: 'opened', sender: STRANGERS[who] as Credentials, opened });
    expect(learned).toEqual([]);
    receive({ type: 'opened', sender: processOf('n1'), opened });
    expect(learned).toEqual(['r']);
  });

  /** One that has taken an opening of n1 that is not known to be chosen. */
  function acquainted() {
    const made = world();
    made.receive(messageOf('open', processOf('n1')));
    made.jobs.shift()?.respond([{ type: 'accepted', name: 'r', ballot: OPENING.ballot }], 1);
    made.answers.length = 0;
    return made;
  }
});

describe('a member that is not let in yet', () => {
  test.each(['requests', 'decides', 'open'])('hands no %s to its acceptor, and answers none', (type) => {
    const { receive, jobs, answers, learned } = world({ mayVote: false });
    receive(messageOf(type, processOf('n1')));
    expect([jobs, answers, learned]).toEqual([[], [], []]);
  });
});

describe('an answer counts only from the very process that was asked', () => {
  const OTHERS: Record<string, Credentials> = {
    'another process of that member': processOf('n1', { session: 'another' }),
    'its earlier life': processOf('n1', { incarnation: 2 }),
    'another store': processOf('n1', { storeId: 'another' }),
    'another member': processOf('n3'),
  };
  const replies: Reply[] = [{ type: 'held', name: 'r', accepted: null }];

  test.each(Object.keys(OTHERS))('replies, not from %s', (who) => {
    const { messenger, asked } = world();
    const heard: string[] = [];
    messenger.ask([{ type: 'query', name: 'r' }], (from) => heard.push(from));
    asked[0]?.answer({ type: 'replies', sender: OTHERS[who] as Credentials, replies });
    expect(heard).toEqual([]);
    asked[0]?.answer({ type: 'replies', sender: processOf('n1'), replies });
    expect(heard).toEqual(['n1']);
  });

  test.each(Object.keys(OTHERS))('what became of an opening, not from %s', (who) => {
    const { messenger, asked } = world();
    const heard: string[] = [];
    messenger.open(
      OPENING,
      [],
      (from) => heard.push(from),
      () => undefined,
    );
    const opened = { number: 1, refusals: [] };
    asked[0]?.answer({ type: 'opened', sender: OTHERS[who] as Credentials, opened });
    expect(heard).toEqual([]);
    asked[0]?.answer({ type: 'opened', sender: processOf('n1'), opened });
    expect(heard).toEqual(['n1']);
  });

  test.each(Object.keys(OTHERS))('what became of a handover, not from %s', (who) => {
    const { messenger, asked } = world();
    const heard: unknown[] = [];
    messenger.handOver(
      'n1',
      { writes: WRITES },
      (_, at) => heard.push(at),
      () => undefined,
    );
    const settled = { won: [0], decided: [] };
    asked[0]?.answer({ type: 'settled', sender: OTHERS[who] as Credentials, settled });
    expect(heard).toEqual([]);
    asked[0]?.answer({ type: 'settled', sender: processOf('n1'), settled });
    // What won there was chosen at the ballot of the openings of the life that answered.
    expect(heard).toEqual([ballot(0, 'n1', 3)]);
  });

  test('one of another type than was asked for is passed over', () => {
    const { messenger, asked } = world();
    const heard: unknown[] = [];
    const note = (...what: unknown[]) => heard.push(what);
    messenger.ask([{ type: 'query', name: 'r' }], note);
    messenger.open(OPENING, [], note, () => undefined);
    messenger.handOver('n1', { writes: WRITES }, note, () => undefined);
    for (const { answer } of asked) answer({ type: 'refusal', sender: processOf('n1'), refusal: 'old-copy' });
    for (const { to, answer } of asked) if (to === 'n3') answer({ type: 'welcome', sender: processOf('n3') } as never);
    expect(heard).toEqual([]);
  });
});

function messageOf(type: string, sender: Credentials): PeerMessage {
  const make = MESSAGES[type];
  if (make === undefined) throw new Error(`There is no message ${type}`);
  return make(sender);
}
