import { higherBallot } from '../../src/protocol/ballot.ts';
import { type Control, control as shippedControl } from './control.ts';
import { type AcceptorState, type FenceRules, THROUGH } from './fence.ts';
import { FENCE_RULES, FENCED, onFencedRequest } from './fenced.ts';
import { BY_A_MAJORITY } from './fenced-worlds.ts';
import type { Rules } from './rules.ts';
import type { WorldSpec } from './world.ts';
import { home, reader, world, writer } from './worlds.ts';

const TWO_LIVES = world('a home of two incarnations', [home('n1', 'alice', 2)], BY_A_MAJORITY);
const THREE_LIVES = world('a home of three incarnations', [home('n1', 'alice', 3)], BY_A_MAJORITY);
/** A writer may go on above its first round. */
const WRITER = world(
  'a home of two incarnations, a writer of two rounds',
  [home('n1', 'alice', 2), writer('n2', 'bob', 2)],
  { ...BY_A_MAJORITY, decides: false, lateReplies: false },
);
/** What counts is what people are told. */
const READER = world(
  'a home of two incarnations, a writer, a reader',
  [home('n1', 'alice', 2), writer('n2', 'bob'), reader('n3', 0)],
  { chosen: 'as told', decides: false, lateReplies: false },
);
const NO_OTHERS = { hasOthers: false };

function control(title: string, where: WorldSpec, changed: Partial<Rules>, fencing: Partial<FenceRules> = {}): Control {
  return shippedControl(title, where, { ...FENCED, ...changed, fencing: { ...FENCE_RULES, ...fencing } });
}

/** What can be got wrong in the fenced version of round 0, each as a small change to its rules. */
export const FENCED_CONTROLS: readonly Control[] = [
  control('no fence', TWO_LIVES, {}, { begin: THROUGH }),
  control('a fence that the acceptors do not save', THREE_LIVES, { restarted: withoutFence }),
  control(
    'a reply that lists only what is still accepted in round 0',
    WRITER,
    {
      onRequest: (state, request) => {
        const isStill = state.accepted?.ballot.round === 0;
        if (request.type !== 'fence' || state.notes === undefined || isStill) return onFencedRequest(state, request);
        const { reply, state: next } = onFencedRequest(state, request);
        return { state: next, reply: reply?.type === 'fenced' ? { ...reply, lines: [] } : reply };
      },
    },
    NO_OTHERS,
  ),
  control('a reported register kept in memory only', THREE_LIVES, {}, { note: (state) => state }),
  control(
    'a reported value taken as an acceptance at its old ballot',
    READER,
    {},
    {
      ...NO_OTHERS,
      note: (state, { ballot, proposal }) => ({
        ...state,
        promised: higherBallot(state.promised, ballot),
        accepted: { ballot, proposal },
      }),
    },
  ),
  control('the number in the fence off by one', TWO_LIVES, {
    onRequest: (state, request) =>
      onFencedRequest(state, request.type === 'fence' ? { ...request, held: request.held + 1 } : request),
  }),
  control('an opening without a look at the own store', TWO_LIVES, { mayOpen: () => true }),
  control('the own batches committed out of their order', TWO_LIVES, {}, { commitsInOrder: false }),
];

function withoutFence(saved: AcceptorState): AcceptorState {
  return saved.notes === undefined ? saved : { ...saved, notes: { ...saved.notes, fence: 0 } };
}
