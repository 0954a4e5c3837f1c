import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_BALLOT } from '../../src/protocol/ballot.ts';
import { sameAccepted, sameProposal, UNTOUCHED } from '../../src/protocol/register.ts';
import { accepted, proposal } from '../support/paxos.ts';
import { fewAccepted, fewProposals } from './arbitraries.ts';

const anyProposal = fc.record({
  opId: fc.string({ minLength: 1, maxLength: 3 }),
  value: fc.uint8Array({ maxLength: 3 }),
});

describe('a proposal', () => {
  it('is the same when operation and bytes are, however often it was copied', () => {
    fc.assert(
      fc.property(anyProposal, (one) => {
        expect(sameProposal(one, { opId: one.opId, value: one.value.slice() })).toBe(true);
      }),
    );
  });

  it('is another one as soon as the operation, a byte or the length differs', () => {
    fc.assert(
      fc.property(anyProposal, anyProposal, (one, other) => {
        const equal = one.opId === other.opId && one.value.join() === other.value.join();
        expect(sameProposal(one, other)).toBe(equal);
      }),
    );
    expect(sameProposal(proposal('alice', 'a'), proposal('alice', 'ab'))).toBe(false);
    expect(sameProposal(proposal('alice', 'a'), proposal('alice', 'b'))).toBe(false);
    expect(sameProposal(proposal('alice', 'a'), proposal('bob', 'a'))).toBe(false);
    expect(sameProposal(proposal('alice', ''), proposal('alice', ''))).toBe(true);
  });
});

describe('an accepted proposal', () => {
  it('is the same when ballot and proposal are', () => {
    fc.assert(
      fc.property(fewAccepted, fewAccepted, fewProposals, (one, other, third) => {
        expect(sameAccepted(one, { ballot: { ...one.ballot }, proposal: { ...one.proposal } })).toBe(true);
        expect(sameAccepted(one, other)).toBe(sameAccepted(other, one));
        expect(sameAccepted(one, { ...one, proposal: third })).toBe(sameProposal(one.proposal, third));
      }),
    );
    expect(sameAccepted(accepted('1/n1/1', 'alice'), accepted('1/n1/2', 'alice'))).toBe(false);
  });
});

describe('a register that no message has touched', () => {
  it('has promised nothing, accepted nothing, and cannot be changed in place', () => {
    expect(UNTOUCHED).toEqual({ promised: NO_BALLOT, accepted: null, decided: false });
    expect(Object.isFrozen(UNTOUCHED)).toBe(true);
  });
});
