import { setup } from 'xstate';

/** A batch of proposals on its way, which the proposer's machine is the order of; it does the work. */
export interface ProposerWork {
  readonly phaseTimeoutMs: number;
  /** Whether it is of round 0, which has no phase 1: see `protocol/round-zero.ts`. */
  readonly isRoundZero: boolean;
  /** Asks everyone to promise: `PROMISED` follows once phase 1 is over. */
  prepare(): void;
  /** Whether phase 1 bound any of it to a proposal. */
  readonly isBound: boolean;
  /** Asks everyone to accept: `ACCEPTED` follows once phase 2 is over. */
  accept(): void;
  /** Says what came of the batch. */
  report(): void;
}

export type ProposerEvent =
  | { type: 'PROPOSE' }
  /** Enough have promised, or refused to, whatever was asked of them. */
  | { type: 'PROMISED' }
  /** Enough have accepted, or refused to. */
  | { type: 'ACCEPTED' };

/**
 * One lane of a member's proposer: it drives a batch through the phases of Paxos Made Simple §2.2, and then the next one.
 * Round 0 is a round that starts in `accepting`. What no majority answers in time is over in this round, whatever came of
 * it; to go on is a matter of a new one. The votes are counted by the work, so that a phase is one step, not one a member.
 */
export const proposerMachine = setup({
  types: {
    context: {} as { readonly lane: { readonly work: ProposerWork } },
    events: {} as ProposerEvent,
    input: {} as { readonly lane: { readonly work: ProposerWork } },
  },
  guards: {
    isRoundZero: ({ context }) => context.lane.work.isRoundZero,
    isBound: ({ context }) => context.lane.work.isBound,
  },
  actions: {
    prepare: ({ context }) => context.lane.work.prepare(),
    accept: ({ context }) => context.lane.work.accept(),
    report: ({ context }) => context.lane.work.report(),
  },
  delays: { phaseTimeout: ({ context }) => context.lane.work.phaseTimeoutMs },
}).createMachine({
  id: 'proposer',
  context: ({ input }) => input,
  initial: 'idle',
  states: {
    idle: {
      on: {
        PROPOSE: [{ guard: 'isRoundZero', target: 'accepting' }, { target: 'preparing' }],
      },
    },
    preparing: {
      description: 'Phase 1: asking a majority to promise.',
      entry: 'prepare',
      on: {
        PROMISED: [
          { guard: 'isBound', target: 'accepting' },
          { target: 'idle', actions: 'report' },
        ],
      },
      after: {
        phaseTimeout: [
          { guard: 'isBound', target: 'accepting' },
          { target: 'idle', actions: 'report' },
        ],
      },
    },
    accepting: {
      description: 'Phase 2: asking a majority to accept; in round 0 one that the home is in.',
      entry: 'accept',
      on: { ACCEPTED: { target: 'idle', actions: 'report' } },
      after: { phaseTimeout: { target: 'idle', actions: 'report' } },
    },
  },
});
