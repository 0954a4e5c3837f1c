import { describe, expect, it } from 'vitest';
import { InvariantError } from '../../src/protocol/invariant.ts';
import { type Accepting, acceptOf, isSettled, onReply, prepareOf, startRound } from '../../src/protocol/proposer.ts';
import {
  accept,
  accepted,
  acceptedReply,
  ballot,
  count,
  decidedReply,
  heldReply,
  NAME,
  prepare,
  promisedReply,
  proposal,
  rejectedReply,
} from '../support/paxos.ts';

const OWN = '2/n1/1';
const start = (own: string | null = 'alice') => startRound(NAME, ballot(OWN), own === null ? null : proposal(own));

function accepting(): Accepting {
  const round = count(start(), [
    ['n1', promisedReply(OWN)],
    ['n2', promisedReply(OWN)],
  ]);
  if (round.phase !== 'accepting') throw new Error(`two promises of three led to ${round.phase}`);
  return round;
}

describe('Paxos Made Simple §2.2, phase 1: preparing', () => {
  it('asks for a promise at its ballot', () => {
    expect(prepareOf(start())).toEqual(prepare(OWN));
  });

  it('a round below the first is refused: it is not one for both phases', () => {
    expect(() => startRound(NAME, ballot('0/n1/1'), proposal('alice'))).toThrow(InvariantError);
  });

  it('a minority of promises settles nothing', () => {
    expect(count(start(), [['n1', promisedReply(OWN)]]).phase).toBe('preparing');
    const five = count(
      start(),
      [
        ['n1', promisedReply(OWN)],
        ['n2', promisedReply(OWN)],
      ],
      5,
    );
    expect(five.phase).toBe('preparing');
  });

  it('with promises from a majority that accepted nothing, it proposes its own value', () => {
    expect(acceptOf(accepting())).toEqual(accept(OWN, 'alice'));
  });

  it('the value of the highest accepted ballot wins over its own, in whatever order the promises come', () => {
    const promises = [
      ['n1', promisedReply(OWN, accepted('1/n3/1', 'carol'))],
      ['n2', promisedReply(OWN, accepted('1/n2/9', 'bob'))],
      ['n3', promisedReply(OWN)],
    ] as const;
    for (const order of [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ] as const) {
      const members = 5;
      const round = count(
        start(),
        order.map((index) => promises[index]),
        members,
      );
      expect(round).toMatchObject({ phase: 'accepting', proposal: proposal('carol') });
    }
  });

  it('with nothing of its own and nothing found, it finds the register empty', () => {
    const round = count(start(null), [
      ['n1', promisedReply(OWN)],
      ['n2', promisedReply(OWN)],
    ]);
    expect(round).toEqual({ phase: 'empty', name: NAME, ballot: ballot(OWN) });
  });

  it('with nothing of its own it finishes what it found', () => {
    const round = count(start(null), [
      ['n1', promisedReply(OWN)],
      ['n2', promisedReply(OWN, accepted('1/n2/1', 'bob'))],
    ]);
    expect(round).toMatchObject({ phase: 'accepting', proposal: proposal('bob') });
  });

  it('two proposals reported at one ballot stop the member', () => {
    const first = count(start(), [['n1', promisedReply(OWN, accepted('1/n2/1', 'bob'))]]);
    expect(() => onReply(first, 'n2', promisedReply(OWN, accepted('1/n2/1', 'carol')), 3)).toThrow(InvariantError);
  });
});

describe('Paxos Made Simple §2.2, phase 2: accepting', () => {
  it('the votes start over: promises are not acceptances', () => {
    expect(accepting().votes).toEqual({ yes: [], no: [] });
    expect(count(accepting(), [['n1', acceptedReply(OWN)]]).phase).toBe('accepting');
  });

  it('what a majority accepted is chosen, here', () => {
    const round = count(accepting(), [
      ['n3', acceptedReply(OWN)],
      ['n1', acceptedReply(OWN)],
    ]);
    expect(round).toEqual({ phase: 'chosen', name: NAME, decision: accepted(OWN, 'alice'), here: true });
  });

  it('a promise that comes late, with a higher accepted value, no longer changes the proposal', () => {
    const before = accepting();
    expect(onReply(before, 'n3', promisedReply(OWN, accepted('1/n3/9', 'bob')), 3)).toBe(before);
  });
});

describe('Paxos Made Simple §2.5: rejections', () => {
  it('a majority that answered without a majority of yes beats the round, in either phase', () => {
    for (const [begun, yes] of [
      [start(), promisedReply(OWN)],
      [accepting(), acceptedReply(OWN)],
    ] as const) {
      const round = count(begun, [
        ['n1', yes],
        ['n2', rejectedReply(OWN, '4/n3/1')],
      ]);
      expect(round).toEqual({ phase: 'beaten', name: NAME, ballot: ballot(OWN), highest: ballot('4/n3/1') });
    }
  });

  it('one rejection of three is borne, and remembered', () => {
    const round = count(start(), [['n1', rejectedReply(OWN, '4/n3/1')]]);
    expect(round).toMatchObject({ phase: 'preparing', highest: ballot('4/n3/1') });
  });

  it('a rejection in phase 1 is remembered in phase 2', () => {
    const round = count(
      start(),
      [
        ['n1', rejectedReply(OWN, '4/n3/1')],
        ['n2', promisedReply(OWN)],
        ['n3', promisedReply(OWN)],
        ['n4', promisedReply(OWN)],
      ],
      7,
    );
    expect(round.phase).toBe('beaten');
    const five = count(
      start(),
      [
        ['n2', promisedReply(OWN)],
        ['n3', rejectedReply(OWN, '4/n3/1')],
        ['n4', rejectedReply(OWN, '3/n3/1')],
      ],
      5,
    );
    expect(five).toMatchObject({ phase: 'beaten', highest: ballot('4/n3/1') });
  });

  it('a rejection that names no higher ballot counts for nothing', () => {
    for (const named of ['0', '1/n9/9', OWN]) {
      for (const before of [start(), accepting()]) {
        expect(onReply(before, 'n1', rejectedReply(OWN, named), 3)).toBe(before);
      }
    }
  });
});

describe('Paxos Made Simple §2.3: being told', () => {
  it('one member that knows the decision is enough, at any time', () => {
    for (const begun of [start(), accepting()]) {
      expect(onReply(begun, 'n2', decidedReply('1/n2/1', 'bob'), 3)).toEqual({
        phase: 'chosen',
        name: NAME,
        decision: accepted('1/n2/1', 'bob'),
        here: false,
      });
    }
  });

  it('an answer to a reader is not a vote', () => {
    for (const before of [start(), accepting()]) {
      expect(onReply(before, 'n1', heldReply(accepted(OWN, 'alice')), 3)).toBe(before);
    }
  });

  it('a reply about another register stops the member', () => {
    expect(() => onReply(start(), 'n1', { ...promisedReply(OWN), name: 'orders.18' }, 3)).toThrow(/orders\.18/);
  });

  it('a round is settled once it is chosen, empty or beaten', () => {
    const base = { name: NAME, ballot: ballot(OWN) };
    expect(isSettled({ phase: 'empty', ...base })).toBe(true);
    expect(isSettled({ phase: 'beaten', ...base, highest: ballot('4/n3/1') })).toBe(true);
    expect(isSettled({ phase: 'chosen', name: NAME, decision: accepted(OWN, 'alice'), here: true })).toBe(true);
    expect(isSettled(start())).toBe(false);
    expect(isSettled(accepting())).toBe(false);
  });
});
