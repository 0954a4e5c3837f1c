import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import { CALM, type Control, CROWDED } from './control.ts';

/** Mistakes of a member with whom it listens to, what it remembers of others, and what it says where it does not know. */
export const NODE_CONTROLS: readonly Control[] = [
  {
    name: 'a vote before the member is let in',
    rules: { mayVote: () => true },
    faults: { crashMeanMs: 300 },
  },
  {
    name: 'a divided read that nobody answers in time read as empty',
    tampering: { answers: (result) => (result.outcome === 'unavailable' ? { outcome: 'empty' } : result) },
    faults: { ...CALM, pauseMeanMs: 150, lossShare: 0.2 },
    world: { ...CROWDED, settings: { ...DEFAULT_SETTINGS, operationTimeoutMs: 300, readGraceMs: 1 } },
  },
  {
    // Rounds that find nothing although somebody holds something, and last while readers come: the home alone has accepted, its
    // clients have given up, and promises are slow to come back.
    name: 'a reader that came after a round began told that the round found nothing',
    rules: { mayAnswerEmpty: (joinedAt, rounds) => joinedAt <= rounds },
    faults: { ...CALM, lostOpeningShare: 0.95, latePromiseShare: 1 },
    world: {
      ...{ members: 3, clients: 20, operations: 800, registers: 40, hotRegisters: 2, readShare: 0.85 },
      ...{ pauseMaxMs: 5, jitterMs: 10, lateMaxMs: 300 },
      settings: { ...DEFAULT_SETTINGS, operationTimeoutMs: 400, readGraceMs: 0.2, phaseTimeoutMs: 900 },
    },
  },
  {
    name: 'a read that joins a question which has left',
    rules: { mayJoin: () => true },
    world: CROWDED,
  },
  {
    name: 'commit counts of peers forgotten at restart',
    tampering: { forgetsPeerCounts: true },
    faults: { crashMeanMs: 300 },
  },
  {
    name: 'a peer listened to before its record is on the disk',
    tampering: { savesPeersEarly: true },
    faults: { crashMeanMs: 300, slowCommitShare: 0.2 },
  },
];
