import { createActor, SimulatedClock } from 'xstate';
import type { MemberEvent } from '../../src/events.ts';
import { acceptorMachine, type Job } from '../../src/machines/acceptor.ts';
import type { Change } from '../../src/protocol/batch.ts';
import type { Reply, Request } from '../../src/protocol/messages.ts';
import type { RegisterState } from '../../src/protocol/register.ts';
import { ballot, proposal } from '../support/sample.ts';

export const DECIDE_DELAY_MS = 20;

/** An acceptor over a store in memory whose saves finish, or fail, when the test says so. */
export function world({ queueMax = 100, batchRequestsMax = 100 } = {}) {
  const disk = new Map<string, RegisterState>();
  const saves: { changes: readonly Change[]; finish: () => void; fail: (error: Error) => void }[] = [];
  const events: MemberEvent[] = [];
  const failures: unknown[] = [];
  const clock = new SimulatedClock();
  const time = { nowMs: 0 };
  const store = {
    load: async (names: readonly string[]) =>
      new Map(names.flatMap((name) => (disk.has(name) ? [[name, disk.get(name) as RegisterState]] : []))),
    save: (changes: readonly Change[]) =>
      new Promise<number>((resolve, reject) => {
        const numberOfThis = saves.length + 1;
        const finish = () => {
          for (const { name, after } of changes) disk.set(name, after);
          resolve(numberOfThis);
        };
        saves.push({ changes, finish, fail: reject });
      }),
  };
  const actor = createActor(acceptorMachine, {
    clock,
    input: {
      store,
      clock: { now: () => time.nowMs },
      emit: (event) => events.push(event),
      onFailed: (error) => failures.push(error),
      queueMax,
      batchRequestsMax,
      decideDelayMs: DECIDE_DELAY_MS,
    },
  }).start();
  const replies: Reply[][] = [];
  const commits: (number | null)[] = [];
  const send = (...requests: Request[]) => {
    const respond: Job['respond'] = (answer, commit) => {
      replies.push([...answer]);
      commits.push(commit);
    };
    actor.send({ type: 'REQUESTS', job: { from: 'n2', requests, respond } });
  };
  return { actor, clock, time, disk, saves, events, failures, replies, commits, send };
}

/** Lets every promise that can go on do so. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));

export const prepare = (name: string, round = 1): Request => ({ type: 'prepare', name, ballot: ballot(round) });

export const accept = (name: string): Request => ({ type: 'accept', name, ballot: ballot(1), proposal: proposal('v') });

export const decide = (name: string): Request => {
  return { type: 'decide', name, decision: { ballot: ballot(1), proposal: proposal('v') } };
};
