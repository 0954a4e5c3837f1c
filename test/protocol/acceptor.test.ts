import { describe, expect, it } from 'vitest';
import { assertSameDecision, onRequest } from '../../src/protocol/acceptor.ts';
import { InvariantError } from '../../src/protocol/invariant.ts';
import { UNTOUCHED } from '../../src/protocol/register.ts';
import {
  accept,
  accepted,
  acceptedReply,
  ballot,
  decide,
  decidedReply,
  heldReply,
  prepare,
  promisedReply,
  QUERY,
  rejectedReply,
  state,
} from '../support/paxos.ts';

describe('Paxos Made Simple §2.2, phase 1b: prepare', () => {
  it('an untouched register promises, and has nothing to tell', () => {
    const verdict = onRequest(UNTOUCHED, prepare('1/n1/1'));
    expect(verdict).toEqual({ state: state('1/n1/1'), reply: promisedReply('1/n1/1') });
  });

  it('a higher ballot is promised, and told what was accepted', () => {
    const held = accepted('1/n1/1', 'alice');
    const verdict = onRequest(state('1/n1/1', held), prepare('2/n2/1'));
    expect(verdict).toEqual({ state: state('2/n2/1', held), reply: promisedReply('2/n2/1', held) });
  });

  it('a lower ballot is told which one stands against it, and nothing is to be saved', () => {
    const before = state('2/n2/1');
    const verdict = onRequest(before, prepare('1/n1/1'));
    expect(verdict.state).toBe(before);
    expect(verdict.reply).toEqual(rejectedReply('1/n1/1', '2/n2/1'));
  });

  it('the same ballot is not promised twice: after its accept the answer would not be the same', () => {
    const before = state('2/n2/1', accepted('2/n2/1', 'alice'));
    const verdict = onRequest(before, prepare('2/n2/1'));
    expect(verdict.state).toBe(before);
    expect(verdict.reply).toEqual(rejectedReply('2/n2/1', '2/n2/1'));
  });
});

describe('Paxos Made Simple §2.2, phase 2b: accept', () => {
  it('a proposal at the promised ballot is accepted', () => {
    const verdict = onRequest(state('1/n1/1'), accept('1/n1/1', 'alice'));
    expect(verdict).toEqual({ state: state('1/n1/1', accepted('1/n1/1', 'alice')), reply: acceptedReply('1/n1/1') });
  });

  it('a proposal above the promised ballot is accepted, and its ballot is promised with it', () => {
    const verdict = onRequest(state('1/n1/1', accepted('1/n1/1', 'alice')), accept('2/n2/1', 'bob'));
    expect(verdict).toEqual({ state: state('2/n2/1', accepted('2/n2/1', 'bob')), reply: acceptedReply('2/n2/1') });
  });

  it('a proposal below the promised ballot is rejected', () => {
    const before = state('2/n2/1');
    const verdict = onRequest(before, accept('1/n1/1', 'alice'));
    expect(verdict.state).toBe(before);
    expect(verdict.reply).toEqual(rejectedReply('1/n1/1', '2/n2/1'));
  });

  it('an exact duplicate is answered again, and nothing is to be saved', () => {
    const before = state('1/n1/1', accepted('1/n1/1', 'alice'));
    const verdict = onRequest(before, accept('1/n1/1', 'alice'));
    expect(verdict.state).toBe(before);
    expect(verdict.reply).toEqual(acceptedReply('1/n1/1'));
  });

  it('a duplicate that comes after a higher promise is rejected, though it was accepted once', () => {
    const before = state('2/n2/1', accepted('1/n1/1', 'alice'));
    expect(onRequest(before, accept('1/n1/1', 'alice'))).toEqual({
      state: before,
      reply: rejectedReply('1/n1/1', '2/n2/1'),
    });
  });

  it('a second value at the same ballot is rejected', () => {
    const before = state('1/n1/1', accepted('1/n1/1', 'alice'));
    const verdict = onRequest(before, accept('1/n1/1', 'bob'));
    expect(verdict.state).toBe(before);
    expect(verdict.reply).toEqual(rejectedReply('1/n1/1', '1/n1/1'));
  });

  it('the same operation with other bytes is a second value', () => {
    const before = state('1/n1/1', accepted('1/n1/1', 'alice'));
    const changed = { ...accept('1/n1/1', 'alice'), proposal: { opId: 'alice', value: new Uint8Array([7]) } };
    expect(onRequest(before, changed).reply).toEqual(rejectedReply('1/n1/1', '1/n1/1'));
  });

  it('a state that accepted above its own promise stops the member', () => {
    const impossible = state('1/n1/1', accepted('3/n3/1', 'alice'));
    expect(() => onRequest(impossible, accept('2/n2/1', 'bob'))).toThrow(InvariantError);
  });
});

describe('Paxos Made Simple §2.3: learning', () => {
  it('a query is told what is held, and nothing is to be saved', () => {
    const held = accepted('1/n1/1', 'alice');
    for (const [before, told] of [
      [UNTOUCHED, null],
      [state('5/n3/1'), null],
      [state('5/n3/1', held), held],
    ] as const) {
      const verdict = onRequest(before, QUERY);
      expect(verdict.state).toBe(before);
      expect(verdict.reply).toEqual(heldReply(told));
    }
  });

  it('a decision is taken in from any state, and nobody is answered', () => {
    const held = accepted('1/n1/1', 'alice');
    expect(onRequest(UNTOUCHED, decide('1/n1/1', 'alice'))).toEqual({
      state: state('1/n1/1', held, true),
      reply: null,
    });
    expect(onRequest(state('4/n2/1', accepted('2/n2/1', 'alice')), decide('1/n1/1', 'alice'))).toEqual({
      state: { promised: ballot('4/n2/1'), accepted: held, decided: true },
      reply: null,
    });
  });

  it('a decided register answers everything with the decision, however high the ballot', () => {
    const before = state('1/n1/1', accepted('1/n1/1', 'alice'), true);
    for (const request of [prepare('9/n3/9'), accept('9/n3/9', 'bob'), accept('1/n1/1', 'alice'), QUERY]) {
      const verdict = onRequest(before, request);
      expect(verdict.state).toBe(before);
      expect(verdict.reply).toEqual(decidedReply('1/n1/1', 'alice'));
    }
  });

  it('the same decision again, learned at another ballot, changes nothing', () => {
    const before = state('1/n1/1', accepted('1/n1/1', 'alice'), true);
    const verdict = onRequest(before, decide('3/n2/1', 'alice'));
    expect(verdict.state).toBe(before);
    expect(verdict.reply).toBeNull();
  });

  it('a second, different decision stops the member', () => {
    const before = state('1/n1/1', accepted('1/n1/1', 'alice'), true);
    expect(() => onRequest(before, decide('3/n2/1', 'bob'))).toThrow(/orders\.17: decided twice/);
    expect(() => assertSameDecision('r', accepted('1/n1/1', 'a'), accepted('2/n1/1', 'b'))).toThrow(InvariantError);
    expect(() => assertSameDecision('r', accepted('1/n1/1', 'a'), accepted('2/n1/1', 'a'))).not.toThrow();
  });

  it('a state that is decided and holds nothing stops the member', () => {
    expect(() => onRequest(state('1/n1/1', null, true), QUERY)).toThrow(InvariantError);
  });
});
