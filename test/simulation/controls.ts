import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import { NO_BALLOT } from '../../src/protocol/ballot.ts';
import type { Edit } from '../support/edited-source.ts';
import { CHARGE_CONTROLS } from './charge-controls.ts';
import { CLUSTER_CONTROLS } from './cluster-controls.ts';
import { CALM, type Control, CROWDED, SCATTERED } from './control.ts';
import { copyOf } from './disk.ts';
import { NODE_CONTROLS } from './node-controls.ts';
import { OPENING_CONTROLS } from './opening-controls.ts';

const ACCEPTOR = 'protocol/acceptor.ts';
const PROPOSER = 'protocol/proposer.ts';
const READER = 'protocol/reader.ts';

const SECOND_VALUE_REJECTED = `return sameProposal(state.accepted.proposal, proposal)
      ? { state, reply: { type: 'accepted', name, ballot } }
      : reject(state, name, ballot);`;
const SECOND_VALUE_TAKEN = `return {
      state: { ...state, accepted: { ballot, proposal } },
      reply: { type: 'accepted', name, ballot },
    };`;
const ONCE_A_MEMBER = 'sameBallot(ballot, voted) && !votes.yes.includes(from) && !votes.no.includes(from)';
const INCARNATION_IN_BALLOT: Edit = {
  file: 'protocol/rounds.ts',
  from: 'incarnation: this.#incarnation };',
  to: 'incarnation: 1 };',
};

export const CONTROLS: readonly Control[] = [
  {
    name: 'a quorum of one',
    edits: [
      { file: 'protocol/quorum.ts', from: 'return Math.floor(members / 2) + 1;', to: 'return Math.min(1, members);' },
    ],
  },
  {
    name: 'a promise forgotten at restart',
    tampering: {
      beforeStart: ({ registers }) => {
        for (const [name, state] of registers) {
          if (!state.decided) registers.set(name, { ...state, promised: state.accepted?.ballot ?? NO_BALLOT });
        }
      },
    },
    faults: { crashMeanMs: 300 },
    world: CROWDED,
  },
  {
    name: 'an acceptance forgotten at restart',
    tampering: {
      beforeStart: ({ registers }) => {
        for (const [name, state] of registers) if (!state.decided) registers.set(name, { ...state, accepted: null });
      },
    },
    faults: { crashMeanMs: 300 },
  },
  { name: 'a reply before the save', tampering: { resolvesEarly: true } },
  {
    name: 'a reply without a save',
    edits: [
      {
        file: 'machines/acceptor.ts',
        from: 'verdict.changes.length > 0',
        to: 'verdict.changes.length < 0',
      },
    ],
  },
  { name: 'a ballot used again after a restart', edits: [INCARNATION_IN_BALLOT], faults: { crashMeanMs: 300 } },
  {
    name: 'two values at one ballot',
    edits: [
      INCARNATION_IN_BALLOT,
      {
        file: ACCEPTOR,
        from: 'if (compareBallots(ballot, state.promised) <= 0)',
        to: 'if (compareBallots(ballot, state.promised) < 0)',
      },
      { file: ACCEPTOR, from: SECOND_VALUE_REJECTED, to: SECOND_VALUE_TAKEN },
    ],
    faults: { crashMeanMs: 300 },
  },
  {
    name: 'the own value in place of the highest accepted',
    edits: [{ file: PROPOSER, from: 'found?.proposal ?? round.own', to: 'round.own ?? found?.proposal ?? null' }],
  },
  {
    name: 'the lowest accepted in place of the highest',
    edits: [{ file: PROPOSER, from: 'return order < 0 ? b : a;', to: 'return order < 0 ? a : b;' }],
    faults: { lossShare: 0.2 },
    world: CROWDED,
  },
  {
    name: 'a promise that does not tell what was accepted',
    edits: [
      {
        file: ACCEPTOR,
        from: "type: 'promised', name, ballot, accepted: state.accepted",
        to: "type: 'promised', name, ballot, accepted: null",
      },
    ],
  },
  {
    name: 'accepted below a promise',
    edits: [
      {
        file: ACCEPTOR,
        from: 'if (compareBallots(ballot, state.promised) < 0) return reject(state, name, ballot);',
        to: '',
      },
    ],
  },
  {
    name: 'accepted without promising',
    edits: [
      {
        file: ACCEPTOR,
        from: 'state: { promised: ballot, accepted: { ballot, proposal }, decided: false }',
        to: 'state: { ...state, accepted: { ballot, proposal } }',
      },
    ],
  },
  {
    name: 'promised below a promise',
    edits: [
      {
        file: ACCEPTOR,
        from: 'if (compareBallots(ballot, state.promised) <= 0)',
        to: 'if (compareBallots(ballot, NO_BALLOT) <= 0)',
      },
      { file: ACCEPTOR, from: 'compareBallots, higherBallot', to: 'NO_BALLOT, compareBallots, higherBallot' },
    ],
  },
  {
    name: 'a vote counted twice',
    edits: [{ file: PROPOSER, from: ONCE_A_MEMBER, to: 'sameBallot(ballot, voted)' }],
    faults: { duplicateShare: 0.3 },
  },
  {
    name: 'a stale vote counted for a newer ballot',
    edits: [{ file: PROPOSER, from: ONCE_A_MEMBER, to: '!votes.yes.includes(from) && !votes.no.includes(from)' }],
    tampering: { crossesAnswers: true },
    faults: { ...CALM, ...SCATTERED, lateShare: 0.3, duplicateShare: 0.3, lossShare: 0.3 },
    world: { ...CROWDED, operations: 800, registers: 100, settings: { ...DEFAULT_SETTINGS, phaseTimeoutMs: 40 } },
  },
  {
    name: 'ballots compared by their round alone',
    edits: [
      {
        file: 'protocol/ballot.ts',
        from: 'if (a.node !== b.node) return a.node < b.node ? -1 : 1;',
        to: 'if (a.round !== -1) return 0;',
      },
    ],
  },
  {
    name: 'an accepted value read without finishing it',
    edits: [{ file: READER, from: 'if (isQuorum(accepted.ballot, holders, members))', to: 'if (holders.length >= 1)' }],
  },
  {
    name: 'a read that is empty because one member is',
    edits: [{ file: READER, from: 'accepted === null).length >= quorum', to: 'accepted === null).length >= 1' }],
  },
  {
    name: 'unknown reported as lost',
    edits: [
      {
        file: 'node/member.ts',
        from: "return { outcome: 'unknown' };",
        to: "return { outcome: 'lost', decision: { ballot: { round: 0, node: 'n1', incarnation: 1 }, proposal: { opId: 'x', value: new Uint8Array() } } };",
      },
    ],
  },
  {
    name: 'a write that had left reported as refused',
    edits: [
      {
        file: 'node/member.ts',
        from: "ending.type !== 'timeout' || ending.isProposed",
        to: "ending.type !== 'timeout'",
      },
    ],
  },
  {
    name: 'a retry that loses to itself',
    edits: [
      {
        file: 'node/writes.ts',
        from: 'sameProposal(decision.proposal, proposal) ?',
        to: 'decision.proposal === proposal ?',
      },
    ],
  },
  {
    name: 'another value under the same operation id taken for the same operation',
    edits: [
      {
        file: 'protocol/register.ts',
        from: 'a.opId === b.opId && sameBytes(a.value, b.value)',
        to: 'a.opId === b.opId',
      },
    ],
  },
  {
    name: 'a lost disk let back in',
    tampering: { forge: (genuine) => ({ ...copyOf(genuine), registers: new Map() }) },
    faults: { wipeMeanMs: 500 },
  },
  {
    // A member that was cut off from the start takes the store that is made anew for the first that it meets.
    name: 'a new store that votes before enough of the others remember it',
    edits: [
      { file: 'node/messenger.ts', from: ' && this.#options.mayVote()', to: '' },
      {
        file: 'node/peers.ts',
        from: 'this.#options.store.enrolled ? majority(members) : 1 + enrolmentQuorum(members)',
        to: 'majority(members)',
      },
    ],
    faults: { wipeMeanMs: 150, partitionMeanMs: 150 },
    world: { members: 3 },
  },
  ...CHARGE_CONTROLS,
  ...NODE_CONTROLS,
  ...OPENING_CONTROLS,
  ...CLUSTER_CONTROLS,
];
