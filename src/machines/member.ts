import { type AnyActorLogic, type EventObject, enqueueActions, setup } from 'xstate';
import type { Emit, MemberState } from '../events.ts';

/** A machine that lives for as long as its member does. */
export interface Child {
  /** Its name in the member's system of actors. */
  readonly id: string;
  readonly logic: AnyActorLogic;
  readonly input: unknown;
  /** Given how to send it events, once it lives. */
  readonly attach: (actor: { send(event: EventObject): unknown }) => void;
}

export interface MemberInput {
  readonly emit: Emit;
  readonly drainTimeoutMs: number;
  /** The acceptor, the lanes of the proposer and of the reader, and who is in charge. */
  readonly children: readonly Child[];
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

/**
 * The life of a member, and the parent of all its machines: they are made when it starts and stop when it ends. It answers
 * clients while it serves, other members in any state but the last two.
 */
export const memberMachine = setup({
  types: {
    context: {} as MemberInput,
    events: {} as MemberMachineEvent,
    input: {} as MemberInput,
  },
  actions: {
    tell: ({ context, event }, { state }: { state: MemberState }) =>
      context.emit(event.type === 'FAILED' ? { type: 'state', state, reason: event.reason } : { type: 'state', state }),
    spawnChildren: enqueueActions(({ context, enqueue }) => {
      // The library's types know only children that the setup names.
      const spawn = enqueue.spawnChild as (logic: AnyActorLogic, options: object) => void;
      for (const { id, logic, input } of context.children) spawn(logic, { id, systemId: id, input });
    }),
  },
  delays: { drainTimeout: ({ context }) => context.drainTimeoutMs },
}).createMachine({
  id: 'member',
  context: ({ input }) => input,
  entry: 'spawnChildren',
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
