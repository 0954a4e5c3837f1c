import { setup } from 'xstate';

export interface InChargeInput {
  /** Whether this member is the home, which is in charge whenever it serves. */
  readonly isHome: boolean;
  /** Begins or ceases to take the clients' writes. */
  readonly takeWrites: (takes: boolean) => void;
}

export type InChargeEvent =
  /** This member serves. */
  | { type: 'SERVING' }
  /** Nobody ahead of it in the succession looks after the writes. */
  | { type: 'AHEAD_GONE' }
  /** Somebody ahead of it does. */
  | { type: 'AHEAD_BACK' }
  /** It leaves the writes to others, for good. */
  | { type: 'LEAVING' };

/**
 * Whether this member takes the clients' writes. One member at a time should, for speed: two that do propose against each
 * other, which is safe. Round 0 is the home's alone, whoever is in charge.
 */
export const inChargeMachine = setup({
  types: {
    context: {} as InChargeInput,
    events: {} as InChargeEvent,
    input: {} as InChargeInput,
  },
  guards: { isHome: ({ context }) => context.isHome },
  actions: {
    takeWrites: ({ context }) => context.takeWrites(true),
    leaveWrites: ({ context }) => context.takeWrites(false),
  },
}).createMachine({
  id: 'inCharge',
  context: ({ input }) => input,
  initial: 'joining',
  on: { LEAVING: '.left' },
  states: {
    joining: {
      description: 'It does not serve yet.',
      on: { SERVING: [{ guard: 'isHome', target: 'leading' }, { target: 'following' }] },
    },
    following: {
      description: 'Somebody ahead of it takes the writes.',
      on: { AHEAD_GONE: 'standingIn' },
    },
    standingIn: {
      description: 'Nobody ahead of it takes the writes, so it does, in rounds of both phases.',
      entry: 'takeWrites',
      exit: 'leaveWrites',
      on: { AHEAD_BACK: 'following' },
    },
    leading: {
      description: 'The home takes the writes, and opens registers in round 0.',
      entry: 'takeWrites',
      exit: 'leaveWrites',
    },
    left: { description: 'It leaves the writes to others.' },
  },
});
