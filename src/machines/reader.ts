import { setup } from 'xstate';

/** A batch of questions on its way, which the reader's machine is the order of; it does the work. */
export interface ReaderWork {
  readonly phaseTimeoutMs: number;
  readonly readGraceMs: number;
  /** Asks everyone what they hold: `DIVIDED` or `SETTLED` follows. */
  ask(): void;
  /** Says what was found. */
  report(): void;
}

export type ReaderEvent =
  | { type: 'READ' }
  /** A majority has answered each question, and some answers do not agree. */
  | { type: 'DIVIDED' }
  /** Each question has its answer. */
  | { type: 'SETTLED' };

/**
 * One lane of a member's reader: it takes a batch of questions to its end, and then the next one. Where a majority is divided
 * it waits a little for the other members, because to finish a register by a round would get in the way of whoever writes it.
 */
export const readerMachine = setup({
  types: {
    context: {} as { readonly lane: { readonly work: ReaderWork } },
    events: {} as ReaderEvent,
    input: {} as { readonly lane: { readonly work: ReaderWork } },
  },
  actions: {
    ask: ({ context }) => context.lane.work.ask(),
    report: ({ context }) => context.lane.work.report(),
  },
  delays: {
    phaseTimeout: ({ context }) => context.lane.work.phaseTimeoutMs,
    readGrace: ({ context }) => context.lane.work.readGraceMs,
  },
}).createMachine({
  id: 'reader',
  context: ({ input }) => input,
  initial: 'idle',
  states: {
    idle: { on: { READ: 'asking' } },
    asking: {
      description: 'A majority has not answered yet.',
      entry: 'ask',
      on: { SETTLED: { target: 'idle', actions: 'report' }, DIVIDED: 'lingering' },
      after: { phaseTimeout: { target: 'idle', actions: 'report' } },
    },
    lingering: {
      description: 'A majority answered, and does not agree: the others may settle it.',
      on: { SETTLED: { target: 'idle', actions: 'report' } },
      after: { readGrace: { target: 'idle', actions: 'report' } },
    },
  },
});
