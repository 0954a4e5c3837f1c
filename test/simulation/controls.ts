import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import { NO_BALLOT } from '../../src/protocol/ballot.ts';
import { majority } from '../../src/protocol/quorum.ts';
import { Rounds } from '../../src/protocol/rounds.ts';
import { CHARGE_CONTROLS } from './charge-controls.ts';
import { CLUSTER_CONTROLS } from './cluster-controls.ts';
import { CALM, type Control, CROWDED, SCATTERED } from './control.ts';
import { copyOf } from './disk.ts';
import {
  acceptsBelowPromise,
  acceptsWithoutPromising,
  comparesRoundsOnly,
  countsStale,
  countsTwice,
  emptyByOne,
  hidesAccepted,
  lowestFound,
  ownInPlaceOfFound,
  promisesBelowPromise,
  quorumOf,
  readsUnfinished,
  takesSecondValue,
} from './mistakes.ts';
import { NODE_CONTROLS } from './node-controls.ts';
import { OPENING_CONTROLS } from './opening-controls.ts';

/** Ballots of a member that uses its first incarnation again in each of its lives. */
const firstIncarnation = (member: string) => new Rounds(member, 1);

export const CONTROLS: readonly Control[] = [
  { name: 'a quorum of one', rules: quorumOf(1) },
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
  { name: 'a reply without a save', rules: { mayLeave: () => true } },
  {
    name: 'a ballot used again after a restart',
    rules: { newRounds: firstIncarnation },
    faults: { ...SCATTERED, crashMeanMs: 300 },
  },
  {
    name: 'two values at one ballot',
    rules: { newRounds: firstIncarnation, onRequest: takesSecondValue },
    faults: { ...SCATTERED, crashMeanMs: 300 },
  },
  {
    name: 'the own value in place of the highest accepted',
    rules: { onReply: ownInPlaceOfFound },
    faults: SCATTERED,
  },
  {
    name: 'the lowest accepted in place of the highest',
    rules: { onReply: lowestFound },
    faults: { ...SCATTERED, lossShare: 0.2 },
    world: CROWDED,
  },
  {
    name: 'a promise that does not tell what was accepted',
    rules: { onRequest: hidesAccepted },
    faults: SCATTERED,
  },
  { name: 'accepted below a promise', rules: { onRequest: acceptsBelowPromise }, faults: SCATTERED },
  { name: 'accepted without promising', rules: { onRequest: acceptsWithoutPromising }, faults: SCATTERED },
  { name: 'promised below a promise', rules: { onRequest: promisesBelowPromise }, faults: SCATTERED },
  {
    name: 'a vote counted twice',
    rules: { onReply: countsTwice },
    faults: { ...SCATTERED, duplicateShare: 0.3 },
  },
  {
    name: 'a stale vote counted for a newer ballot',
    rules: { onReply: countsStale },
    tampering: { crossesAnswers: true },
    faults: { ...CALM, ...SCATTERED, lateShare: 0.3, duplicateShare: 0.3, lossShare: 0.3 },
    world: { ...CROWDED, operations: 800, registers: 100, settings: { ...DEFAULT_SETTINGS, phaseTimeoutMs: 40 } },
  },
  {
    name: 'ballots compared by their round alone',
    rules: { onRequest: comparesRoundsOnly },
    faults: SCATTERED,
    world: CROWDED,
  },
  {
    name: 'an accepted value read without finishing it',
    rules: { findingOf: readsUnfinished },
    faults: { openingStrikeShare: 0.05 },
  },
  { name: 'a read that is empty because one member is', rules: { findingOf: emptyByOne } },
  {
    name: 'unknown reported as lost',
    tampering: {
      answers: (result) => {
        const proposal = { opId: 'x', value: new Uint8Array() };
        return result.outcome === 'unknown' ? { outcome: 'lost', decision: { ballot: NO_BALLOT, proposal } } : result;
      },
    },
  },
  { name: 'a write that had left reported as refused', rules: { outcomeInVain: () => 'refused' } },
  {
    name: 'a retry that loses to itself',
    rules: { outcomeOf: (proposal, decision) => (decision.proposal === proposal ? 'won' : 'lost') },
  },
  {
    name: 'another value under the same operation id taken for the same operation',
    rules: { outcomeOf: ({ opId }, { proposal }) => (proposal.opId === opId ? 'won' : 'lost') },
  },
  {
    name: 'a lost disk let back in',
    tampering: { forge: (genuine) => ({ ...copyOf(genuine), registers: new Map() }) },
    faults: { wipeMeanMs: 500 },
  },
  {
    // A member that was cut off from the start takes the store that is made anew for the first that it meets.
    name: 'a new store that votes before enough of the others remember it',
    rules: { mayVote: () => true, enrolmentQuorum: (members) => majority(members) - 1 },
    faults: { wipeMeanMs: 150, partitionMeanMs: 150 },
    world: { members: 3 },
  },
  ...NODE_CONTROLS,
  ...OPENING_CONTROLS,
  ...CHARGE_CONTROLS,
  ...CLUSTER_CONTROLS,
];
