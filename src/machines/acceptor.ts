import { setup } from 'xstate';

/** The work of the acceptor, whose order its machine has. */
export interface AcceptorWork {
  readonly lingerMs: number;
  /** Takes what waits as one batch, loads its states and decides: `DECIDED` follows. */
  load(): void;
  /** Whether the replies of the batch may leave as they are, because they rest on nothing new. */
  readonly mayLeave: boolean;
  /** Saves what the batch changed in one commit: `SAVED` follows. */
  save(): void;
  reply(): void;
  /** Whether somebody waits for an answer, or just for something to be done. */
  readonly somebodyWaits: boolean;
  readonly somethingWaits: boolean;
  fallSilent(cause: unknown): void;
}

export type AcceptorEvent =
  /** Somebody waits for an answer. */
  | { type: 'ASKED' }
  /** A learned decision came, and nobody waits for it. */
  | { type: 'LEARNED' }
  /** The states of the batch are loaded, and the rules were asked. */
  | { type: 'DECIDED' }
  /** The changes of the batch are on the disk. */
  | { type: 'SAVED' }
  /** A load or a save failed, or a rule of the protocol was found broken. */
  | { type: 'FAILED'; cause: unknown };

const NEXT = [
  { guard: 'somebodyWaits', target: 'loading', reenter: true, actions: 'reply' },
  { guard: 'somethingWaits', target: 'lingering', actions: 'reply' },
  { target: 'idle', actions: 'reply' },
] as const;

/**
 * The acceptor of one member, a batch at a time: load, decide, save, and only then reply. Meanwhile the next batch gathers.
 * After a failure it falls silent for good. Three steps a batch, and nothing is assigned: every write passes here on every
 * member, and a step of XState costs as much as many registers do.
 */
export const acceptorMachine = setup({
  types: {
    context: {} as { readonly work: AcceptorWork },
    events: {} as AcceptorEvent,
    input: {} as { readonly work: AcceptorWork },
  },
  guards: {
    somethingChanged: ({ context }) => !context.work.mayLeave,
    somebodyWaits: ({ context }) => context.work.somebodyWaits,
    somethingWaits: ({ context }) => context.work.somethingWaits,
  },
  actions: {
    load: ({ context }) => context.work.load(),
    save: ({ context }) => context.work.save(),
    reply: ({ context }) => context.work.reply(),
    fallSilent: ({ context, event }) => context.work.fallSilent(event.type === 'FAILED' ? event.cause : undefined),
  },
  delays: { linger: ({ context }) => context.work.lingerMs },
}).createMachine({
  id: 'acceptor',
  context: ({ input }) => input,
  initial: 'idle',
  on: { FAILED: '.failed' },
  states: {
    idle: { on: { ASKED: 'loading', LEARNED: 'lingering' } },
    lingering: {
      description: 'Only learned decisions wait: nobody is held up, so others may join their commit.',
      on: { ASKED: 'loading' },
      after: { linger: 'loading' },
    },
    loading: {
      description: 'What is on the disk of the batch, and what the rules make of it.',
      entry: 'load',
      on: { DECIDED: [{ guard: 'somethingChanged', target: 'saving' }, ...NEXT] },
    },
    saving: {
      description: 'Nothing is answered before this is on the disk.',
      entry: 'save',
      on: { SAVED: [...NEXT] },
    },
    failed: {
      description: 'What the disk holds is not known, or a rule was broken: silence, for good.',
      entry: 'fallSilent',
    },
  },
});
