import { CALM, type Control } from './control.ts';
import type { Options } from './options.ts';

const MEMBER = 'node/member.ts';
const PEERS = 'node/peers.ts';
const PRESENCE = 'node/presence.ts';
const MEMBERSHIP = 'protocol/membership.ts';

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
    edits: [
      { file: PEERS, from: 'believesRefusal(store.enrolled, peer.record, refuser, refusal)', to: 'peer !== undefined' },
    ],
    faults: MEETINGS,
    world: FOUNDED_NAMESAKES,
  },
  {
    name: 'two clusters that serve on one prefix',
    edits: [{ file: MEMBER, from: 'if (clash !== null) {', to: "if (clash === '') {" }],
    faults: MEETINGS,
    world: OTHERS,
  },
  {
    name: 'a member that joins on a prefix that is taken',
    edits: [{ file: PRESENCE, from: 'this.#answer === undefined || this.#isOurs', to: 'this.#answer !== null' }],
    faults: MEETINGS,
    world: { ...OTHERS, strangers: { ...OTHERS.strangers, isFounded: false } },
  },
  {
    name: 'a member that leaves its own cluster alone beside another one',
    edits: [{ file: PRESENCE, from: 'this.#answer === undefined || this.#isOurs', to: 'this.#answer === undefined' }],
    faults: { ...MEETINGS, crashMeanMs: 500 },
    world: OTHERS,
  },
  {
    name: 'a clash without an end',
    edits: [{ file: PRESENCE, from: 'heardMs <= silentSinceMs', to: 'heardMs + silentSinceMs === 0.5' }],
    faults: MEETINGS,
    world: OTHERS,
  },
  {
    name: 'clusters told apart by their names and members alone',
    edits: [
      {
        file: MEMBERSHIP,
        from: "return isUnknown || isAnother ? 'other-stores' : undefined;",
        to: 'return undefined;',
      },
    ],
    faults: MEETINGS,
    world: FOUNDED_NAMESAKES,
  },
  {
    name: 'a new store takes a member that knows another one in its place for its own',
    edits: [{ file: MEMBERSHIP, from: 'return isUnknown || isAnother ?', to: 'return isAnother ?' }],
    faults: MEETINGS,
    world: NEW_NAMESAKES,
  },
  {
    // Found by what is kept at an orderly stop, and by old copies that come back to whom nothing but hellos told of more.
    name: 'the live count of a hello dropped',
    edits: [{ file: PEERS, from: 'if (refusal === undefined) this.trusts(sender);', to: '' }],
    faults: { leaveMeanMs: 1_000 },
  },
  {
    name: 'an old copy let in by peers that only hellos told of more',
    edits: [
      { file: PEERS, from: 'if (refusal === undefined) this.trusts(sender);', to: '' },
      { file: PRESENCE, from: 'peers.trusts(sender);', to: '' },
    ],
    faults: { leaveMeanMs: 0, oldCopyMeanMs: 500 },
  },
  {
    name: 'what is known of peers forgotten at an orderly stop',
    tampering: { forgetsPeersAtClose: true },
    faults: { leaveMeanMs: 1_000 },
  },
];
