import { NO_BALLOT } from '../../src/protocol/ballot.ts';
import { UNTOUCHED } from '../../src/protocol/register.ts';
import { heldByMajority, wonByAnyMajority } from './any-majority.ts';
import { type Control, control } from './control.ts';
import { isOpening } from './opening.ts';
import { SHIPPED } from './rules.ts';
import { home, reader, world, writer } from './worlds.ts';

const ALONE = world('a home of two incarnations', [home('n1', 'alice', 2)]);
const FIRST_LIFE = world('a home, a writer', [home('n1', 'alice', 1), writer('n2', 'bob')]);
const SECOND_LIFE = world('a home of two incarnations, a writer', [home('n1', 'alice', 2), writer('n2', 'bob')]);
const READER = world('a home of two incarnations, a reader', [home('n1', 'alice', 2), reader('n3')]);
const TWO_HOMES = world('two homes', [home('n1', 'alice', 1), home('n2', 'bob', 1)]);
const LOST_DISK = world('a home of two incarnations, one disk lost', [home('n1', 'alice', 2)], { diskLosses: 1 });

/** Where it is in question what is chosen, what counts is what people are told. */
const AS_TOLD = { chosen: 'as told' } as const;

/** What can be got wrong about round 0, each as a small change to the shipped rules. */
export const HOME_CONTROLS: readonly Control[] = [
  control('a quorum of round 0 without the home', { ...ALONE, ...AS_TOLD }, { outcomesOf: wonByAnyMajority }),
  control(
    'a reader that takes any majority for a quorum of round 0',
    { ...READER, ...AS_TOLD },
    {
      findingOf: (inquiry, members) => {
        const held = heldByMajority(inquiry, members);
        return held === undefined ? SHIPPED.findingOf(inquiry, members) : { type: 'decided', decision: held };
      },
    },
  ),
  control('an opening without a look at the own store', ALONE, { mayOpen: (_, isOpened) => !isOpened }),
  control('the own vote counted before it is saved', ALONE, { mayLeave: () => true }),
  control('a store that forgets its vote of round 0', ALONE, {
    restarted: (saved) => (saved.accepted?.ballot.round === 0 ? UNTOUCHED : saved),
  }),
  control('a name opened twice in one incarnation', FIRST_LIFE, { mayOpen: (state) => state === undefined }),
  control('an opening at an incarnation used again', SECOND_LIFE, { nextIncarnation: (incarnation) => incarnation }),
  control('two members that both take themselves for the home', TWO_HOMES, { isFromHome: () => true }),
  control("the home's store takes an opening of an earlier life", ALONE, { takesEarlierOpenings: true }),
  control(
    'an answer to an opening of an earlier life counted',
    { ...SECOND_LIFE, ...AS_TOLD },
    {
      hearsEarlierOpenings: true,
    },
  ),
  control(
    'a refused opening counted as accepted',
    { ...FIRST_LIFE, ...AS_TOLD },
    {
      openedOf: ({ number }) => ({ number, refusals: [] }),
    },
  ),
  control(
    'an answer to an opening counted twice',
    { ...FIRST_LIFE, ...AS_TOLD },
    {
      onOpened: (vote, from, opened) =>
        SHIPPED.onOpened(vote, vote.answered.includes(from) ? `${from} again` : from, opened),
    },
  ),
  control('an opening accepted below a promise', FIRST_LIFE, {
    onRequest: (state, request) => {
      if (!isOpening(request) || state.decided) return SHIPPED.onRequest(state, request);
      const verdict = SHIPPED.onRequest({ ...state, promised: NO_BALLOT, accepted: null }, request);
      return { ...verdict, state: { ...verdict.state, promised: state.promised } };
    },
  }),
  control('a promise that hides what was accepted in round 0', FIRST_LIFE, {
    onRequest: (state, request) => {
      const verdict = SHIPPED.onRequest(state, request);
      const hides = verdict.reply?.type === 'promised' && verdict.reply.accepted?.ballot.round === 0;
      return hides ? { ...verdict, reply: { ...verdict.reply, accepted: null } } : verdict;
    },
  }),
  control('a home on a new disk let back in', LOST_DISK, {
    admit: (own, _record, hello) => SHIPPED.admit(own, undefined, hello),
  }),
];
