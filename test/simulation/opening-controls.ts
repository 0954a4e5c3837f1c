import { type Control, CROWDED, SCATTERED, WIDE } from './control.ts';

const OPENING = 'protocol/round-zero.ts';
const OPENINGS = 'node/openings.ts';
const TAKEN = 'node/taken.ts';
const MESSENGER = 'node/messenger.ts';

const OWN_VOTE_ASKED = 'this.#accept(self, opening, (opened) => {';

/** Mistakes with round 0, its home, and what is told of it. */
export const OPENING_CONTROLS: readonly Control[] = [
  {
    name: 'a quorum of round 0 without the home',
    edits: [
      {
        file: 'protocol/quorum.ts',
        from: ' && (ballot.round >= FIRST_ROUND || voters.includes(ballot.node))',
        to: '',
      },
    ],
    faults: { openingStrikeShare: 0.05 },
  },
  {
    name: 'a read that takes a majority of round 0 without the home for a quorum',
    edits: [
      {
        file: 'protocol/reader.ts',
        from: 'isQuorum(accepted.ballot, holders, members)',
        to: 'holders.length >= quorum',
      },
    ],
    faults: { openingStrikeShare: 0.05 },
  },
  {
    name: 'an opening without a look at the own store',
    edits: [{ file: OPENINGS, from: 'proposal === null || state !== undefined', to: 'proposal === null' }],
    faults: { crashMeanMs: 300 },
  },
  {
    name: 'opened again before the first vote is saved',
    edits: [{ file: OPENINGS, from: 'this.#unsaved.add(name)', to: 'this.#unsaved.delete(name)' }],
    faults: { slowCommitShare: 0.3 },
  },
  {
    name: 'an incarnation used again in openings',
    edits: [
      { file: OPENING, from: 'node: home, incarnation };', to: 'node: home, incarnation: 1 };' },
      { file: MESSENGER, from: ' && ballot.incarnation === incarnation', to: '' },
    ],
    faults: { crashMeanMs: 300 },
  },
  {
    name: 'the own vote on an opening counted before it is saved',
    edits: [
      {
        file: MESSENGER,
        from: OWN_VOTE_ASKED,
        to: `queueMicrotask(() => onOpened(self, { number: opening.number, refusals: [] })); ${OWN_VOTE_ASKED}`,
      },
    ],
    faults: { openingStrikeShare: 0.05 },
  },
  {
    name: 'a refusal of an opening counted as a vote for it',
    edits: [{ file: OPENING, from: 'answered.filter((member) => !by.includes(member))', to: 'answered' }],
    world: CROWDED,
  },
  {
    name: 'an answer to an opening counted twice',
    edits: [{ file: OPENING, from: ' || vote.answered.includes(from)', to: '' }],
    faults: { duplicateShare: 0.4, openingStrikeShare: 0.05 },
    world: { members: 5 },
  },
  {
    name: 'an answer to one opening counted for another',
    edits: [{ file: OPENING, from: 'number !== vote.opening.number || ', to: '' }],
    tampering: { crossesAnswers: true },
    faults: { lossShare: 0.1, lateShare: 0.2 },
  },
  {
    name: 'news of an opening that was not chosen whole',
    edits: [{ file: OPENINGS, from: 'outcomes.every(', to: 'outcomes.some(' }],
    faults: { ...SCATTERED, lossShare: 0.05 },
    world: WIDE,
  },
  {
    name: 'what is not chosen noted as decided',
    edits: [{ file: TAKEN, from: '!isChosen || saved === undefined', to: 'saved === undefined' }],
  },
  {
    name: 'two members that both take themselves for the home',
    edits: [
      { file: 'node/member.ts', from: 'const inOrder = succession(members);', to: 'const inOrder = [self];' },
      { file: MESSENGER, from: ' || member !== home', to: '' },
    ],
  },
];
