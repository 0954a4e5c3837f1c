import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from '../../src/protocol/invariant.ts';
import { majority, tally } from '../../src/protocol/quorum.ts';

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
