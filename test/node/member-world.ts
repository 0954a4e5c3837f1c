import type { MemberEvent } from '../../src/events.ts';
import { Member } from '../../src/node/member.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src/node/settings.ts';
import type { PeerMessage, Respond } from '../../src/ports.ts';
import type { Credentials, Refusal } from '../../src/protocol/membership.ts';
import { ManualClock, settled } from './manual-clock.ts';
import { MemoryStore } from './memory-store.ts';

const MEMBERS = ['n1', 'n2', 'n3'];

/** The process of another member, as this one has met it. */
export function processOf(member: string): Credentials {
  const storeId = `disk-of-${member}`;
  return { cluster: 'c', member, storeId, incarnation: 3, session: `session-of-${member}`, commits: 0 };
}

/** One member of three over a store in memory, whose network is the test. n1 is the home. */
export function world({ self = 'n2', settings = {} as Partial<Settings> } = {}) {
  const clock = new ManualClock();
  const store = new MemoryStore(self, MEMBERS);
  store.enrolled = true;
  for (const member of MEMBERS) if (member !== self) store.peers.set(member, { ...processOf(member), enrolled: true });
  const sent: { to: string; message: PeerMessage }[] = [];
  const asked: { to: string; message: PeerMessage; answer: (answer: PeerMessage) => void }[] = [];
  const announced: { message: PeerMessage; answer: (answer: PeerMessage) => void; isStopped: boolean }[] = [];
  const events: MemberEvent[] = [];
  const answers: PeerMessage[] = [];
  let handler: (message: PeerMessage, respond: Respond) => void = () => undefined;
  const transport = {
    payloadBytesMax: 1_048_576,
    serve: (given: typeof handler) => {
      handler = given;
    },
    send: (to: string, message: PeerMessage) => void sent.push({ to, message }),
    request: (to: string, message: PeerMessage, answer: (answer: PeerMessage) => void) => {
      asked.push({ to, message, answer });
      return () => undefined;
    },
    announce: (message: PeerMessage, answer: (answer: PeerMessage) => void) => {
      const announcement = { message, answer, isStopped: false };
      announced.push(announcement);
      return () => {
        announcement.isStopped = true;
      };
    },
  };
  const ports = { store, transport, clock, random: () => 0.5 };
  const member = new Member({ ...DEFAULT_SETTINGS, ...settings }, ports);
  member.subscribe((event) => events.push(event));
  const ends: (Error | 'drained')[] = [];
  member.done.then(
    () => ends.push('drained'),
    (error: Error) => ends.push(error),
  );
  const receive = async (message: PeerMessage, respond: Respond = (answer) => answers.push(answer)) => {
    handler(message, respond);
    await settled();
  };
  const answerHello = async (from: string, answer: PeerMessage) => {
    asked.findLast(({ to, message }) => to === from && message.type === 'hello')?.answer(answer);
    await settled();
  };
  const welcome = (from = 'n1') => {
    const sender = processOf(from);
    return answerHello(from, {
      type: 'welcome',
      sender,
      hello: { credentials: sender, members: MEMBERS, enrolled: true, remembers: [] },
    });
  };
  const refuse = (from: string, refusal: Refusal) => {
    return answerHello(from, { type: 'refusal', sender: processOf(from), refusal });
  };
  /** Starts it, and has it listen for as long as it must before it may join. */
  const start = async () => {
    member.start();
    await clock.pass(DEFAULT_SETTINGS.joinListenMs);
  };
  /** Starts it, and lets it in. */
  const serve = async () => {
    await start();
    await welcome();
  };
  /** What was asked of others, by type. */
  const askedOf = (type: PeerMessage['type']) => asked.filter(({ message }) => message.type === type);
  return {
    ...{ member, store, clock, sent, asked, askedOf, announced, events, answers, ends },
    ...{ receive, welcome, refuse, start, serve },
  };
}
