import type { MemberEvent } from '../../src/events.ts';
import { Peers } from '../../src/node/peers.ts';
import type { PeerMessage, Store } from '../../src/ports.ts';
import type { Credentials, Hello, PeerRecord, Refusal } from '../../src/protocol/membership.ts';
import { ManualClock, settled } from './manual-clock.ts';

export const HEARTBEAT_MS = 1_000;
export const PEER_SILENT_MS = 3_500;

interface Write {
  readonly what: string;
  readonly finish: () => void;
  readonly fail: (error: Error) => void;
}

/** The peers of n1, one of so many members; its store answers when the test says so, and its network is the test. */
export function world({ members = 3, enrolled = true, known = {} as Record<string, Partial<PeerRecord>> } = {}) {
  const names = Array.from({ length: members }, (_, index) => `n${index + 1}`);
  const clock = new ManualClock();
  const events: MemberEvent[] = [];
  const writes: Write[] = [];
  const noted: (readonly [member: string, commits: number])[] = [];
  const hellos: { to: string; message: PeerMessage; answer: (answer: PeerMessage) => void; isStopped: boolean }[] = [];
  const admitted: string[] = [];
  const refused: (readonly [by: string, refusal: Refusal])[] = [];
  const failures: unknown[] = [];
  const write = (what: string) =>
    new Promise<void>((finish, fail) => {
      writes.push({ what, finish, fail });
    });

  /** The process of a member on its third start, unless said otherwise. */
  const processOf = (member: string, over: Partial<Credentials> = {}): Credentials => ({
    cluster: 'c',
    member,
    storeId: `disk-of-${member}`,
    incarnation: 3,
    session: `session-of-${member}`,
    commits: 10,
    ...over,
  });
  const helloOf = (member: string, over: Partial<Credentials> = {}, isEnrolled = true): Hello => {
    return { credentials: processOf(member, over), members: names, enrolled: isEnrolled, remembers: [] };
  };
  const recordOf = (member: string, over: Partial<PeerRecord> = {}): PeerRecord => {
    const { storeId, incarnation, session, commits } = processOf(member);
    return { storeId, incarnation, session, commits, enrolled: true, ...over };
  };
  const store = {
    identity: { cluster: 'c', member: 'n1', members: names, storeId: 'disk-of-n1', incarnation: 2 },
    commits: 5,
    peers: new Map(Object.entries(known).map(([member, over]) => [member, recordOf(member, over)])),
    enrolled,
    enrol: async () => {
      await write('enrol');
      store.enrolled = true;
    },
    savePeer: (member: string, record: PeerRecord) => write(`${member} ${record.session} ${record.commits}`),
    notePeerCommits: (member: string, commits: number) => noted.push([member, commits]),
    flushPeers: async () => undefined,
  };
  const peers = new Peers({
    store: store as unknown as Store,
    transport: {
      payloadBytesMax: 1_048_576,
      serve: () => undefined,
      send: () => undefined,
      request: (to, message, answer) => {
        const hello = { to, message, answer, isStopped: false };
        hellos.push(hello);
        return () => {
          hello.isStopped = true;
        };
      },
      announce: () => () => undefined,
    },
    clock,
    emit: (event) => events.push(event),
    heartbeatMs: HEARTBEAT_MS,
    peerSilentMs: PEER_SILENT_MS,
    credentials: () => processOf('n1', { incarnation: 2 }),
    onAdmitted: () => admitted.push('admitted'),
    onRefused: (by, refusal) => refused.push([by, refusal]),
    onStoreFailed: (error) => failures.push(error),
  });

  /** A hello comes; its answers are added to the list that is returned. */
  const hear = async (hello: Hello) => {
    const answers: PeerMessage[] = [];
    peers.onHello({ type: 'hello', sender: hello.credentials, hello }, (answer) => answers.push(answer));
    await settled();
    return answers;
  };
  /** The store answers all that it was asked. */
  const save = async () => {
    for (const { finish } of writes.splice(0)) finish();
    await settled();
  };
  /** A hello comes, and is on the disk. */
  const meet = async (hello: Hello) => {
    const answers = await hear(hello);
    await save();
    return answers;
  };
  const answer = async (from: string, message: PeerMessage) => {
    hellos.findLast(({ to }) => to === from)?.answer(message);
    await settled();
  };
  /** A member welcomes this one; what that has saved is on the disk. */
  const welcome = async (from: string, over: Partial<Credentials> = {}) => {
    await answer(from, { type: 'welcome', sender: processOf(from, over), hello: helloOf(from, over) });
    await save();
  };
  const refuse = (from: string, refusal: Refusal) =>
    answer(from, { type: 'refusal', sender: processOf(from), refusal });
  return {
    ...{ peers, clock, store, events, writes, noted, hellos, admitted, refused, failures },
    ...{ processOf, helloOf, hear, save, meet, answer, welcome, refuse },
  };
}
