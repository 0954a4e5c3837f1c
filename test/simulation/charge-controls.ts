import { RULES } from '../../src/protocol/rules.ts';
import { CALM, type Control } from './control.ts';

/** Mistakes with who takes the clients' writes, and with what one that stands in for the home may do. */
export const CHARGE_CONTROLS: readonly Control[] = [
  {
    name: 'a stand-in that opens in round 0',
    rules: { isHome: () => true },
    faults: { ...CALM, homeAwayMeanMs: 1_000 },
  },
  {
    // Its own acceptor refuses what it opens then, so that nothing comes of it but a judge's word.
    name: 'a home that opens a register that its own store knows from a stand-in’s round',
    rules: { mayOpen: (state, isOpened) => !isOpened && (state === undefined || state.promised.round > 0) },
    faults: { straysShare: 0.3 },
  },
  {
    name: 'a stand-in that never steps back',
    rules: { mustStandIn: (ahead, standsIn) => standsIn || RULES.mustStandIn(ahead, standsIn) },
    faults: { homeAwayMeanMs: 1_000 },
  },
  { name: 'a member that never stands in', rules: { mustStandIn: () => false } },
];
