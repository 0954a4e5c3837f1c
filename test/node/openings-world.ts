import { type AskToOpen, Openings } from '../../src/node/openings.ts';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import type { Task } from '../../src/node/task.ts';
import type { Opened, Opening } from '../../src/protocol/messages.ts';
import { majority } from '../../src/protocol/quorum.ts';
import type { RegisterState } from '../../src/protocol/register.ts';
import { ballot } from '../support/sample.ts';
import { ManualClock, settled } from './manual-clock.ts';

interface Asked {
  readonly opening: Opening;
  readonly toldOfVote: readonly string[] | null;
  readonly hear: (from: string, refusals?: Opened['refusals']) => void;
  readonly save: () => void;
  isStopped: boolean;
}

/** The openings of n1, the home, whose store, acceptor and peers are the test. */
export function world({ batchBytesMax = 10_000, members = ['n1', 'n2', 'n3'], onChosen = (): void => undefined } = {}) {
  const clock = new ManualClock();
  const stored = new Map<string, RegisterState>();
  const loads: { names: readonly string[]; finish: () => void; fail: (error: Error) => void }[] = [];
  const asked: Asked[] = [];
  const news: (readonly number[])[] = [];
  const touched: (readonly [name: string, state: RegisterState | undefined])[] = [];
  const concluded: string[] = [];
  const failures: unknown[] = [];
  const ask: AskToOpen = (opening, toldOfVote, onOpened, onSaved) => {
    const hear: Asked['hear'] = (from, refusals = []) => onOpened(from, { number: opening.number, refusals });
    const one: Asked = { opening, toldOfVote, hear, save: onSaved, isStopped: false };
    asked.push(one);
    return () => {
      one.isStopped = true;
    };
  };
  const openings = new Openings({
    settings: DEFAULT_SETTINGS,
    limits: { batchRegistersMax: 10, batchBytesMax, batchesInFlightMax: 2 },
    members,
    ballot: ballot(0, 'n1'),
    store: {
      load: (names) =>
        new Promise((resolve, reject) => {
          const known = new Map([...stored].filter(([name]) => names.includes(name)));
          loads.push({ names, finish: () => resolve(known), fail: reject });
        }),
    },
    clock,
    emit: () => undefined,
    ask,
    tell: (opening) => news.push(opening.chosen),
    conclude: (_, outcomes, knownTo) => {
      const toOthers = knownTo?.filter((member) => member !== 'n1').join(' ');
      const known = toOthers === undefined ? '' : `, known to ${toOthers || 'nobody else'}`;
      concluded.push(...outcomes.map(({ name, phase }) => `${name} ${phase}${known}`));
    },
    onChosen,
    onTouched: ({ name }, state) => touched.push([name, state]),
    onStoreFailed: (error) => failures.push(error),
    onBroken: (error) => failures.push(error),
  });
  /** Adds tasks, and lets the store answer. */
  const open = async (...tasks: Task[]) => {
    for (const one of tasks) openings.add(one);
    await settled();
    loads.at(-1)?.finish();
    await settled();
  };
  const opened = () => asked.map(({ opening }) => opening.writes.map(({ name }) => name));
  /** A majority with the home accepts the latest opening. */
  const choose = async () => {
    asked.at(-1)?.save();
    for (const member of members.slice(0, majority(members.length))) asked.at(-1)?.hear(member);
    await settled();
  };
  return { openings, clock, stored, loads, asked, news, touched, concluded, failures, open, opened, choose };
}
