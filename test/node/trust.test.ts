import { describe, expect, test } from 'vitest';
import type { PeerMessage } from '../../src/ports.ts';
import type { Credentials } from '../../src/protocol/membership.ts';
import type { Reply, Request } from '../../src/protocol/messages.ts';
import { ballotOf, proposal } from '../support/paxos.ts';
import { openingOf, world } from './messenger-world.ts';
import { processOf } from './process.ts';

const PREPARE: Request = { type: 'prepare', name: 'r', ballot: ballotOf(1, 'n1', 3) };
const OPENING = openingOf('r');
const DECISION = { ballot: ballotOf(1, 'n1', 3), proposal: proposal('v') };

/** Messages of n1 that a member acts on, each from whoever is given. */
const MESSAGES: Record<string, (sender: Credentials) => PeerMessage> = {
  requests: (sender) => ({ type: 'requests', sender, requests: [PREPARE] }),
  decides: (sender) => ({ type: 'requests', sender, requests: [{ type: 'decide', name: 'r', decision: DECISION }] }),
  open: (sender) => ({ type: 'open', sender, opening: OPENING, awaited: [] }),
  news: (sender) => ({ type: 'open', sender, opening: { ...OPENING, writes: [], chosen: [1] }, awaited: [] }),
  probe: (sender) => ({ type: 'probe', sender }),
  charge: (sender) => ({ type: 'charge', sender, lookedAfter: true }),
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
    const { receive, jobs, charges, learned, answers, noted } = acquainted();
    receive(messageOf(type, STRANGERS[who] as Credentials));
    expect([jobs, charges, learned, answers, noted]).toEqual([[], [], [], [], []]);
  });

  test.each(Object.keys(MESSAGES))('%s of the one that is listened to has an effect', (type) => {
    const { receive, jobs, charges, learned } = acquainted();
    receive(messageOf(type, processOf('n1')));
    expect(jobs.length + charges.length + learned.length).toBeGreaterThan(0);
  });

  /** One that has taken an opening of n1 that is not known to be chosen. */
  function acquainted() {
    const made = world();
    made.receive(messageOf('open', processOf('n1')));
    made.jobs.shift()?.respond([{ type: 'accepted', name: 'r', ballot: OPENING.ballot }]);
    made.answers.length = 0;
    return made;
  }
});

describe.each([
  ['is not let in yet', { isAdmitted: false, enrolled: true }],
  ['has a store that may not vote', { isAdmitted: true, enrolled: false }],
])('a member that %s', (_, may) => {
  test.each(['requests', 'decides', 'open', 'news'])('hands no %s to its acceptor, and answers none', (type) => {
    const { receive, jobs, answers, learned } = world(may);
    receive(messageOf(type, processOf('n1')));
    expect([jobs, answers, learned]).toEqual([[], [], []]);
  });
});

describe('an answer counts only from a process that is listened to', () => {
  const replies: Reply[] = [{ type: 'held', name: 'r', accepted: null }];

  test.each(Object.keys(STRANGERS))('replies, not from %s', (who) => {
    const { messenger, asked } = world();
    const heard: string[] = [];
    messenger.ask([{ type: 'query', name: 'r' }], (from) => heard.push(from));
    asked[0]?.answer({ type: 'replies', sender: STRANGERS[who] as Credentials, replies });
    expect(heard).toEqual([]);
    asked[0]?.answer({ type: 'replies', sender: processOf('n1'), replies });
    expect(heard).toEqual(['n1']);
  });

  test.each(Object.keys(STRANGERS))('what became of an opening, not from %s', (who) => {
    const { messenger, asked } = world();
    const heard: string[] = [];
    const opened = { number: 1, refusals: [] };
    messenger.open(
      OPENING,
      [],
      (from) => heard.push(from),
      () => undefined,
    );
    asked[0]?.answer({ type: 'opened', sender: STRANGERS[who] as Credentials, opened });
    expect(heard).toEqual([]);
    asked[0]?.answer({ type: 'opened', sender: processOf('n1'), opened });
    expect(heard).toEqual(['n1']);
  });

  test('one of another type than was asked for is passed over', () => {
    const { messenger, asked } = world();
    const heard: unknown[] = [];
    const note = (...what: unknown[]) => heard.push(what);
    messenger.ask([{ type: 'query', name: 'r' }], note);
    messenger.open(OPENING, [], note, () => undefined);
    const [question, opening] = asked;
    for (const { answer } of asked) answer({ type: 'refusal', sender: processOf('n1'), refusal: 'old-copy' });
    question?.answer({ type: 'opened', sender: processOf('n3'), opened: { number: 1, refusals: [] } });
    opening?.answer({ type: 'replies', sender: processOf('n3'), replies });
    expect(heard).toEqual([]);
  });
});

function messageOf(type: string, sender: Credentials): PeerMessage {
  const make = MESSAGES[type];
  if (make === undefined) throw new Error(`There is no message ${type}`);
  return make(sender);
}
