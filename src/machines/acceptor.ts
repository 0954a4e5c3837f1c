import { assign, setup } from 'xstate';
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
  /** Told when a load or a save failed, or a rule was found broken: nothing is answered from then on. */
  readonly onFailed: (error: unknown) => void;
  readonly queueMax: number;
  /** What one batch takes, unless a single message has more. */
  readonly batchRequestsMax: number;
  readonly decideDelayMs: number;
}

interface Context extends AcceptorInput {
  /** What came since the batch under way was taken. */
  readonly waiting: readonly Job[];
  readonly waitingRequests: number;
  readonly batch: readonly Job[];
  readonly verdict: BatchVerdict;
}

export type AcceptorEvent =
  | { type: 'REQUESTS'; job: Job }
  /** The states of the batch's registers were loaded, and the rules asked. */
  | { type: 'VERDICT'; verdict: BatchVerdict }
  /** What the batch changed is on the disk. */
  | { type: 'SAVED'; commit: number; tookMs: number }
  /** A load or a save failed, or a rule of the protocol was found broken. */
  | { type: 'FAILED'; error: unknown };

const NOTHING: BatchVerdict = { changes: [], replies: [] };

/**
 * The acceptor of one member. It takes all that waits as one batch: loads the states, decides, saves what changed in one
 * commit, and only then replies; meanwhile the next batch gathers. Where a load, a save or a rule fails it falls silent for good.
 *
 * It has few states, and starts no actors of its own: every batch of every member passes here, and each microstep of XState
 * costs as much as many registers do.
 */
export const acceptorMachine = setup({
  types: {
    context: {} as Context,
    events: {} as AcceptorEvent,
    input: {} as AcceptorInput,
  },
  guards: {
    full: ({ context, event }) =>
      event.type === 'REQUESTS' && context.waitingRequests + event.job.requests.length > context.queueMax,
    isAwaited: ({ event }) => event.type === 'REQUESTS' && isAwaited(event.job),
    somebodyWaits: ({ context }) => context.waiting.some(isAwaited),
    somethingWaits: ({ context }) => context.waiting.length > 0,
    somethingChanged: (_, { verdict }: { verdict: BatchVerdict }) => verdict.changes.length > 0,
  },
  actions: {
    enqueue: assign(({ context }, { job }: { job: Job }) => ({
      waiting: [...context.waiting, job],
      waitingRequests: context.waitingRequests + job.requests.length,
    })),
    shed: ({ context }, { job }: { job: Job }) => context.emit({ type: 'overloaded', requests: job.requests.length }),
    takeBatch: assign(({ context: { waiting, waitingRequests, batchRequestsMax } }) => {
      const { jobs, requests } = firstBatch(waiting, batchRequestsMax);
      return {
        batch: waiting.slice(0, jobs),
        waiting: waiting.slice(jobs),
        waitingRequests: waitingRequests - requests,
      };
    }),
    decide: ({ context: { store, batch }, self }) => {
      const requests = batch.map((job) => job.requests);
      load(store, requests)
        .then((states) => self.send({ type: 'VERDICT', verdict: onBatch(states, requests) }))
        .catch((error) => self.send({ type: 'FAILED', error }));
    },
    noteVerdict: assign((_, { verdict }: { verdict: BatchVerdict }) => ({ verdict })),
    save: ({ context: { store, clock, verdict }, self }) => {
      const startedMs = clock.now();
      store.save(verdict.changes).then(
        (commit) => self.send({ type: 'SAVED', commit, tookMs: clock.now() - startedMs }),
        (error) => self.send({ type: 'FAILED', error }),
      );
    },
    reply: ({ context: { batch, emit } }, { verdict, commit }: { verdict: BatchVerdict; commit: number | null }) => {
      batch.forEach((job, index) => {
        const replies = verdict.replies[index] ?? [];
        if (replies.length === 0) return;
        emit({ type: 'answered', to: job.from, replies });
        job.respond(replies, commit);
      });
    },
    clear: assign({ batch: [], verdict: NOTHING }),
    reportCommit: ({ context }, { tookMs }: { tookMs: number }) =>
      context.emit({ type: 'committed', registers: context.verdict.changes.length, tookMs }),
    reportFailure: ({ context }, { error }: { error: unknown }) => context.onFailed(error),
  },
  delays: { decideDelay: ({ context }) => context.decideDelayMs },
}).createMachine({
  id: 'acceptor',
  context: ({ input }) => ({ ...input, waiting: [], waitingRequests: 0, batch: [], verdict: NOTHING }),
  initial: 'idle',
  on: {
    REQUESTS: [
      { guard: 'full', actions: { type: 'shed', params: ({ event }) => event } },
      { actions: { type: 'enqueue', params: ({ event }) => event } },
    ],
    FAILED: '.failed',
  },
  states: {
    idle: {
      on: {
        REQUESTS: [
          { guard: 'isAwaited', target: 'deciding', actions: { type: 'enqueue', params: ({ event }) => event } },
          { target: 'lingering', actions: { type: 'enqueue', params: ({ event }) => event } },
        ],
      },
    },
    lingering: {
      description: 'Only learned decisions wait: nobody is held up, so others may join their commit.',
      on: {
        REQUESTS: [
          { guard: 'full', actions: { type: 'shed', params: ({ event }) => event } },
          { guard: 'isAwaited', target: 'deciding', actions: { type: 'enqueue', params: ({ event }) => event } },
          { actions: { type: 'enqueue', params: ({ event }) => event } },
        ],
      },
      after: { decideDelay: 'deciding' },
    },
    deciding: {
      description: 'What is on the disk of the batch, and what the rules make of it.',
      entry: ['takeBatch', 'decide'],
      on: {
        VERDICT: [
          {
            guard: { type: 'somethingChanged', params: ({ event }) => event },
            target: 'saving',
            actions: { type: 'noteVerdict', params: ({ event }) => event },
          },
          {
            target: 'next',
            actions: { type: 'reply', params: ({ event: { verdict } }) => ({ verdict, commit: null }) },
          },
        ],
      },
    },
    saving: {
      description: 'Nothing is answered before this is on the disk.',
      entry: 'save',
      on: {
        SAVED: {
          target: 'next',
          actions: [
            { type: 'reportCommit', params: ({ event }) => event },
            {
              type: 'reply',
              params: ({ context, event: { commit } }) => ({ verdict: context.verdict, commit }),
            },
          ],
        },
      },
    },
    next: {
      entry: 'clear',
      always: [
        { guard: 'somebodyWaits', target: 'deciding' },
        { guard: 'somethingWaits', target: 'lingering' },
        { target: 'idle' },
      ],
    },
    failed: {
      description: 'What the disk holds is not known, or a rule was broken: silence, for good.',
      type: 'final',
      entry: {
        type: 'reportFailure',
        params: ({ event }) => ({ error: event.type === 'FAILED' ? event.error : undefined }),
      },
    },
  },
});

/** How many of the messages make one batch, and how many requests are in them: at least one message. */
function firstBatch(waiting: readonly Job[], requestsMax: number): { jobs: number; requests: number } {
  let jobs = 0;
  let requests = 0;
  for (const job of waiting) {
    if (jobs > 0 && requests + job.requests.length > requestsMax) break;
    requests += job.requests.length;
    jobs += 1;
  }
  return { jobs, requests };
}

function load(
  store: Pick<Store, 'load'>,
  messages: readonly (readonly Request[])[],
): Promise<ReadonlyMap<string, RegisterState>> {
  const [only] = messages;
  // A message names a register once, most often; to ask for one twice does no harm.
  if (only !== undefined && messages.length === 1) return store.load(only.map(({ name }) => name));
  const names = new Set<string>();
  for (const requests of messages) for (const { name } of requests) names.add(name);
  return store.load([...names]);
}

function isAwaited({ requests }: Job): boolean {
  return requests.some(({ type }) => type !== 'decide');
}
