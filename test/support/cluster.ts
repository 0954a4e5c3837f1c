import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect, type NatsConnection } from 'nats';
import { gatherStatus } from '../../src/cli/status/gather.ts';
import type { MemberStatus } from '../../src/contract/status.ts';
import { initStore } from '../../src/store/init.ts';
import { startNatsServer } from './nats-server.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const READY_TIMEOUT_MS = 30_000;
const EXIT_TIMEOUT_MS = 15_000;

export interface MemberProcess {
  readonly id: string;
  /** Resolves with the exit code, or with the signal that ended it. */
  readonly exit: Promise<number | NodeJS.Signals | null>;
  /** What it has logged so far. */
  readonly log: () => string;
  readonly signal: (signal: NodeJS.Signals) => void;
}

/** Members as processes of their own, over one NATS server. */
export interface Cluster {
  /** The URL of the NATS server. */
  readonly url: string;
  readonly members: readonly string[];
  /** For this test's own questions. */
  readonly connection: NatsConnection;
  readonly dataDir: (id: string) => string;
  /** Starts a member on its directory, or on another one. */
  readonly start: (id: string, dataDir?: string) => MemberProcess;
  readonly process: (id: string) => MemberProcess;
  /** Kills a member with -9 and waits until it is gone. */
  readonly kill: (id: string) => Promise<void>;
  /** Waits until all of these members, or all there are, serve. */
  readonly ready: (ids?: readonly string[]) => Promise<MemberStatus[]>;
  /** Kills the NATS server, and starts another one on its port. */
  readonly restartNats: () => Promise<void>;
  /** Gives the NATS server another configuration. */
  readonly reloadNats: (config: string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface ClusterOptions {
  readonly members?: readonly string[];
  /** The configuration of the NATS server. */
  readonly config?: string;
  /** What members log in with, as a URL has it: `user:password`. The test's own questions are asked as `admin:admin`. */
  readonly credentials?: string;
}

export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { members = ['n1', 'n2', 'n3'], config, credentials } = options;
  const directory = await mkdtemp(join(tmpdir(), 'stele-cluster-'));
  let nats = await startNatsServer(config === undefined ? {} : { config });
  const admin = credentials === undefined ? {} : { user: 'admin', pass: 'admin' };
  const lasting = { maxReconnectAttempts: -1, reconnectTimeWait: 200 };
  const connection = await connect({ servers: nats.url, ...lasting, ...admin });
  const memberUrl = () => (credentials === undefined ? nats.url : nats.url.replace('//', `//${credentials}@`));
  const processes = new Map<string, MemberProcess>();
  const started: MemberProcess[] = [];
  const dataDir = (id: string) => join(directory, id);
  const processOf = (id: string) => {
    const found = processes.get(id);
    if (found === undefined) throw new Error(`member ${id} was never started`);
    return found;
  };
  const start = (id: string, from = dataDir(id)) => {
    const member = startMember(id, from, memberUrl());
    processes.set(id, member);
    started.push(member);
    return member;
  };
  const cluster: Cluster = {
    url: nats.url,
    members,
    connection,
    dataDir,
    start,
    process: processOf,
    kill: async (id) => {
      processOf(id).signal('SIGKILL');
      await processOf(id).exit;
    },
    ready: (ids = members) => untilServing(connection, ids, () => started.map(({ log }) => log()).join('\n')),
    restartNats: async () => {
      const { port } = nats;
      await nats.kill();
      nats = await startNatsServer({ port });
    },
    reloadNats: (next) => nats.reload(next),
    stop: async () => {
      for (const { signal } of started) signal('SIGKILL');
      await Promise.all(started.map(({ exit }) => exit));
      await connection.close();
      await nats.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
  for (const member of members) await initStore({ dataDir: dataDir(member), member, members });
  for (const member of members) start(member);
  return cluster;
}

/** Waits for a process to leave by itself. */
export async function exitOf({ id, exit, log }: MemberProcess): Promise<number | NodeJS.Signals | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`member ${id} did not leave; it said:\n${log()}`)), EXIT_TIMEOUT_MS);
  });
  return await Promise.race([exit, late]).finally(() => clearTimeout(timer));
}

function startMember(id: string, dataDir: string, url: string): MemberProcess {
  const args = ['--import', 'tsx', MAIN, 'node', '--data', dataDir, '--nats', url, '--log-format', 'json'];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk));
  return {
    id,
    exit: once(child, 'exit').then(([code, signal]) => code ?? signal),
    log: () => output,
    signal: (signal) => child.kill(signal),
  };
}

async function untilServing(
  connection: NatsConnection,
  ids: readonly string[],
  logs: () => string,
): Promise<MemberStatus[]> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const statuses = await gatherStatus(connection, 300);
    const serving = statuses.filter(({ member, state }) => ids.includes(member) && state === 'serving');
    if (serving.length === ids.length) return serving;
  }
  throw new Error(`${ids.join(', ')} did not serve in time; the members said:\n${logs()}`);
}
