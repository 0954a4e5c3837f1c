import { assign, setup } from 'xstate';
import type { Handover, Settled } from '../protocol/messages.ts';

export interface HandoverInput {
  readonly handover: Handover;
  readonly timeoutMs: number;
  /** Sends to the home; what it answers comes back as `SETTLED`, and that nobody is there as `NOBODY`. */
  readonly ask: (handover: Handover) => void;
  /** Whether nothing at all was heard of the home for as long as `timeoutMs`. */
  readonly isHomeSilent: () => boolean;
}

interface Context extends Omit<HandoverInput, 'handover'> {
  readonly handover: Handover;
  /** Places in the handover of what the home has not settled yet. */
  readonly left: ReadonlySet<number>;
}

export type HandoverEvent =
  | { type: 'SETTLED'; settled: Settled }
  | { type: 'NOBODY' }
  /** Nothing of it is waited for any more: most often because the home's vote made a quorum with the own one. */
  | { type: 'OVER' };

/**
 * One batch of writes, handed to their home. What it leaves open in time goes on without it: a home that is dead costs this
 * once, and one that is alive but slow is given as long again, for to go on without it would only be more work for all.
 */
export const handoverMachine = setup({
  types: {
    context: {} as Context,
    events: {} as HandoverEvent,
    input: {} as HandoverInput,
    output: {} as { left: ReadonlySet<number> },
  },
  guards: {
    homeIsSilent: ({ context }) => context.isHomeSilent(),
  },
  actions: {
    ask: ({ context }) => context.ask(context.handover),
    note: assign(({ context }, { settled }: { settled: Settled }) => ({ left: without(context.left, settled) })),
    noteAll: assign({ left: new Set<number>() }),
  },
  delays: { timeout: ({ context }) => context.timeoutMs },
}).createMachine({
  id: 'handover',
  context: ({ input }) => ({ ...input, left: new Set(input.handover.writes.keys()) }),
  initial: 'asking',
  on: {
    SETTLED: { actions: { type: 'note', params: ({ event }) => event } },
    OVER: { target: '.done', actions: 'noteAll' },
    NOBODY: '.done',
  },
  states: {
    asking: {
      entry: 'ask',
      after: { timeout: [{ guard: 'homeIsSilent', target: 'done' }, { target: 'waiting' }] },
    },
    waiting: {
      description: 'The home is alive, and late.',
      after: { timeout: 'done' },
    },
    done: { type: 'final' },
  },
  output: ({ context }) => ({ left: context.left }),
});

function without(left: ReadonlySet<number>, { won, decided }: Settled): ReadonlySet<number> {
  const rest = new Set(left);
  for (const place of won) rest.delete(place);
  for (const { place } of decided) rest.delete(place);
  return rest;
}
