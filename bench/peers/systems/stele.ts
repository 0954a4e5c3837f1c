import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { NatsConnection } from 'nats';
import { gatherStatus } from '../../../src/cli/status/gather.ts';
import { endedOf, type Server, startServer } from '../servers.ts';
import { type Site, until } from '../site.ts';
import type { Contender } from './contender.ts';
import { startNatsCluster } from './nats-cluster.ts';

const run = promisify(execFile);
const STATUS_TIMEOUT_MS = 300;

export interface SteleOptions {
  /** A word, for its directory. */
  readonly name: string;
  /** `dist/cli/main.js` of the build to measure. */
  readonly main: string;
  readonly natsServer: string;
  readonly members: number;
}

/** A cluster of members, each a process that is connected to its own one of three NATS servers (with five, two share). */
export interface Stele extends Contender {
  readonly members: readonly Member[];
  readonly connection: NatsConnection;
  /** Waits until these members, or all, serve. */
  readonly serving: (ids?: readonly string[]) => Promise<void>;
}

export interface Member {
  readonly id: string;
  readonly dataDir: string;
  readonly server: () => Server;
  /** Starts it again after it was killed. */
  readonly start: () => void;
}

export async function startStele(site: Site, options: SteleOptions): Promise<Stele> {
  const { name, main, natsServer, members: count } = options;
  site.undo.add(() => rm(join(site.directory, name), { recursive: true, force: true }));
  const nats = await startNatsCluster(site, { binary: natsServer, name });
  const ids = Array.from({ length: count }, (_, index) => `n${index + 1}`);
  const members: Member[] = [];
  for (const [index, id] of ids.entries()) {
    const dataDir = join(site.directory, name, id);
    await run(process.execPath, [main, 'init', '--id', id, '--members', ids.join(), '--data', dataDir]);
    const url = `nats://${nats.addresses[index % nats.addresses.length]}`;
    const args = [main, 'node', '--data', dataDir, '--nats', url, '--log-format', 'json', '--log-level', 'warn'];
    let server = startServer(site, `member ${id}`, process.execPath, args);
    const start = () => {
      server = startServer(site, `member ${id}`, process.execPath, args);
    };
    members.push({ id, dataDir, server: () => server, start });
  }
  const serving = async (wanted: readonly string[] = ids) => {
    await until(`members ${wanted} serve`, site.signal, async () => {
      const ended = endedOf(members.filter(({ id }) => wanted.includes(id)).map(({ server }) => server()));
      if (ended !== undefined) throw new Error(ended);
      const statuses = await gatherStatus(nats.connection, STATUS_TIMEOUT_MS);
      const up = statuses.filter(({ member, state }) => wanted.includes(member) && state === 'serving');
      return up.length === wanted.length || undefined;
    });
  };
  await serving();
  return {
    id: name,
    label: `stele, ${count} members`,
    note: 'durable when it answers; a read of what is decided is linearizable',
    get servers() {
      return [...nats.servers, ...members.map(({ server }) => server())];
    },
    load: { system: 'stele', servers: nats.addresses },
    members,
    connection: nats.connection,
    serving,
  };
}
