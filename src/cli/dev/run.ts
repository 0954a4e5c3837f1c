import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { majority } from '../../protocol/quorum.ts';
import { requireDrivers } from '../../store/sqlite/driver.ts';
import { connectClient } from '../connect/connection.ts';
import { forgetNats } from '../environment.ts';
import { EXIT } from '../exit-codes.ts';
import { DEFAULT_NODES } from '../options.ts';
import { onReaderGone, say, writeOut } from '../output.ts';
import { listenForShutdown } from '../shutdown.ts';
import { gatherStatus } from '../status/gather.ts';
import { LOOPBACK, requireFreePort, startNats, untilNatsAnswers } from './nats.ts';
import { ensureNatsServer } from './nats-server-binary.ts';
import { devScreen } from './screen.ts';
import { prepareStores } from './stores.ts';
import { type Supervised, supervise } from './supervisor.ts';

const POLL_MS = 200;
/** Once a majority serves: how many more polls wait for the others. */
const STRAGGLER_POLLS = 10;
/** A member's own drain takes up to five seconds. */
const MEMBER_GRACE_MS = 8_000;
const NATS_GRACE_MS = 5_000;

export interface DevOptions {
  readonly nodes?: number;
  readonly port: number;
  readonly data: string;
}

/**
 * Runs a cluster until it is asked to stop, or until there can be no quorum any more.
 * @returns the exit code.
 */
export async function runDev(options: DevOptions): Promise<number> {
  forgetNats(process.env);
  requireDrivers();
  const running: Supervised[] = [];
  const shutdown = listenForShutdown(() => {
    for (const child of running) child.kill();
  });
  const readerGone = new AbortController();
  onReaderGone(() => readerGone.abort());
  const signal = AbortSignal.any([shutdown.signal, readerGone.signal]);
  try {
    return await bringUp(options, running, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    return EXIT.ok;
  } finally {
    if (signal.aborted) say('\nStopping the members, then NATS…');
    const [nats, ...members] = running;
    await Promise.all(members.map((member) => member.stop(MEMBER_GRACE_MS)));
    await nats?.stop(NATS_GRACE_MS);
    if (signal.aborted) say(`Stopped. What was written is in ${options.data}, for the next time.`);
  }
}

/** Starts everything, NATS first, and then looks after it. It ends when `signal` says so, or when no quorum is possible. */
async function bringUp({ nodes, port, data }: DevOptions, running: Supervised[], signal: AbortSignal): Promise<number> {
  const dataDir = resolve(data);
  const url = `nats://${LOOPBACK}:${port}`;
  const members = await prepareStores(dataDir, nodes, DEFAULT_NODES);
  const binary = await ensureNatsServer(say);
  await requireFreePort(port);
  signal.throwIfAborted();
  const teller = (name: string) => (line: string) => say(`${name} | ${line}`);
  const nats = startNats(binary, port, teller('nats'));
  running.push(nats);
  await untilNatsAnswers(url, signal);
  signal.throwIfAborted();
  const processes = members.map((name) =>
    supervise(name, ['node', '--data', join(dataDir, name), '--nats', url, '--log-format', 'text'], teller(name)),
  );
  running.push(...processes);
  if (!(await untilQuorum(url, processes, signal))) return EXIT.storeRefused;
  const prefix = process.env.STELE_PREFIX ?? 'register';
  const shown = processes.map(({ name, pid, givenUp }) => ({ name, pid: givenUp === undefined ? pid : undefined }));
  await writeOut(devScreen({ url, port, dataDir, prefix, natsPid: nats.pid, members: shown }));
  while (quorumPossible(processes)) await sleep(POLL_MS, undefined, { signal });
  return EXIT.storeRefused;
}

/** Waits until a majority serves, and a while for the others; false when so many have given up that no majority will. */
async function untilQuorum(url: string, processes: readonly Supervised[], signal: AbortSignal): Promise<boolean> {
  const connection = await connectClient({ nats: url }, 'stele dev');
  let polls = 0;
  try {
    while (quorumPossible(processes)) {
      const serving = (await gatherStatus(connection, POLL_MS)).filter(({ state }) => state === 'serving').length;
      if (serving >= majority(processes.length)) polls += 1;
      if (serving === processes.length || polls > STRAGGLER_POLLS) return true;
      await sleep(POLL_MS, undefined, { signal });
    }
    return false;
  } finally {
    await connection.close();
  }
}

function quorumPossible(processes: readonly Supervised[]): boolean {
  const able = processes.filter(({ givenUp }) => givenUp === undefined).length;
  if (able >= majority(processes.length)) return true;
  say(
    `Only ${able} of ${processes.length} members can run, so there can be no quorum: see above what is wrong with the others.`,
  );
  return false;
}
