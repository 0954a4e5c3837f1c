import { Peers } from '../../src/node/peers/peers.ts';
import type { PeerMessage } from '../../src/ports.ts';
import type { Credentials, Hello, PeerRecord, Refusal } from '../../src/protocol/membership.ts';
import { contextOf } from './context.ts';
import { settled } from './manual-clock.ts';
import { processOf as metProcess } from './process.ts';

export const HEARTBEAT_MS = 1_000;
export const PEER_SILENT_MS = 3_500;

interface Write {
  readonly what: string;
  readonly finish: () => void;
  readonly fail: (error: Error) => void;
}

/** The process of a member whose store has ten commits, unless said otherwise. */
export function processOf(member: string, over: Partial<Credentials> = {}): Credentials {
  return metProcess(member, { commits: 10, ...over });
}

/** The peers of n1, one of so many members; its store answers when the test says so, and its network is the test. */
export function world({ members = 3, enrolled = true, known = {} as Record<string, Partial<PeerRecord>> } = {}) {
  const names = Array.from({ length: members }, (_, index) => `n${index + 1}`);
  const writes: Write[] = [];
  const noted: (readonly [member: string, commits: number])[] = [];
  const admitted: string[] = [];
  const refused: (readonly [by: string, refusal: Refusal])[] = [];
  const write = (what: string) =>
    new Promise<void>((finish, fail) => {
      writes.push({ what, finish, fail });
    });
  const helloOf = (member: string, over: Partial<Credentials> = {}, isEnrolled = true): Hello => {
    return { credentials: processOf(member, over), members: names, enrolled: isEnrolled, remembers: [] };
  };
  const { context, store, clock, events, failures, asked } = contextOf({
    members: names,
    settings: { heartbeatMs: HEARTBEAT_MS, peerSilentMs: PEER_SILENT_MS },
    credentials: () => processOf('n1', { incarnation: 2, commits: store.commits }),
    store: {
      commits: 5,
      enrolled,
      enrol: async () => {
        await write('enrol');
        store.enrolled = true;
      },
      savePeer: (member, record) => write(`${member} ${record.session} ${record.commits}`),
      notePeerCommits: (member, commits) => noted.push([member, commits]),
    },
  });
  for (const [member, over] of Object.entries(known)) {
    store.peers.set(member, { ...processOf(member), enrolled: true, ...over });
  }
  const peers = new Peers(context, {
    admitted: () => admitted.push('admitted'),
    refused: (by, refusal) => refused.push([by, refusal]),
  });

  /** A hello comes; its answers are added to the list that is returned. */
  const hear = async (hello: Hello, sender = hello.credentials) => {
    const answers: PeerMessage[] = [];
    peers.onHello({ type: 'hello', sender, hello }, (answer) => answers.push(answer));
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
  /** The last hello is answered. */
  const answer = async (message: PeerMessage) => {
    asked.at(-1)?.answer(message);
    await settled();
  };
  /** A process welcomes this one; what that has saved is on the disk. */
  const welcomeOf = async (hello: Hello) => {
    await answer({ type: 'welcome', sender: hello.credentials, hello });
    await save();
  };
  const welcome = (from: string, over: Partial<Credentials> = {}) => welcomeOf(helloOf(from, over));
  const refuse = (from: string, refusal: Refusal, over: Partial<Credentials> = {}) =>
    answer({ type: 'refusal', sender: processOf(from, over), refusal });
  const statusOf = (of: string) => peers.statuses().find(({ member }) => member === of);
  return {
    ...{ peers, clock, store, events, writes, noted, hellos: asked, admitted, refused, failures },
    ...{ helloOf, hear, save, meet, answer, welcome, welcomeOf, refuse, statusOf },
  };
}
