import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Ballot, compareBallots, NO_BALLOT } from '../../src/protocol/ballot.ts';
import { Rounds } from '../../src/protocol/rounds.ts';
import { ballotOf } from '../support/paxos.ts';

test('the first round of a register is round 1', () => {
  expect(new Rounds('n1', 7).next('a', NO_BALLOT)).toEqual({ round: 1, node: 'n1', incarnation: 7 });
});

test('a round is above whatever others showed', () => {
  expect(new Rounds('n1', 1).next('a', ballotOf(41, 'n2')).round).toBe(42);
});

// Paxos Made Simple §2.5: no number is used twice, also once the register's earlier rounds are forgotten.
test('no ballot is handed out twice for one register, and they only rise, however little is remembered', () => {
  const asks = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.nat(20)), { maxLength: 200 });
  fc.assert(
    fc.property(asks, fc.integer({ min: 1, max: 4 }), (names, rememberedMax) => {
      const rounds = new Rounds('n1', 1, rememberedMax);
      const last = new Map<string, Ballot>();
      for (const [name, seen] of names) {
        const next = rounds.next(name, ballotOf(seen, 'n2'));
        expect(next.round).toBeGreaterThan(seen);
        expect(compareBallots(next, last.get(name) ?? NO_BALLOT)).toBeGreaterThan(0);
        last.set(name, next);
      }
    }),
  );
});
