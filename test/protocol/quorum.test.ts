import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from '../../src/protocol/invariant.ts';
import { isQuorum, majority, tally } from '../../src/protocol/quorum.ts';
import { ballot } from '../support/paxos.ts';

const MEMBERS_MAX = 9;
const sizes = fc.integer({ min: 1, max: MEMBERS_MAX });

describe('Paxos Made Simple §2.1: any two majorities share a member', () => {
  it('two majorities together are more than all members, and no smaller number has that', () => {
    for (let members = 1; members <= MEMBERS_MAX; members += 1) {
      expect(2 * majority(members)).toBeGreaterThan(members);
      expect(2 * (majority(members) - 1)).toBeLessThanOrEqual(members);
    }
  });
});

/** Every set of the members n1 and on. */
function subsets(members: number): readonly (readonly string[])[] {
  const all = Array.from({ length: members }, (_, at) => `n${at + 1}`);
  return Array.from({ length: 1 << members }, (_, mask) => all.filter((_, at) => mask & (1 << at)));
}

describe('a quorum', () => {
  it('of rounds from 1 on is any majority', () => {
    for (let members = 1; members <= MEMBERS_MAX; members += 1) {
      for (const voters of subsets(members)) {
        expect(isQuorum(ballot('1/n1/1'), voters, members)).toBe(2 * voters.length > members);
      }
    }
  });

  it('of round 0 is a majority that the home is in, in any of its incarnations', () => {
    for (let members = 1; members <= MEMBERS_MAX; members += 1) {
      for (const voters of subsets(members)) {
        const isMajority = 2 * voters.length > members;
        for (const at of ['0/n1/1', '0/n1/9']) {
          expect(isQuorum(ballot(at), voters, members)).toBe(isMajority && voters.includes('n1'));
        }
      }
    }
  });

  it('of round 0 shares a member with every majority, so that phase 1 of any later round meets it', () => {
    for (let members = 1; members <= 6; members += 1) {
      const all = subsets(members);
      const quorums = all.filter((voters) => isQuorum(ballot('0/n1/1'), voters, members));
      const majorities = all.filter((voters) => isQuorum(ballot('1/n2/1'), voters, members));
      expect(quorums.length).toBeGreaterThan(0);
      for (const quorum of quorums) {
        expect(majorities.every((other) => other.some((member) => quorum.includes(member)))).toBe(true);
      }
    }
  });

  it('of round 0 is none of a home that is no member', () => {
    expect(isQuorum(ballot('0/n9/1'), ['n1', 'n2', 'n3'], 3)).toBe(false);
  });
});

describe('a tally of distinct members', () => {
  it('is won exactly when a majority said yes, lost exactly when a majority answered without one', () => {
    fc.assert(
      fc.property(sizes, fc.nat({ max: MEMBERS_MAX }), fc.nat({ max: MEMBERS_MAX }), (members, yes, no) => {
        fc.pre(yes + no <= members);
        const more = (votes: number) => 2 * votes > members;
        expect(tally(yes, no, members)).toBe(more(yes) ? 'won' : more(yes + no) ? 'lost' : 'pending');
      }),
    );
  });

  it('once settled as won stays won, whoever else answers', () => {
    fc.assert(
      fc.property(sizes, fc.nat({ max: MEMBERS_MAX }), fc.nat({ max: MEMBERS_MAX }), (members, yes, no) => {
        fc.pre(yes + no < members && tally(yes, no, members) === 'won');
        expect(tally(yes + 1, no, members)).toBe('won');
        expect(tally(yes, no + 1, members)).toBe('won');
      }),
    );
  });

  it('never settles on a minority', () => {
    for (const [yes, no, members] of [
      [0, 0, 1],
      [1, 0, 2],
      [1, 0, 3],
      [2, 0, 4],
      [1, 1, 5],
    ] as const) {
      expect(tally(yes, no, members)).toBe('pending');
    }
  });

  it('stops on more votes than members', () => {
    expect(() => tally(2, 2, 3)).toThrow(InvariantError);
  });
});
