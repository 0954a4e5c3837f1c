import { assign, setup } from 'xstate';
import type { MemberId } from '../protocol/ballot.ts';
import type { Opened, Opening } from '../protocol/messages.ts';
import { isOpeningSettled, type OpeningVote, onOpened, outcomesOf, startOpening } from '../protocol/opening.ts';
import type { Beaten, Chosen } from '../protocol/proposer.ts';

export interface OpenerInput {
  readonly opening: Opening;
  /** How many members there are. */
  readonly members: number;
  readonly phaseTimeoutMs: number;
  /** Sends to every member, the own acceptor included; what they answer comes back as `OPENED`. */
  readonly ask: (opening: Opening) => void;
}

interface Context extends Omit<OpenerInput, 'opening'> {
  readonly vote: OpeningVote;
}

export type OpenerEvent = { type: 'OPENED'; from: MemberId; opened: Opened };

/**
 * One batch of a home's openings: asks everyone to accept, in round 0, and waits for a quorum. What is not chosen by then
 * goes on in rounds with both phases, never again in this one.
 */
export const openerMachine = setup({
  types: {
    context: {} as Context,
    events: {} as OpenerEvent,
    input: {} as OpenerInput,
    output: {} as { outcomes: readonly (Chosen | Beaten)[] },
  },
  guards: {
    settles: ({ context, event }) => isOpeningSettled(count(context, event), context.members),
  },
  actions: {
    ask: ({ context }) => context.ask(context.vote.opening),
    count: assign(({ context, event }) => ({ vote: count(context, event) })),
  },
  delays: { phaseTimeout: ({ context }) => context.phaseTimeoutMs },
}).createMachine({
  id: 'opener',
  context: ({ input: { opening, ...rest } }) => ({ ...rest, vote: startOpening(opening) }),
  initial: 'opening',
  states: {
    opening: {
      description: 'Phase 2 of round 0: asking all to accept, and waiting for a majority that the home is in.',
      entry: 'ask',
      on: { OPENED: [{ guard: 'settles', target: 'done', actions: 'count' }, { actions: 'count' }] },
      after: { phaseTimeout: 'done' },
    },
    done: { type: 'final' },
  },
  output: ({ context }) => ({ outcomes: outcomesOf(context.vote, context.members) }),
});

function count({ vote }: Context, { from, opened }: OpenerEvent): OpeningVote {
  return onOpened(vote, from, opened);
}
