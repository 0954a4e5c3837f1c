import { assign, fromPromise, setup } from 'xstate';
import type { Emit } from '../events.ts';
import type { Clock, Store } from '../ports.ts';
import type { MemberId } from '../protocol/ballot.ts';
import { type BatchVerdict, onBatch } from '../protocol/batch.ts';
import type { Reply, Request } from '../protocol/messages.ts';
import type { RegisterState } from '../protocol/register.ts';

/** One message to the acceptor: what it asks, and where the replies go. */
export interface Job {
  readonly from: MemberId;
  readonly requests: readonly Request[];
  /**
   * Called once, after everything that the replies rest on is on the disk; never when that failed.
   * @param commit the commit that saved what the batch changed; null where it changed nothing.
   */
  readonly respond: (replies: readonly Reply[], commit: number | null) => unknown;
}

export interface AcceptorInput {
  readonly store: Pick<Store, 'load' | 'save'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly emit: Emit;
  /** Told when a load or a save failed: nothing is answered from then on. */
  readonly onFailed: (error: unknown) => void;
  readonly queueMax: number;
  readonly decideDelayMs: number;
}

interface Context extends AcceptorInput {
  /** What came since the batch under way was taken. */
  readonly waiting: readonly Job[];
  readonly waitingRequests: number;
  readonly batch: readonly Job[];
  readonly verdict: BatchVerdict;
  readonly commit: number | null;
}

interface Saved {
  readonly commit: number;
  readonly tookMs: number;
}

const NOTHING: BatchVerdict = { changes: [], replies: [] };

/**
 * The acceptor of one member. It takes all that waits as one batch: loads the states, decides, saves what changed in one
 * commit, and only then replies; meanwhile the next batch gathers. Where a load or a save fails it falls silent for good.
 */
export const acceptorMachine = setup({
  types: {
    context: {} as Context,
    events: {} as { type: 'REQUESTS'; job: Job },
    input: {} as AcceptorInput,
  },
  actors: {
    load: fromPromise<ReadonlyMap<string, RegisterState>, Context>(({ input: { store, batch } }) => {
      const names = new Set(batch.flatMap(({ requests }) => requests.map(({ name }) => name)));
      return store.load([...names]);
    }),
    save: fromPromise<Saved, Context>(async ({ input: { store, clock, verdict } }) => {
      const startedMs = clock.now();
      const commit = await store.save(verdict.changes);
      return { commit, tookMs: clock.now() - startedMs };
    }),
  },
  guards: {
    full: ({ context, event }) => context.waitingRequests + event.job.requests.length > context.queueMax,
    somebodyWaits: ({ context }) => context.waiting.some(isAwaited),
    somethingWaits: ({ context }) => context.waiting.length > 0,
    somethingChanged: ({ context }) => context.verdict.changes.length > 0,
  },
  actions: {
    enqueue: assign(({ context, event }) => ({
      waiting: [...context.waiting, event.job],
      waitingRequests: context.waitingRequests + event.job.requests.length,
    })),
    shed: ({ context, event }) => context.emit({ type: 'overloaded', requests: event.job.requests.length }),
    takeBatch: assign(({ context }) => ({ batch: context.waiting, waiting: [], waitingRequests: 0 })),
    decide: assign(({ context }, { states }: { states: ReadonlyMap<string, RegisterState> }) => ({
      verdict: onBatch(
        states,
        context.batch.map(({ requests }) => requests),
      ),
    })),
    reply: ({ context: { batch, verdict, commit, emit } }) => {
      batch.forEach((job, index) => {
        const replies = verdict.replies[index] ?? [];
        if (replies.length === 0) return;
        emit({ type: 'answered', to: job.from, replies });
        job.respond(replies, commit);
      });
    },
    clear: assign({ batch: [], verdict: NOTHING, commit: null }),
    noteCommit: assign((_, { commit }: Saved) => ({ commit })),
    reportCommit: ({ context }, { tookMs }: Saved) =>
      context.emit({ type: 'committed', registers: context.verdict.changes.length, tookMs }),
    reportFailure: ({ context }, { error }: { error: unknown }) => context.onFailed(error),
  },
  delays: { decideDelay: ({ context }) => context.decideDelayMs },
}).createMachine({
  id: 'acceptor',
  context: ({ input }) => ({ ...input, waiting: [], waitingRequests: 0, batch: [], verdict: NOTHING, commit: null }),
  initial: 'idle',
  on: { REQUESTS: [{ guard: 'full', actions: 'shed' }, { actions: 'enqueue' }] },
  states: {
    idle: {
      always: [
        { guard: 'somebodyWaits', target: 'loading' },
        { guard: 'somethingWaits', target: 'lingering' },
      ],
    },
    lingering: {
      description: 'Only learned decisions wait: nobody is held up, so others may join their commit.',
      always: { guard: 'somebodyWaits', target: 'loading' },
      after: { decideDelay: 'loading' },
    },
    loading: {
      entry: 'takeBatch',
      invoke: {
        src: 'load',
        input: ({ context }) => context,
        onDone: { target: 'deciding', actions: { type: 'decide', params: ({ event }) => ({ states: event.output }) } },
        onError: 'failed',
      },
    },
    deciding: {
      always: [{ guard: 'somethingChanged', target: 'saving' }, { target: 'replying' }],
    },
    saving: {
      description: 'Nothing is answered before this is on the disk.',
      invoke: {
        src: 'save',
        input: ({ context }) => context,
        onDone: {
          target: 'replying',
          actions: [
            { type: 'noteCommit', params: ({ event }) => event.output },
            { type: 'reportCommit', params: ({ event }) => event.output },
          ],
        },
        onError: 'failed',
      },
    },
    replying: {
      entry: ['reply', 'clear'],
      always: 'idle',
    },
    failed: {
      description: 'What the disk holds is not known: silence, for good.',
      type: 'final',
      entry: {
        type: 'reportFailure',
        params: ({ event }) => ({ error: (event as { error?: unknown }).error }),
      },
    },
  },
});

function isAwaited({ requests }: Job): boolean {
  return requests.some(({ type }) => type !== 'decide');
}
