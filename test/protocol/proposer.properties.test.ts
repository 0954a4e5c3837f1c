import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBallots, sameBallot } from '../../src/protocol/ballot.ts';
import type { Reply } from '../../src/protocol/messages.ts';
import { isSettled, onReply, type Round, startRound } from '../../src/protocol/proposer.ts';
import { majority } from '../../src/protocol/quorum.ts';
import type { Accepted } from '../../src/protocol/register.ts';
import { ballot, NAME, proposal } from '../support/paxos.ts';
import { anyVote, fewBallots, fewMembers, foundAt } from './arbitraries.ts';

const MEMBERS = 5;
const OWN = ballot('2/n2/1');
const begin = () => startRound(NAME, OWN, proposal('own'));

type Delivery = readonly [from: string, reply: Reply];

/** Replies of any kind, half of them at the round's own ballot, from five members, with repeats. */
const deliveries: fc.Arbitrary<readonly Delivery[]> = fc.array(
  fc.tuple(fewMembers, fc.oneof(anyVote, anyVote.map(atOwnBallot))),
  { maxLength: 24 },
);

function atOwnBallot(reply: Reply): Reply {
  return 'ballot' in reply ? { ...reply, ballot: OWN } : reply;
}

function count(replies: readonly Delivery[]): { readonly rounds: readonly Round[]; readonly last: Round } {
  let last: Round = begin();
  const rounds = replies.map(([from, reply]) => {
    last = onReply(last, from, reply, MEMBERS);
    return last;
  });
  return { rounds, last };
}

/** Who said this at the round's ballot, each once. */
function voters(replies: readonly Delivery[], type: Reply['type']): Set<string> {
  return new Set(
    replies
      .filter(([, reply]) => reply.type === type && 'ballot' in reply && sameBallot(reply.ballot, OWN))
      .map(([from]) => from),
  );
}

function everyRun(property: (replies: readonly Delivery[]) => void): void {
  fc.assert(fc.property(deliveries, property), { numRuns: 1_000 });
}

describe('a round, whatever comes back in whatever order', () => {
  it('is never chosen by less than a majority of distinct members that accepted at its ballot', () => {
    everyRun((replies) => {
      const { last } = count(replies);
      if (last.phase === 'chosen') expect(voters(replies, 'accepted').size).toBeGreaterThanOrEqual(majority(MEMBERS));
    });
  });

  it('never proposes before a majority of distinct members promised at its ballot', () => {
    everyRun((replies) => {
      const { last } = count(replies);
      if (last.phase === 'accepting' || last.phase === 'chosen') {
        expect(voters(replies, 'promised').size).toBeGreaterThanOrEqual(majority(MEMBERS));
      }
    });
  });

  it('proposes what the highest-numbered of the first majority of promises told, or its own value', () => {
    const promise = fc.option(fewBallots.map((at) => ({ ...at, round: 1 })));
    fc.assert(
      fc.property(fc.tuple(promise, promise, promise), (found) => {
        const told = found.map(foundAt);
        const { last } = count(
          told.map((accepted, index) => [`n${index + 1}`, { type: 'promised', name: NAME, ballot: OWN, accepted }]),
        );
        const [highest] = told
          .filter((one): one is Accepted => one !== null)
          .sort((a, b) => compareBallots(b.ballot, a.ballot));
        expect(last).toMatchObject({ phase: 'accepting', proposal: highest?.proposal ?? proposal('own') });
      }),
    );
  });

  it('takes no notice of what belongs to another ballot: the very same object is returned', () => {
    everyRun((replies) => {
      let round: Round = begin();
      for (const [from, reply] of replies) {
        const next = onReply(round, from, reply, MEMBERS);
        if (!('ballot' in reply) || !sameBallot(reply.ballot, OWN)) expect(next).toBe(round);
        round = next;
      }
    });
  });

  it('takes no notice of the same reply again', () => {
    everyRun((replies) => {
      let round: Round = begin();
      for (const [from, reply] of replies) {
        round = onReply(round, from, reply, MEMBERS);
        const again = onReply(round, from, reply, MEMBERS);
        expect(again).toBe(round);
      }
    });
  });

  it('hears a member once a phase, whatever that member says next', () => {
    everyRun((replies) => {
      for (const round of count(replies).rounds) {
        if (isSettled(round)) continue;
        const heard = [...round.votes.yes, ...round.votes.no];
        expect(new Set(heard).size).toBe(heard.length);
      }
    });
  });

  it('once settled stays as it is', () => {
    everyRun((replies) => {
      let settled: Round | undefined;
      for (const round of count(replies).rounds) {
        if (settled !== undefined) expect(round).toBe(settled);
        else if (isSettled(round)) settled = round;
      }
    });
  });

  it('binds its ballot to one proposal', () => {
    everyRun((replies) => {
      const proposals = count(replies).rounds.flatMap((round) => {
        if (round.phase === 'accepting') return [round.proposal];
        return round.phase === 'chosen' ? [round.decision.proposal] : [];
      });
      for (const proposed of proposals) expect(proposed).toBe(proposals[0]);
    });
  });

  it('is beaten only by rejections that name a higher ballot, and names the highest of them', () => {
    everyRun((replies) => {
      const { last } = count(replies);
      if (last.phase !== 'beaten') return;
      const named = replies.flatMap(([, reply]) =>
        reply.type === 'rejected' && sameBallot(reply.ballot, OWN) ? [reply.promised] : [],
      );
      expect(compareBallots(last.highest, OWN)).toBeGreaterThan(0);
      expect(named).toContainEqual(last.highest);
    });
  });

  it('never forgets the highest ballot that a counted rejection named', () => {
    everyRun((replies) => {
      let highest = OWN;
      for (const round of count(replies).rounds) {
        if (round.phase === 'chosen' || round.phase === 'empty') return;
        expect(compareBallots(round.highest, highest)).toBeGreaterThanOrEqual(0);
        highest = round.highest;
      }
    });
  });
});
