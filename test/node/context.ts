import { createActor } from 'xstate';
import type { MemberEvent } from '../../src/events.ts';
import { type Child, memberMachine } from '../../src/machines/member.ts';
import type { MemberContext } from '../../src/node/context.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src/node/settings.ts';
import type { Clock, PeerMessage, Store, Transport } from '../../src/ports.ts';
import { RULES, type Rules } from '../../src/protocol/rules.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryStore } from './memory-store.ts';
import { processOf } from './process.ts';

/** A question that left, and how to answer it. */
export interface Asked {
  /** Undefined for one that everyone is asked. */
  readonly to: string | undefined;
  readonly message: PeerMessage;
  readonly answer: (answer: PeerMessage) => void;
  readonly nobody: () => void;
  isStopped: boolean;
}

export interface Around {
  readonly self?: string;
  readonly members?: readonly string[];
  readonly settings?: Partial<Settings>;
  readonly rules?: Partial<Rules>;
  readonly store?: Partial<Store>;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly credentials?: MemberContext['credentials'];
  readonly payloadBytesMax?: number;
}

/** What the parts of one member stand on, where the network is the test: what leaves is kept, what comes is called. */
export function contextOf({ self = 'n1', members = ['n1', 'n2', 'n3'], ...around }: Around = {}) {
  const clock = new ManualClock();
  const memory = new MemoryStore(self, members);
  const told: PeerMessage[] = [];
  const asked: Asked[] = [];
  const events: MemberEvent[] = [];
  const failures: unknown[] = [];
  const ask = (
    to: string | undefined,
    message: PeerMessage,
    answer: Asked['answer'],
    nobody: Asked['nobody'] = () => undefined,
  ) => {
    const one: Asked = { to, message, answer, nobody, isStopped: false };
    asked.push(one);
    return () => {
      one.isStopped = true;
    };
  };
  const transport: Transport = {
    payloadBytesMax: around.payloadBytesMax ?? 1_048_576,
    serve: () => undefined,
    tell: (message) => told.push(message),
    ask: (message, answer) => ask(undefined, message, answer),
    askOne: ask,
    announce: () => () => undefined,
  };
  const context: MemberContext = {
    self,
    members: members.length,
    rules: { ...RULES, ...around.rules },
    settings: { ...DEFAULT_SETTINGS, ...around.settings },
    transport,
    store: Object.assign(memory, around.store),
    clock: around.clock ?? clock,
    random: around.random ?? (() => 0.5),
    credentials: around.credentials ?? (() => processOf(self)),
    emit: (event) => events.push(event),
    fail: (cause) => failures.push(cause),
  };
  return { context, clock, store: memory, told, asked, events, failures };
}

/** Starts machines as a member does. @returns the states that they are in, by their ids. */
export function live(context: MemberContext, ...children: Child[]): () => Record<string, unknown> {
  const { clock } = context;
  const life = createActor(memberMachine, { clock, input: { emit: () => undefined, drainTimeoutMs: 1, children } });
  life.start();
  for (const { id, attach } of children) attach(life.system.get(id));
  return () => Object.fromEntries(children.map(({ id }) => [id, life.system.get(id).getSnapshot().value]));
}
