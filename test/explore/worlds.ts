import type { ActorSpec, WorldSpec } from './world.ts';

/** A writer with one round and no crash, unless told otherwise. */
export function writer(name: string, value: string, rounds = 1, restarts = 0): ActorSpec {
  return { name, value, rounds, restarts, opens: false };
}

/** A reader that may begin one round to finish what it finds divided. */
export function reader(name: string, rounds = 1): ActorSpec {
  return { name, value: null, rounds, restarts: 0, opens: false };
}

/** The home of the register: it opens once in each of its lives, and may go on in that many rounds in all of them together. */
export function home(name: string, value: string, incarnations: number, rounds = 0): ActorSpec {
  return { name, value, rounds, restarts: incarnations - 1, opens: true };
}

/** Three acceptors that tell and are told everything, and keep their disks, unless told otherwise. */
export function world(title: string, actors: readonly ActorSpec[], changed: Partial<WorldSpec> = {}): WorldSpec {
  return {
    title,
    acceptors: 3,
    actors,
    decides: true,
    decidesLost: false,
    diskLosses: 0,
    chosen: 'with the home',
    lateReplies: true,
    ...changed,
  };
}

const LEAN = { lateReplies: false };

/** Small enough for every run of the tests. */
export const SMALL_WORLDS: readonly [WorldSpec, ...WorldSpec[]] = [
  world('two writers, a round each', [writer('n1', 'alice'), writer('n2', 'bob')]),
  world('two writers, two rounds each', [writer('n1', 'alice', 2), writer('n2', 'bob', 2)], LEAN),
  world('two writers, one crashes', [writer('n1', 'alice', 2, 1), writer('n2', 'bob')]),
  world('two writers, two rounds each, one crashes', [writer('n1', 'alice', 2, 1), writer('n2', 'bob', 2)], LEAN),
  world('two writers, a round each, a reader', [writer('n1', 'alice'), writer('n2', 'bob'), reader('n3')], LEAN),
  world('two writers, a round each, one disk lost', [writer('n1', 'alice'), writer('n2', 'bob')], { diskLosses: 1 }),
  world('four acceptors, two writers, a round each', [writer('n1', 'alice'), writer('n2', 'bob')], { acceptors: 4 }),
  world('five acceptors, two writers, a round each', [writer('n1', 'alice'), writer('n2', 'bob')], { acceptors: 5 }),
];

/** Each is searched to its end. */
export const WHOLE_WORLDS: readonly WorldSpec[] = [
  world('two writers, a round each', [writer('n1', 'alice'), writer('n2', 'bob')]),
  world('two writers, two rounds each', [writer('n1', 'alice', 2), writer('n2', 'bob', 2)]),
  world('two writers, two rounds each, one crashes', [writer('n1', 'alice', 2, 1), writer('n2', 'bob', 2)]),
  world('two writers, two rounds each, either crashes', [writer('n1', 'alice', 2, 1), writer('n2', 'bob', 2, 1)], LEAN),
  world('three writers, a round each', [writer('n1', 'alice'), writer('n2', 'bob'), writer('n3', 'carol')], LEAN),
  world('two writers, a round each, a reader', [writer('n1', 'alice'), writer('n2', 'bob'), reader('n3')]),
  world(
    'two writers, one of two rounds, a reader',
    [writer('n1', 'alice', 2), writer('n2', 'bob'), reader('n3')],
    LEAN,
  ),
  world('two writers, a round each, one disk lost', [writer('n1', 'alice'), writer('n2', 'bob')], { diskLosses: 1 }),
  world('four acceptors, two writers, a round each', [writer('n1', 'alice'), writer('n2', 'bob')], { acceptors: 4 }),
  world('five acceptors, two writers, a round each', [writer('n1', 'alice'), writer('n2', 'bob')], { acceptors: 5 }),
];

/** Too large to promise an end: searched as far as the limits allow. */
export const LARGE_WORLDS: readonly WorldSpec[] = [
  world('five acceptors, two writers, two rounds each', [writer('n1', 'alice', 2), writer('n2', 'bob', 2)], {
    acceptors: 5,
    ...LEAN,
  }),
  world(
    'two writers, two rounds each, a reader',
    [writer('n1', 'alice', 2), writer('n2', 'bob', 2), reader('n3')],
    LEAN,
  ),
  world(
    'two writers, a round each, two readers',
    [writer('n1', 'alice'), writer('n2', 'bob'), reader('n3'), reader('n4')],
    LEAN,
  ),
  world(
    'three writers, two rounds each',
    [writer('n1', 'alice', 2), writer('n2', 'bob', 2), writer('n3', 'carol', 2)],
    LEAN,
  ),
];
