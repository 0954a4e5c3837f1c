import type { WorldSpec } from './world.ts';
import { home, world, writer } from './worlds.ts';

/** There, what any majority has accepted is chosen. */
export const BY_A_MAJORITY = { chosen: 'by a majority' } as const;

/** Worlds of the fenced version, small enough for every run of the tests. */
export const SMALL_FENCED_WORLDS: readonly WorldSpec[] = [
  world('fenced: a home of two incarnations', [home('n1', 'alice', 2)], BY_A_MAJORITY),
];

/** Each is searched to its end. */
export const WHOLE_FENCED_WORLDS: readonly WorldSpec[] = [
  world('fenced: a home of three incarnations', [home('n1', 'alice', 3)], BY_A_MAJORITY),
  world(
    'fenced: a home of two incarnations, a writer of two rounds',
    [home('n1', 'alice', 2), writer('n2', 'bob', 2)],
    {
      ...BY_A_MAJORITY,
      lateReplies: false,
    },
  ),
  world('fenced: a home of three incarnations, a writer', [home('n1', 'alice', 3), writer('n2', 'bob')], {
    ...BY_A_MAJORITY,
    lateReplies: false,
  }),
];
