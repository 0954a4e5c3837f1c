import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareBallots,
  formatBallot,
  higherBallot,
  NO_BALLOT,
  parseBallot,
  sameBallot,
} from '../../src/protocol/ballot.ts';
import { ballot } from '../support/paxos.ts';
import { anyBallot, fewBallots } from './arbitraries.ts';

const mixed = fc.oneof(anyBallot, fewBallots);

describe('Paxos Made Simple §2.2: proposal numbers are totally ordered', () => {
  it('two ballots are equal exactly when all three fields are', () => {
    fc.assert(
      fc.property(mixed, mixed, (a, b) => {
        const equal = a.round === b.round && a.node === b.node && a.incarnation === b.incarnation;
        expect(compareBallots(a, b) === 0).toBe(equal);
        expect(sameBallot(a, b)).toBe(equal);
        expect(sameBallot(a, { ...a })).toBe(true);
      }),
    );
  });

  it('of two different ballots one is higher, whichever is asked about first', () => {
    fc.assert(
      fc.property(mixed, mixed, (a, b) => {
        expect(Math.sign(compareBallots(a, b))).toBe(0 - Math.sign(compareBallots(b, a)));
      }),
    );
  });

  it('the order is transitive', () => {
    fc.assert(
      fc.property(fewBallots, fewBallots, fewBallots, (a, b, c) => {
        fc.pre(compareBallots(a, b) <= 0 && compareBallots(b, c) <= 0);
        expect(compareBallots(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });

  it('the round counts first, then the member, then the incarnation', () => {
    expect(compareBallots(ballot('2/n1/1'), ballot('1/n9/9'))).toBeGreaterThan(0);
    expect(compareBallots(ballot('1/n2/1'), ballot('1/n1/9'))).toBeGreaterThan(0);
    expect(compareBallots(ballot('1/n1/2'), ballot('1/n1/1'))).toBeGreaterThan(0);
    expect(compareBallots(ballot('10/n1/1'), ballot('9/n1/1'))).toBeGreaterThan(0);
  });

  it('no ballot is below every ballot', () => {
    fc.assert(
      fc.property(mixed, (a) => {
        expect(compareBallots(NO_BALLOT, a)).toBeLessThan(0);
      }),
    );
  });

  it('the higher of two is one of them, and neither is above it', () => {
    fc.assert(
      fc.property(mixed, mixed, (a, b) => {
        const higher = higherBallot(a, b);
        expect([a, b]).toContain(higher);
        expect(compareBallots(a, higher)).toBeLessThanOrEqual(0);
        expect(compareBallots(b, higher)).toBeLessThanOrEqual(0);
      }),
    );
  });
});

describe('a ballot as text', () => {
  it('is read back as the same ballot', () => {
    fc.assert(
      fc.property(mixed, (a) => {
        expect(parseBallot(formatBallot(a))).toEqual(a);
      }),
    );
    expect(parseBallot(formatBallot(NO_BALLOT))).toEqual(NO_BALLOT);
  });

  it('tells different ballots apart', () => {
    fc.assert(
      fc.property(fewBallots, fewBallots, (a, b) => {
        expect(formatBallot(a) === formatBallot(b)).toBe(sameBallot(a, b));
      }),
    );
  });

  it('is read only in the form in which it is written', () => {
    for (const text of ['', '1', '1/n1', '1/n1/1/1', 'x/n1/1', '1//1', '-1/n1/1', '1.5/n1/1', '1/n1/ 1', '1/n.1/1']) {
      expect(parseBallot(text), text).toBeUndefined();
    }
    expect(parseBallot(`1/${'n'.repeat(33)}/1`)).toBeUndefined();
    expect(parseBallot(`${'9'.repeat(16)}/n1/1`)).toBeUndefined();
  });
});
