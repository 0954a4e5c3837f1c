import { CALM, type Control } from './control.ts';
import { byNameAndList, unknownTaken } from './mistakes.ts';
import type { Options } from './options.ts';

const SAME_IDS = { isNamesake: true, members: ['n1', 'n2', 'n3'] };
/** New stores with the ids of the members, beside them. */
const NEW_NAMESAKES = { members: 3, strangers: { ...SAME_IDS, isFounded: false } } satisfies Partial<Options>;
/** Two clusters that know nothing of each other, whose networks are joined. */
const FOUNDED_NAMESAKES = { members: 3, strangers: { ...SAME_IDS, isFounded: true } } satisfies Partial<Options>;
const OTHERS = {
  members: 3,
  strangers: { isNamesake: true, members: ['x1'], isFounded: true },
} satisfies Partial<Options>;
const MEETINGS = { ...CALM, strangersMeanMs: 300 };

/** Mistakes with clusters that share a prefix, and with what members know of each other's stores. */
export const CLUSTER_CONTROLS: readonly Control[] = [
  {
    name: 'a refusal believed by the name of its sender alone',
    rules: { believesRefusal: () => true },
    faults: MEETINGS,
    world: FOUNDED_NAMESAKES,
  },
  {
    name: 'two clusters that serve on one prefix',
    rules: { mayServe: () => true },
    faults: MEETINGS,
    world: OTHERS,
  },
  {
    name: 'a member that joins on a prefix that is taken',
    rules: { mustLeave: () => false },
    faults: MEETINGS,
    world: { ...OTHERS, strangers: { ...OTHERS.strangers, isFounded: false } },
  },
  {
    name: 'a member that leaves its own cluster alone beside another one',
    rules: { mustLeave: (isTaken) => isTaken },
    faults: { ...MEETINGS, crashMeanMs: 500 },
    world: OTHERS,
  },
  {
    name: 'a clash without an end',
    rules: { hasFallenSilent: () => false },
    faults: MEETINGS,
    world: OTHERS,
  },
  {
    name: 'clusters told apart by their names and members alone',
    rules: { foreignTo: byNameAndList },
    faults: MEETINGS,
    world: FOUNDED_NAMESAKES,
  },
  {
    name: 'a new store takes a member that knows another one in its place for its own',
    rules: { foreignTo: unknownTaken },
    faults: MEETINGS,
    world: NEW_NAMESAKES,
  },
  {
    // Found by what is kept at an orderly stop, and by old copies that come back to whom nothing but hellos told of more.
    name: 'the live count of a hello dropped',
    tampering: { dropsLiveCounts: 'of hellos' },
    faults: { leaveMeanMs: 1_000 },
  },
  {
    name: 'an old copy let in by peers that only hellos told of more',
    tampering: { dropsLiveCounts: 'of all' },
    faults: { leaveMeanMs: 0, oldCopyMeanMs: 500 },
  },
  {
    name: 'what is known of peers forgotten at an orderly stop',
    tampering: { forgetsPeersAtClose: true },
    faults: { leaveMeanMs: 1_000 },
  },
];
