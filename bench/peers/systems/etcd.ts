import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../ports.ts';
import { endedOf, type Server, startServer } from '../servers.ts';
import { type Site, until } from '../site.ts';
import type { Contender } from './contender.ts';

const MEMBERS = 3;
/** Room that no benchmark fills: past it etcd takes no more writes. */
const QUOTA_BYTES = 8_589_934_592;

/** Three members of etcd with its defaults. */
export async function startEtcd(site: Site, binary: string, version: string): Promise<Contender> {
  const clients = (await freePorts(MEMBERS)).map((port) => `127.0.0.1:${port}`);
  const peers = (await freePorts(MEMBERS)).map((port) => `http://127.0.0.1:${port}`);
  const cluster = peers.map((peer, index) => `e${index + 1}=${peer}`).join();
  const servers: Server[] = [];
  for (const [index, client] of clients.entries()) {
    const name = `e${index + 1}`;
    const directory = join(site.directory, 'etcd', name);
    // 3.5 refuses a directory that others can look into.
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const peer = peers[index] ?? '';
    const where = ['--name', name, '--data-dir', directory, '--listen-peer-urls', peer];
    const told = ['--listen-client-urls', `http://${client}`, '--advertise-client-urls', `http://${client}`];
    const others = ['--initial-advertise-peer-urls', peer, '--initial-cluster', cluster];
    const more = ['--initial-cluster-state', 'new', '--quota-backend-bytes', String(QUOTA_BYTES)];
    const quiet = ['--logger', 'zap', '--log-level', 'error'];
    servers.push(startServer(site, `etcd ${name}`, binary, [...where, ...told, ...others, ...more, ...quiet]));
  }
  await until('etcd: three healthy members', site.signal, async () => {
    const ended = endedOf(servers);
    if (ended !== undefined) throw new Error(ended);
    const answers = await Promise.all(clients.map((client) => fetch(`http://${client}/health`)));
    const bodies = await Promise.all(answers.map((answer) => answer.text()));
    return bodies.every((body) => /"health":\s*"true"/.test(body)) || undefined;
  });
  return {
    id: 'etcd',
    label: `etcd ${version}`,
    note: 'durable when it answers; reads are linearizable',
    servers,
    load: { system: 'etcd', servers: clients },
  };
}
