import type { Messenger } from '../../src/node/peers/messenger.ts';
import type { Learning } from '../../src/node/roles/learning.ts';
import { Proposer } from '../../src/node/roles/proposer.ts';
import { Task, type Undecided } from '../../src/node/tasks/task.ts';
import type { Decide, Opened, Opening, Reply, Request } from '../../src/protocol/messages.ts';
import type { RegisterState } from '../../src/protocol/register.ts';
import { proposal } from '../support/paxos.ts';
import { contextOf, live } from './context.ts';
import { settled } from './manual-clock.ts';

interface Asked {
  readonly opening: Opening;
  /** Who is to answer at once. */
  readonly awaited: readonly string[];
  readonly hear: (from: string, refusals?: Opened['refusals'], number?: number) => void;
  readonly save: () => void;
  isStopped: boolean;
}

/** A question of a round of both phases. */
interface Round {
  readonly requests: readonly Request[];
  readonly reply: (from: string, ...replies: Reply[]) => void;
  isStopped: boolean;
}

/** The proposer of one of three members, n1 the home, whose store, acceptor and peers are the test. */
export function world({ self = 'n1', batchBytesMax = 10_000, settings = {} } = {}) {
  const stored = new Map<string, RegisterState>();
  const loads: { names: readonly string[]; finish: () => void; fail: (error: Error) => void }[] = [];
  const asked: Asked[] = [];
  const rounds: Round[] = [];
  const news: (readonly number[])[] = [];
  const told: string[] = [];
  const noted: string[] = [];
  const learned: string[] = [];
  const wentOn: Undecided[] = [];
  const { context, clock, events, failures } = contextOf({
    self,
    settings: { batchRegistersMax: 10, batchBytesMax, openingsInFlightMax: 2, ...settings },
    store: {
      find: () => undefined,
      load: (names) =>
        new Promise((resolve, reject) => {
          const known = new Map([...stored].filter(([name]) => names.includes(name)));
          loads.push({ names, finish: () => resolve(known), fail: reject });
        }),
    },
  });
  const namesOf = (decides: readonly Decide[]) => decides.map(({ name }) => name);
  const messenger = {
    open: (opening, awaited, onOpened, onSaved) => {
      const hear: Asked['hear'] = (from, refusals = [], number = opening.number) => {
        if (!one.isStopped) onOpened(from, { number, refusals });
      };
      const one: Asked = { opening, awaited, hear, save: onSaved, isStopped: false };
      asked.push(one);
      return () => {
        one.isStopped = true;
      };
    },
    ask: (requests, onReplies) => {
      const one: Round = { requests, reply: (from, ...replies) => onReplies(from, replies), isStopped: false };
      rounds.push(one);
      return () => {
        one.isStopped = true;
      };
    },
    tellNews: (opening) => news.push(opening.chosen),
    tell: (decides) => told.push(...namesOf(decides)),
    note: (decides) => noted.push(...namesOf(decides)),
  } satisfies Pick<Messenger, 'open' | 'ask' | 'tellNews' | 'tell' | 'note'>;
  const learning = {
    learn: (decides: readonly Decide[]) => {
      learned.push(...namesOf(decides));
      for (const { name } of decides) for (const task of tasks) if (task.name === name) task.over = true;
    },
    onOwnChosen: () => undefined,
  };
  const proposer = new Proposer(context, messenger as unknown as Messenger, learning as unknown as Learning);
  live(context, ...proposer.children);
  const tasks: Task[] = [];
  /** A task with writers of these values, the first of which is its own; or of one that is its name. */
  const task = (name: string, ...values: string[]) => {
    const made = new Task(name, (_, outcome) => wentOn.push(outcome));
    for (const value of values.length > 0 ? values : [name]) {
      made.waiters.add({ task: made, proposal: proposal(value), joinedAt: 0, settle: () => undefined });
    }
    tasks.push(made);
    return made;
  };
  /** Opens tasks, and lets the store answer. */
  const open = async (...some: Task[]) => {
    for (const one of some) proposer.open(one);
    await settled();
    loads.at(-1)?.finish();
    await settled();
  };
  const opened = () => asked.map(({ opening }) => opening.writes.map(({ name }) => name));
  /** A majority with the home accepts the latest opening. */
  const choose = async () => {
    asked.at(-1)?.save();
    for (const member of ['n1', 'n2']) asked.at(-1)?.hear(member);
    await settled();
  };
  /** The names of registers for which a round was begun. */
  const prepared = () =>
    rounds.flatMap(({ requests }) => requests.flatMap(({ type, name }) => (type === 'prepare' ? [name] : [])));
  return {
    ...{ proposer, clock, stored, loads, asked, rounds, news, told, noted, learned, wentOn, events, failures },
    ...{ task, open, opened, choose, prepared },
  };
}
