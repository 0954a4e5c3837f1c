import { Acceptor } from '../../src/node/roles/acceptor.ts';
import { Learning } from '../../src/node/roles/learning.ts';
import { Decisions } from '../../src/node/tasks/decisions.ts';
import type { Change } from '../../src/protocol/batch.ts';
import type { Reply, Request } from '../../src/protocol/messages.ts';
import type { RegisterState } from '../../src/protocol/register.ts';
import { contextOf, live } from '../node/context.ts';
import { settled } from '../node/manual-clock.ts';
import { ballotOf, proposal } from '../support/paxos.ts';

export const DECIDE_DELAY_MS = 20;

/** An acceptor over a store in memory whose saves finish, or fail, when the test says so. */
export function world({ queueMax = 100, batchRequestsMax = 100 } = {}) {
  const disk = new Map<string, RegisterState>();
  const saves: { changes: readonly Change[]; finish: () => void; fail: (error: Error) => void }[] = [];
  const around = contextOf({
    settings: { acceptorQueueMax: queueMax, batchRegistersMax: batchRequestsMax, lingerMs: DECIDE_DELAY_MS },
    store: {
      find: (names) => (names.some((name) => disk.has(name)) ? undefined : new Map()),
      load: async (names) =>
        new Map(names.flatMap((name) => (disk.has(name) ? [[name, disk.get(name) as RegisterState]] : []))),
      save: (changes) =>
        new Promise<void>((resolve, reject) => {
          const finish = () => {
            for (const { name, after } of changes) disk.set(name, after);
            resolve();
          };
          saves.push({ changes, finish, fail: reject });
        }),
    },
  });
  const { context, clock, events, failures } = around;
  const acceptor = new Acceptor(context, new Learning(context, new Decisions(1_000)));
  const states = live(context, acceptor.child);
  const replies: Reply[][] = [];
  const send = (...requests: Request[]) => {
    acceptor.ask({ from: 'n2', requests, respond: (answer) => replies.push([...answer]) });
  };
  /** As an opening comes to an acceptor that need not answer at once. */
  const sendQuietly = (...requests: Request[]) => {
    acceptor.ask({ from: 'n2', requests, mayWait: true, respond: (answer) => replies.push([...answer]) });
  };
  return { acceptor, state: () => states().acceptor, clock, disk, saves, events, failures, replies, send, sendQuietly };
}

/** Lets every promise that can go on do so. */
export const settle = settled;

export const prepare = (name: string, round = 1): Request => ({ type: 'prepare', name, ballot: ballotOf(round) });

export const accept = (name: string): Request => ({
  type: 'accept',
  name,
  ballot: ballotOf(1),
  proposal: proposal('v'),
});

export const decide = (name: string): Request => {
  return { type: 'decide', name, decision: { ballot: ballotOf(1), proposal: proposal('v') } };
};
