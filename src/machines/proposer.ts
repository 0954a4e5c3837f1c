import { assign, setup } from 'xstate';
import type { MemberId } from '../protocol/ballot.ts';
import type { Reply, Request } from '../protocol/messages.ts';
import { acceptOf, isSettled, onReply, type Preparing, prepareOf, type Round } from '../protocol/proposer.ts';

export interface ProposerInput {
  /** One round of each register of the batch. */
  readonly rounds: readonly Preparing[];
  /** How many members there are. */
  readonly members: number;
  readonly phaseTimeoutMs: number;
  /** Sends to every member, the own acceptor included; what they reply comes back as `REPLIES`. */
  readonly ask: (requests: readonly Request[]) => void;
}

interface Context extends Omit<ProposerInput, 'rounds'> {
  readonly rounds: ReadonlyMap<string, Round>;
}

export type ProposerEvent = { type: 'REPLIES'; from: MemberId; replies: readonly Reply[] };

/**
 * One batch of rounds, driven through both phases. A round that is settled early leaves the batch; one that no majority
 * answered in time stays as it was. A round is done here whatever came of it: to go on is a matter of a new one, at a
 * higher ballot, so a ballot that has carried a value never carries another.
 */
export const proposerMachine = setup({
  types: {
    context: {} as Context,
    events: {} as ProposerEvent,
    input: {} as ProposerInput,
    output: {} as { rounds: readonly Round[] },
  },
  guards: {
    allPrepared: ({ context }) => !some(context, 'preparing'),
    allSettled: ({ context }) => !some(context, 'accepting'),
  },
  actions: {
    askToPrepare: ({ context }) =>
      context.ask([...context.rounds.values()].filter((round) => round.phase === 'preparing').map(prepareOf)),
    askToAccept: ({ context }) => {
      const accepts = [...context.rounds.values()].filter((round) => round.phase === 'accepting').map(acceptOf);
      if (accepts.length > 0) context.ask(accepts);
    },
    countInPhase1: assign(({ context, event }) => ({ rounds: count(context, event) })),
    countInPhase2: assign(({ context, event }) => ({
      rounds: count(context, event, ({ phase }) => phase === 'accepting'),
    })),
  },
  delays: { phaseTimeout: ({ context }) => context.phaseTimeoutMs },
}).createMachine({
  id: 'proposer',
  context: ({ input }) => ({ ...input, rounds: new Map(input.rounds.map((round) => [round.name, round])) }),
  initial: 'preparing',
  states: {
    preparing: {
      description: 'Phase 1: asking a majority to promise.',
      entry: 'askToPrepare',
      on: { REPLIES: { actions: 'countInPhase1' } },
      always: { guard: 'allPrepared', target: 'accepting' },
      after: { phaseTimeout: 'accepting' },
    },
    accepting: {
      description: 'Phase 2: asking a majority to accept what phase 1 bound the ballot to.',
      entry: 'askToAccept',
      on: { REPLIES: { actions: 'countInPhase2' } },
      always: { guard: 'allSettled', target: 'done' },
      after: { phaseTimeout: 'done' },
    },
    done: { type: 'final' },
  },
  output: ({ context }) => ({ rounds: [...context.rounds.values()] }),
});

function some({ rounds }: Context, phase: Round['phase']): boolean {
  for (const round of rounds.values()) if (round.phase === phase) return true;
  return false;
}

function count(
  { rounds, members }: Context,
  { from, replies }: ProposerEvent,
  isOpen: (round: Round) => boolean = (round) => !isSettled(round),
): ReadonlyMap<string, Round> {
  const counted = new Map(rounds);
  for (const reply of replies) {
    const round = counted.get(reply.name);
    if (round !== undefined && isOpen(round)) counted.set(reply.name, onReply(round, from, reply, members));
  }
  return counted;
}
