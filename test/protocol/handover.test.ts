import { describe, expect, it } from 'vitest';
import { decisionsOf, settledOf } from '../../src/protocol/handover.ts';
import type { Handover } from '../../src/protocol/messages.ts';
import { accepted, ballot, NAME, proposal } from './samples.ts';

const HANDOVER: Handover = {
  writes: [
    { name: NAME, proposal: proposal('alice') },
    { name: 'orders.18', proposal: proposal('bob') },
    { name: 'orders.19', proposal: proposal('carol') },
  ],
};
const BALLOT = ballot('0/n1/3');

describe("a home's answer to a handover", () => {
  it('sends nothing back of a write that was chosen as it was handed over, at the ballot of the openings', () => {
    expect(settledOf(HANDOVER, [{ place: 0, decision: accepted('0/n1/3', 'alice') }], BALLOT)).toEqual({
      won: [0],
      decided: [],
    });
  });

  it('carries the decision where it is another proposal, another ballot, or an earlier life of the home', () => {
    for (const decision of [accepted('0/n1/3', 'zoe'), accepted('1/n2/1', 'alice'), accepted('0/n1/2', 'alice')]) {
      expect(settledOf(HANDOVER, [{ place: 0, decision }], BALLOT)).toEqual({
        won: [],
        decided: [{ place: 0, decision }],
      });
    }
  });

  it('comes out on the other side as what was decided, each under its own name', () => {
    const decisions = [
      { place: 2, decision: accepted('0/n1/3', 'carol') },
      { place: 0, decision: accepted('1/n2/1', 'zoe') },
    ];
    const told = decisionsOf(HANDOVER, settledOf(HANDOVER, decisions, BALLOT), BALLOT);
    expect(told).toEqual([
      { type: 'decide', name: 'orders.19', decision: accepted('0/n1/3', 'carol') },
      { type: 'decide', name: NAME, decision: accepted('1/n2/1', 'zoe') },
    ]);
  });

  it('tells nothing of a place that is not in the handover', () => {
    const settled = { won: [3, -1], decided: [{ place: 9, decision: accepted('1/n2/1', 'zoe') }] };
    expect(decisionsOf(HANDOVER, settled, BALLOT)).toEqual([]);
  });
});
