import { assign, setup } from 'xstate';
import type { MemberId } from '../protocol/ballot.ts';
import type { Reply, Request } from '../protocol/messages.ts';
import { type Finding, findingOf, type Inquiry, onAnswer, startInquiry } from '../protocol/reader.ts';

export interface ReaderInput {
  readonly names: readonly string[];
  /** How many members there are. */
  readonly members: number;
  readonly phaseTimeoutMs: number;
  readonly readGraceMs: number;
  /** Sends to every member, the own acceptor included; what they reply comes back as `REPLIES`. */
  readonly ask: (requests: readonly Request[]) => void;
}

interface Context extends Omit<ReaderInput, 'names'> {
  readonly inquiries: ReadonlyMap<string, Inquiry>;
}

export type ReaderEvent = { type: 'REPLIES'; from: MemberId; replies: readonly Reply[] };

/**
 * One batch of inquiries. It ends as soon as all are settled; where a majority is divided it waits a little for the other
 * members, because to finish a register by a round of its own would get in the way of whoever is writing it.
 */
export const readerMachine = setup({
  types: {
    context: {} as Context,
    events: {} as ReaderEvent,
    input: {} as ReaderInput,
    output: {} as { findings: ReadonlyMap<string, Finding> },
  },
  guards: {
    allSettled: ({ context }) => !some(context, 'pending') && !some(context, 'divided'),
    onlyDivided: ({ context }) => !some(context, 'pending'),
  },
  actions: {
    ask: ({ context }) => context.ask([...context.inquiries.keys()].map((name) => ({ type: 'query', name }))),
    note: assign(({ context, event }) => ({ inquiries: note(context.inquiries, event) })),
  },
  delays: {
    phaseTimeout: ({ context }) => context.phaseTimeoutMs,
    readGrace: ({ context }) => context.readGraceMs,
  },
}).createMachine({
  id: 'reader',
  context: ({ input }) => ({ ...input, inquiries: new Map(input.names.map((name) => [name, startInquiry(name)])) }),
  initial: 'asking',
  on: { REPLIES: { actions: 'note' } },
  states: {
    asking: {
      description: 'A majority has not answered yet.',
      entry: 'ask',
      always: [
        { guard: 'allSettled', target: 'done' },
        { guard: 'onlyDivided', target: 'lingering' },
      ],
      after: { phaseTimeout: 'done' },
    },
    lingering: {
      description: 'A majority answered, and does not agree: the others may settle it.',
      always: { guard: 'allSettled', target: 'done' },
      after: { readGrace: 'done' },
    },
    done: { type: 'final' },
  },
  output: ({ context }) => ({ findings: findings(context) }),
});

function findings({ inquiries, members }: Context): ReadonlyMap<string, Finding> {
  return new Map(Array.from(inquiries, ([name, inquiry]) => [name, findingOf(inquiry, members)]));
}

function some({ inquiries, members }: Context, type: Finding['type']): boolean {
  for (const inquiry of inquiries.values()) if (findingOf(inquiry, members).type === type) return true;
  return false;
}

function note(inquiries: ReadonlyMap<string, Inquiry>, { from, replies }: ReaderEvent): ReadonlyMap<string, Inquiry> {
  const noted = new Map(inquiries);
  for (const reply of replies) {
    const inquiry = noted.get(reply.name);
    if (inquiry !== undefined) noted.set(reply.name, onAnswer(inquiry, from, reply));
  }
  return noted;
}
