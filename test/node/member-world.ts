import type { MemberEvent } from '../../src/events.ts';
import { Member } from '../../src/node/member.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src/node/settings.ts';
import type { PeerMessage, Respond, Transport } from '../../src/ports.ts';
import type { Refusal } from '../../src/protocol/membership.ts';
import { type Asked, contextOf } from './context.ts';
import { settled } from './manual-clock.ts';
import { processOf } from './process.ts';

const MEMBERS = ['n1', 'n2', 'n3'];

/** One member of three over a store in memory, whose network is the test. n1 is the home. */
export function world({ self = 'n2', settings = {} as Partial<Settings> } = {}) {
  const { context, store, clock, told, asked } = contextOf({ self, members: MEMBERS });
  store.enrolled = true;
  for (const member of MEMBERS) if (member !== self) store.peers.set(member, { ...processOf(member), enrolled: true });
  const announced: Asked[] = [];
  const events: MemberEvent[] = [];
  const answers: PeerMessage[] = [];
  let handler: (message: PeerMessage, respond: Respond) => void = () => undefined;
  const transport: Transport = {
    ...context.transport,
    serve: (given) => {
      handler = given;
    },
    announce: (message, answer) => {
      const announcement: Asked = { to: undefined, message, answer, nobody: () => undefined, isStopped: false };
      announced.push(announcement);
      return () => {
        announcement.isStopped = true;
      };
    },
  };
  const member = new Member({ ...DEFAULT_SETTINGS, ...settings }, { transport, store, clock, random: () => 0.5 });
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
  /** What was asked of others, by type. */
  const askedOf = (type: PeerMessage['type']) => asked.filter(({ message }) => message.type === type);
  const answerHello = async (answer: PeerMessage) => {
    askedOf('hello').at(-1)?.answer(answer);
    await settled();
  };
  const welcome = (from = 'n1') => {
    const sender = processOf(from);
    const hello = { credentials: sender, members: MEMBERS, enrolled: true, remembers: [] };
    return answerHello({ type: 'welcome', sender, hello });
  };
  const refuse = (from: string, refusal: Refusal) => answerHello({ type: 'refusal', sender: processOf(from), refusal });
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
  return {
    ...{ member, store, clock, told, asked, askedOf, announced, events, answers, ends },
    ...{ receive, welcome, refuse, start, serve },
  };
}
