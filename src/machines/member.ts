import { setup } from 'xstate';
import type { Emit, MemberState } from '../events.ts';

export interface MemberInput {
  readonly emit: Emit;
  readonly drainTimeoutMs: number;
}

export type MemberMachineEvent =
  /** Enough of the members listen to this one: a majority, itself included, or more of them where its store is new. */
  | { type: 'ADMITTED' }
  /** Asked to leave. */
  | { type: 'DRAIN' }
  /** Nothing is under way any more. */
  | { type: 'DRAINED' }
  /** The store failed, the other members refuse this one, or an invariant broke. */
  | { type: 'FAILED'; reason: string };

/** The life of a member. It answers clients while it serves, other members in any state but the last two. */
export const memberMachine = setup({
  types: {
    context: {} as MemberInput,
    events: {} as MemberMachineEvent,
    input: {} as MemberInput,
  },
  actions: {
    tell: ({ context, event }, { state }: { state: MemberState }) =>
      context.emit(event.type === 'FAILED' ? { type: 'state', state, reason: event.reason } : { type: 'state', state }),
  },
  delays: { drainTimeout: ({ context }) => context.drainTimeoutMs },
}).createMachine({
  id: 'member',
  context: ({ input }) => input,
  initial: 'joining',
  on: { FAILED: '.failed' },
  states: {
    joining: {
      description: 'Its store is open; the other members have not said yet that they know it.',
      entry: { type: 'tell', params: { state: 'joining' } },
      on: { ADMITTED: 'serving', DRAIN: 'draining' },
    },
    serving: {
      entry: { type: 'tell', params: { state: 'serving' } },
      on: { DRAIN: 'draining' },
    },
    draining: {
      description: 'It takes nothing new and finishes what is under way.',
      entry: { type: 'tell', params: { state: 'draining' } },
      on: { DRAINED: 'stopped' },
      after: { drainTimeout: 'stopped' },
    },
    stopped: { type: 'final', entry: { type: 'tell', params: { state: 'stopped' } } },
    failed: {
      description: 'It answers nobody any more.',
      type: 'final',
      entry: { type: 'tell', params: { state: 'failed' } },
    },
  },
});
