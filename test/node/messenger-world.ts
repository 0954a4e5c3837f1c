import type { Job } from '../../src/machines/acceptor.ts';
import { Messenger } from '../../src/node/messenger.ts';
import { Peers } from '../../src/node/peers.ts';
import { TakenOpenings } from '../../src/node/taken.ts';
import type { PeerMessage, Transport } from '../../src/ports.ts';
import type { Credentials } from '../../src/protocol/membership.ts';
import type { Decide, Handover } from '../../src/protocol/messages.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryStore } from './memory-store.ts';

const MEMBERS = ['n1', 'n2', 'n3'];

/** The process of a member that the others have met: its third start. */
export function processOf(member: string, over: Partial<Credentials> = {}): Credentials {
  const known = { cluster: 'c', member, storeId: `disk-of-${member}`, incarnation: 3, session: `session-of-${member}` };
  return { ...known, commits: 0, ...over };
}

/** A request that left, and how to answer it. */
interface Asked {
  readonly to: string;
  readonly message: PeerMessage;
  readonly answer: (answer: PeerMessage) => void;
  readonly nobody: (() => void) | undefined;
  isStopped: boolean;
}

/** The messenger of n2, which has met n1, the home, and n3. Its acceptor and its network are the test. */
export function world({ mayVote = true, answerBytesMax = 10_000 } = {}) {
  const store = new MemoryStore('n2', MEMBERS);
  for (const member of ['n1', 'n3']) store.peers.set(member, { ...processOf(member), enrolled: true });
  const sent: { to: string; message: PeerMessage }[] = [];
  const asked: Asked[] = [];
  const transport: Transport = {
    payloadBytesMax: 1_048_576,
    serve: () => undefined,
    send: (to, message) => sent.push({ to, message }),
    request: (to, message, answer, nobody) => {
      const request: Asked = { to, message, answer, nobody, isStopped: false };
      asked.push(request);
      return () => {
        request.isStopped = true;
      };
    },
    announce: () => () => undefined,
  };
  const jobs: Job[] = [];
  const handovers: { from: string; handover: Handover }[] = [];
  const learned: string[] = [];
  const noted: (readonly [commit: number, names: readonly string[]])[] = [];
  const noop = () => undefined;
  const onDecides = (decides: readonly Decide[]) => learned.push(...decides.map(({ name }) => name));
  const credentials = () => processOf('n2');
  const peers = new Peers({
    store,
    transport,
    clock: new ManualClock(),
    emit: noop,
    heartbeatMs: 1_000,
    peerSilentMs: 3_000,
    credentials,
    onAdmitted: noop,
    onRefused: noop,
    onStoreFailed: noop,
  });
  const messenger = new Messenger({
    self: 'n2',
    members: MEMBERS,
    home: 'n1',
    transport,
    peers,
    taken: new TakenOpenings({
      self: 'n2',
      members: MEMBERS.length,
      noteDecided: (commit, names) => noted.push([commit, names]),
      onDecides,
    }),
    credentials,
    mayVote: () => mayVote,
    toAcceptor: (job) => jobs.push(job),
    answerBytesMax: () => answerBytesMax,
    onDecides,
    onHandover: (from, handover, answer) => {
      handovers.push({ from, handover });
      answer({ won: [0], decided: [] });
    },
    onNonsense: noop,
  });
  const answers: PeerMessage[] = [];
  const receive = (message: PeerMessage) => messenger.receive(message, (answer) => answers.push(answer));
  return { messenger, sent, asked, jobs, handovers, learned, noted, answers, receive };
}
