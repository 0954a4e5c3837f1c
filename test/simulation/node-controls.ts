import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import { CALM, type Control, CROWDED } from './control.ts';

const MESSENGER = 'node/messenger.ts';
const PEERS = 'node/peers.ts';
const WRITES = 'node/writes.ts';

/** Mistakes of a member with whom it listens to, what it remembers of others, and what it says where it does not know. */
export const NODE_CONTROLS: readonly Control[] = [
  {
    name: 'a vote on an opening before the member is let in',
    edits: [
      {
        file: MESSENGER,
        from: 'if (this.#mayAnswer(message.sender)) this.#onOpening(',
        to: 'if (peers.trusts(message.sender)) this.#onOpening(',
      },
    ],
    faults: { crashMeanMs: 300 },
  },
  {
    name: 'a divided read that nobody answers in time read as empty',
    edits: [
      {
        file: 'node/reads.ts',
        from: "settled.type === 'empty' ? { outcome: 'empty' } : unavailable(question)",
        to: "{ outcome: 'empty' }",
      },
    ],
    faults: { ...CALM, pauseMeanMs: 150, lossShare: 0.2 },
    world: { ...CROWDED, settings: { ...DEFAULT_SETTINGS, operationTimeoutMs: 300, readGraceMs: 1 } },
  },
  {
    // Rounds that find nothing although somebody holds something, and last while readers come: the home alone has accepted, its
    // clients have given up, and promises are slow to come back.
    name: 'a reader that came after a round began told that the round found nothing',
    edits: [{ file: WRITES, from: 'waiter.after < task.rounds', to: 'waiter.after <= task.rounds' }],
    faults: { ...CALM, lostOpeningShare: 0.95, latePromiseShare: 1 },
    world: {
      ...{ members: 3, clients: 20, operations: 800, registers: 40, hotRegisters: 2, readShare: 0.85 },
      ...{ pauseMaxMs: 5, jitterMs: 10, lateMaxMs: 300 },
      settings: { ...DEFAULT_SETTINGS, operationTimeoutMs: 400, readGraceMs: 0.2, phaseTimeoutMs: 900 },
    },
  },
  {
    name: 'commit counts of peers forgotten at restart',
    edits: [{ file: PEERS, from: 'this.#options.store.notePeerCommits(sender.member, sender.commits);', to: '' }],
    faults: { crashMeanMs: 300 },
  },
  {
    name: 'a peer listened to before its record is on the disk',
    edits: [
      {
        file: PEERS,
        from: 'await this.#options.store.savePeer(member, record);',
        to: 'peer.record = record; await this.#options.store.savePeer(member, record);',
      },
    ],
    faults: { crashMeanMs: 300, slowCommitShare: 0.2 },
  },
];
