import { describe, expect, it } from 'vitest';
import { onRequest } from '../../src/protocol/acceptor.ts';
import { compareBallots, sameBallot } from '../../src/protocol/ballot.ts';
import { InvariantError } from '../../src/protocol/invariant.ts';
import { admit } from '../../src/protocol/membership.ts';
import type { Request } from '../../src/protocol/messages.ts';
import { acceptOf, onReply, startRound } from '../../src/protocol/proposer.ts';
import { findingOf, onAnswer, startInquiry } from '../../src/protocol/reader.ts';
import { type RegisterState, UNTOUCHED } from '../../src/protocol/register.ts';
import {
  acceptsOf,
  onOpened,
  openedOf,
  openingBallot,
  outcomesOf,
  startOpening,
} from '../../src/protocol/round-zero.ts';
import {
  accept,
  accepted,
  acceptedReply,
  ballot,
  count,
  decide,
  decidedReply,
  heldReply,
  NAME,
  prepare,
  promisedReply,
  proposal,
  QUERY,
  rejectedReply,
  state,
} from '../support/paxos.ts';

/** The state after these requests, each answered in turn. */
function stateAfter(before: RegisterState, ...requests: readonly Request[]): RegisterState {
  return requests.reduce((held, request) => onRequest(held, request).state, before);
}

const start = (at: string, own: string | null) => startRound(NAME, ballot(at), own === null ? null : proposal(own));

describe('mistakes that others made', () => {
  it('one ballot, two values (gryadka): an acceptor takes no second value at a ballot', () => {
    const first = stateAfter(UNTOUCHED, prepare('1/n1/1'), accept('1/n1/1', 'a'));
    const second = onRequest(first, accept('1/n1/1', 'b'));
    expect(second).toEqual({ state: first, reply: rejectedReply('1/n1/1', '1/n1/1') });
  });

  it('one ballot, two values (gryadka): a ballot that has sent an accept is bound to its value, whatever it hears', () => {
    const accepting = count(start('1/n1/1', 'a'), [
      ['n1', promisedReply('1/n1/1')],
      ['n2', promisedReply('1/n1/1')],
    ]);
    const later = count(accepting, [
      ['n3', promisedReply('1/n1/1', accepted('0/n3/1', 'b'))],
      ['n1', rejectedReply('1/n1/1', '1/n1/1')],
      ['n2', acceptedReply('1/n1/1')],
    ]);
    expect(later.phase === 'accepting' && acceptOf(later)).toEqual(accept('1/n1/1', 'a'));
  });

  it('ballots that go backwards (peterbourgon/caspaxos): the ballot to beat is the highest heard, never the last', () => {
    const beaten = count(
      start('5/n1/1', 'a'),
      [
        ['n1', rejectedReply('5/n1/1', '9/n3/1')],
        ['n2', rejectedReply('5/n1/1', '7/n2/1')],
        ['n3', rejectedReply('5/n1/1', '8/n2/1')],
      ],
      5,
    );
    expect(beaten).toMatchObject({ phase: 'beaten', highest: ballot('9/n3/1') });
  });

  it('ballots that go backwards (peterbourgon/caspaxos): a rejection naming ballot zero counts for nothing', () => {
    const round = start('5/n1/1', 'a');
    expect(onReply(round, 'n1', rejectedReply('5/n1/1', '0'), 3)).toBe(round);
  });

  it('votes for another round (MyPaxos #18): a late promise of an older ballot is not counted for a newer one', () => {
    const round = start('2/n1/1', 'a');
    expect(onReply(round, 'n2', promisedReply('1/n1/1', accepted('1/n2/1', 'b')), 3)).toBe(round);
    expect(onReply(round, 'n2', promisedReply('2/n1/2'), 3)).toBe(round);
  });

  it('votes counted twice: one acceptor is one vote in each phase, however often it answers', () => {
    const once = count(start('1/n1/1', 'a'), [['n2', promisedReply('1/n1/1')]]);
    expect(onReply(once, 'n2', promisedReply('1/n1/1'), 3)).toBe(once);
    const accepting = onReply(once, 'n3', promisedReply('1/n1/1'), 3);
    const vote = onReply(accepting, 'n2', acceptedReply('1/n1/1'), 3);
    expect(vote.phase).toBe('accepting');
    expect(onReply(vote, 'n2', acceptedReply('1/n1/1'), 3)).toBe(vote);
  });

  it('amnesia (caspaxos-kv): a promise and an acceptance are a changed state, and a changed state is saved', () => {
    for (const request of [prepare('1/n1/1'), accept('1/n1/1', 'a'), decide('1/n1/1', 'a')]) {
      expect(onRequest(UNTOUCHED, request).state, request.type).not.toBe(UNTOUCHED);
    }
  });

  it('amnesia: a node restarted on an empty disk, or on an old backup, is not listened to', () => {
    const own = { cluster: 'quarry', members: ['n1', 'n2', 'n3'] };
    const record = { storeId: 'disk-a', incarnation: 4, session: 's4', commits: 100, enrolled: true };
    const known = { cluster: 'quarry', member: 'n2', ...record, session: 's5' };
    const ask = (changed: Partial<typeof known>) =>
      admit(own, record, {
        credentials: { ...known, ...changed },
        members: own.members,
        enrolled: true,
        remembers: [],
      });
    expect(ask({ storeId: 'disk-b', incarnation: 1, commits: 0 })).toEqual({ admitted: false, refusal: 'lost-disk' });
    expect(ask({ incarnation: 3 })).toEqual({ admitted: false, refusal: 'old-copy' });
    expect(ask({ incarnation: 5, commits: 60 })).toEqual({ admitted: false, refusal: 'old-copy' });
  });

  it('ballot reuse after restart (phxpaxos #145): the first round of a new incarnation is a ballot of its own', () => {
    expect(sameBallot(ballot('1/n1/1'), ballot('1/n1/2'))).toBe(false);
    const promisedToTheLastLife = count(start('1/n1/2', 'b'), [
      ['n1', promisedReply('1/n1/1')],
      ['n2', promisedReply('1/n1/1')],
    ]);
    expect(promisedToTheLastLife).toEqual(start('1/n1/2', 'b'));
  });

  it('ballot reuse after restart (phxpaxos #145): what a home opens in a new incarnation is a ballot of its own', () => {
    const opening = (incarnation: number, opId: string) => {
      const writes = [{ name: NAME, proposal: proposal(opId) }];
      return { ballot: openingBallot('n1', incarnation), number: 1, writes, chosen: [] };
    };
    const [first] = acceptsOf(opening(1, 'a'));
    const [again] = acceptsOf(opening(1, 'b'));
    const [second] = acceptsOf(opening(2, 'b'));
    if (!first || !again || !second) throw new Error('an opening of one write asks for one accept');
    const held = stateAfter(UNTOUCHED, first);
    expect(onRequest(held, again).reply?.type).toBe('rejected');
    expect(onRequest(held, second).reply?.type).toBe('accepted');
    expect(onRequest(stateAfter(held, second), first).reply?.type).toBe('rejected');
  });

  it('amnesia: an opening that the home itself has lost was never chosen, whoever else still holds it', () => {
    const opening = {
      ballot: ballot('0/n1/1'),
      number: 1,
      writes: [{ name: NAME, proposal: proposal('a') }],
      chosen: [],
    };
    const held = stateAfter(UNTOUCHED, ...acceptsOf(opening));
    const replies = acceptsOf(opening).map((request) => onRequestReply(held, request));
    const vote = ['n2', 'n3'].reduce(
      (next, from) => onOpened(next, from, openedOf(opening, replies)),
      startOpening(opening),
    );
    expect(outcomesOf(vote, 3)).toMatchObject([{ phase: 'beaten' }]);
    const inquiry = ['n2', 'n3'].reduce(
      (next, from) => onAnswer(next, from, onRequestReply(held, QUERY)),
      startInquiry(NAME),
    );
    expect(findingOf(inquiry, 3)).toEqual({ type: 'divided' });
  });

  it('round 0 taken for no round: what was accepted in it is told to phase 1, and taken up', () => {
    const held = stateAfter(UNTOUCHED, accept('0/n1/1', 'a'));
    const told = onRequestReply(held, prepare('1/n2/1'));
    expect(told).toEqual(promisedReply('1/n2/1', accepted('0/n1/1', 'a')));
    const round = count(start('1/n2/1', 'b'), [
      ['n3', promisedReply('1/n2/1')],
      ['n1', told],
    ]);
    expect(round).toMatchObject({ phase: 'accepting', proposal: proposal('a') });
    expect(() => start('0/n1/1', 'a')).toThrow(InvariantError);
  });

  it('ballots compared by one of their fields (scylla #6139): each field alone makes another ballot', () => {
    const held = state('2/n2/2', accepted('2/n2/2', 'a'));
    for (const [other, order] of [
      ['1/n2/2', -1],
      ['3/n2/2', 1],
      ['2/n1/2', -1],
      ['2/n3/2', 1],
      ['2/n2/1', -1],
      ['2/n2/3', 1],
    ] as const) {
      expect(Math.sign(compareBallots(ballot(other), held.promised)), other).toBe(order);
      expect(onRequest(held, accept(other, 'b')).reply?.type, other).toBe(order > 0 ? 'accepted' : 'rejected');
    }
  });

  it('nothing expires (scylla #6149, delta-io #1410): what an acceptor keeps has no time in it', () => {
    const kept = stateAfter(UNTOUCHED, prepare('1/n1/1'), accept('1/n1/1', 'a'), decide('1/n1/1', 'a'));
    expect(Object.keys(kept).sort()).toEqual(['accepted', 'decided', 'promised']);
    expect(onRequest(kept, accept('999999/n9/9', 'b')).reply).toEqual(decidedReply('1/n1/1', 'a'));
  });

  it('a timed-out write reported as failed (scylla #6299): a round without answers has not been lost', () => {
    const accepting = count(start('1/n1/1', 'a'), [
      ['n1', promisedReply('1/n1/1')],
      ['n2', promisedReply('1/n1/1')],
      ['n1', acceptedReply('1/n1/1')],
    ]);
    expect(accepting.phase).toBe('accepting');
    const finishedByAnother = count(start('2/n2/1', 'b'), [
      ['n1', promisedReply('2/n2/1', accepted('1/n1/1', 'a'))],
      ['n3', promisedReply('2/n2/1')],
    ]);
    expect(finishedByAnother).toMatchObject({ phase: 'accepting', proposal: proposal('a') });
  });

  it('retry that loses to itself (libkv #186): a retry finds its own first try, and the decision carries its id', () => {
    const held = stateAfter(UNTOUCHED, prepare('1/n1/1'), accept('1/n1/1', 'a'));
    const retry = count(start('1/n2/1', 'a'), [
      ['n1', onRequestReply(held, prepare('1/n2/1'))],
      ['n2', onRequestReply(held, prepare('1/n2/1'))],
      ['n1', acceptedReply('1/n2/1')],
      ['n2', acceptedReply('1/n2/1')],
    ]);
    expect(retry).toMatchObject({ phase: 'chosen', decision: { proposal: { opId: 'a' } } });
    const told = count(start('3/n3/1', 'a'), [['n1', decidedReply('1/n1/1', 'a')]]);
    expect(told).toMatchObject({ phase: 'chosen', decision: { proposal: { opId: 'a' } } });
  });

  it('a read that saw an accepted but undecided value: it is not returned, it is finished first', () => {
    const inquiry = onAnswer(
      onAnswer(startInquiry(NAME), 'n1', heldReply(accepted('1/n1/1', 'a'))),
      'n2',
      heldReply(null),
    );
    expect(findingOf(inquiry, 3)).toEqual({ type: 'divided' });
    const finishing = count(start('2/n3/1', null), [
      ['n1', promisedReply('2/n3/1', accepted('1/n1/1', 'a'))],
      ['n2', promisedReply('2/n3/1')],
    ]);
    expect(finishing).toMatchObject({ phase: 'accepting', proposal: proposal('a') });
  });

  it('a read promises nothing: it cannot hold up a writer, and needs no save', () => {
    const held = state('1/n1/1');
    expect(onRequest(held, QUERY).state).toBe(held);
    expect(onRequest(held, accept('1/n1/1', 'a')).reply).toEqual(acceptedReply('1/n1/1'));
  });
});

function onRequestReply(held: RegisterState, request: Request) {
  const { reply } = onRequest(held, request);
  if (reply === null) throw new Error(`nobody answers a ${request.type}`);
  return reply;
}
