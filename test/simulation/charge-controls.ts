import { CALM, type Control } from './control.ts';

const IN_CHARGE = 'machines/in-charge.ts';
const MEMBER = 'node/member.ts';

/** Mistakes with who takes the clients' writes, and with what one that stands in for the home may do. */
export const CHARGE_CONTROLS: readonly Control[] = [
  {
    name: 'a stand-in that opens in round 0',
    edits: [{ file: MEMBER, from: 'isHome: self === inOrder[0],', to: 'isHome: true,' }],
    faults: { ...CALM, homeAwayMeanMs: 1_000 },
  },
  {
    // Its own acceptor refuses what it opens then, so that nothing comes of it but a judge's word.
    name: 'a home that opens a register that its own store knows from a stand-in’s round',
    edits: [
      {
        file: 'node/openings.ts',
        from: 'proposal === null || state !== undefined',
        to: 'proposal === null || state?.promised.round === 0',
      },
    ],
    faults: { straysShare: 0.3 },
  },
  {
    name: 'a stand-in that never steps back',
    edits: [{ file: IN_CHARGE, from: "on: { AHEAD_BACK: 'following' },", to: '' }],
  },
  {
    name: 'a member that never stands in',
    edits: [{ file: IN_CHARGE, from: "on: { AHEAD_GONE: 'standingIn' },", to: '' }],
  },
];
