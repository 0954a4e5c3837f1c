import type { WorldSpec } from './world.ts';
import { home, reader, world, writer } from './worlds.ts';

const LEAN = { lateReplies: false };

/** Small enough for every run of the tests. */
export const SMALL_HOME_WORLDS: readonly WorldSpec[] = [
  world('a home of three incarnations, a writer', [home('n1', 'alice', 3), writer('n2', 'bob')]),
  world('a home of three incarnations, a writer, decisions forgotten', [home('n1', 'alice', 3), writer('n2', 'bob')], {
    ...LEAN,
    decidesLost: true,
  }),
  world('a home that goes on in a round, a writer', [home('n1', 'alice', 1, 1), writer('n2', 'bob')], LEAN),
  world('a home, two writers', [home('n1', 'alice', 1), writer('n2', 'bob'), writer('n3', 'carol')], LEAN),
  world('a home of two incarnations, a reader', [home('n1', 'alice', 2), reader('n3')]),
  world('a home of two incarnations, a writer, one disk lost', [home('n1', 'alice', 2), writer('n2', 'bob')], {
    ...LEAN,
    diskLosses: 1,
  }),
  world('five acceptors, a home, a writer', [home('n1', 'alice', 1), writer('n2', 'bob')], { ...LEAN, acceptors: 5 }),
];

/** Each is searched to its end. */
export const WHOLE_HOME_WORLDS: readonly WorldSpec[] = [
  world('a home of three incarnations, a writer', [home('n1', 'alice', 3), writer('n2', 'bob')]),
  world('a home of three incarnations, a writer of two rounds', [home('n1', 'alice', 3), writer('n2', 'bob', 2)]),
  world(
    'a home of two incarnations and a round, a writer of two rounds',
    [home('n1', 'alice', 2, 1), writer('n2', 'bob', 2)],
    LEAN,
  ),
  world('a home of three incarnations and a round, a writer', [home('n1', 'alice', 3, 1), writer('n2', 'bob')], LEAN),
  world(
    'a home of two incarnations, two writers',
    [home('n1', 'alice', 2), writer('n2', 'bob'), writer('n3', 'carol')],
    LEAN,
  ),
  world('a home of three incarnations, a reader', [home('n1', 'alice', 3), reader('n3')]),
  world(
    'a home of two incarnations, a writer, a reader',
    [home('n1', 'alice', 2), writer('n2', 'bob'), reader('n3')],
    LEAN,
  ),
  world('a home of three incarnations, a writer, decisions forgotten', [home('n1', 'alice', 3), writer('n2', 'bob')], {
    decidesLost: true,
  }),
  world('a home of two incarnations, a writer, one disk lost', [home('n1', 'alice', 2), writer('n2', 'bob')], {
    diskLosses: 1,
  }),
  world('five acceptors, a home of two incarnations, a writer', [home('n1', 'alice', 2), writer('n2', 'bob')], {
    ...LEAN,
    acceptors: 5,
  }),
];

/** Too large to promise an end: searched as far as the limits allow. */
export const LARGE_HOME_WORLDS: readonly WorldSpec[] = [
  world(
    'a home of three incarnations, two writers',
    [home('n1', 'alice', 3), writer('n2', 'bob'), writer('n3', 'carol')],
    LEAN,
  ),
  world(
    'a home of two incarnations and two rounds, a writer of two rounds',
    [home('n1', 'alice', 2, 2), writer('n2', 'bob', 2)],
    LEAN,
  ),
  world('five acceptors, a home of three incarnations, a writer', [home('n1', 'alice', 3), writer('n2', 'bob')], {
    ...LEAN,
    acceptors: 5,
  }),
];
