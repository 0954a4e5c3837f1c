import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePorts } from '../ports.ts';
import { endedOf, type Server, startServer } from '../servers.ts';
import { type Site, until } from '../site.ts';
import type { Contender } from './contender.ts';

const SERVERS = 3;
const HEAP = '-Xmx1g';
const MAIN = 'org.apache.zookeeper.server.quorum.QuorumPeerMain';
/** It handles the requests of one session one after another: several to each server let it show what it can. */
const SESSIONS = 4;

export interface ZooKeeperOptions {
  readonly java: string;
  /** Its jar, or a class path. */
  readonly jar: string;
}

/** Three ZooKeeper servers with the usual configuration, which syncs every write. */
export async function startZooKeeper(site: Site, { java, jar }: ZooKeeperOptions): Promise<Contender> {
  const clients = await freePorts(SERVERS);
  const peers = await freePorts(2 * SERVERS);
  const quorum = clients.map((_, index) => `server.${index + 1}=127.0.0.1:${peers[2 * index]}:${peers[2 * index + 1]}`);
  const servers: Server[] = [];
  for (const [index, port] of clients.entries()) {
    const directory = join(site.directory, 'zookeeper', `z${index + 1}`);
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'myid'), `${index + 1}`);
    const lines = [
      `dataDir=${directory}`,
      `clientPort=${port}`,
      'clientPortAddress=127.0.0.1',
      'tickTime=2000',
      'initLimit=10',
      'syncLimit=5',
      'maxClientCnxns=0',
      'admin.enableServer=false',
      '4lw.commands.whitelist=srvr',
      ...quorum,
    ];
    const file = join(directory, 'zoo.cfg');
    await writeFile(file, lines.join('\n'));
    servers.push(startServer(site, `zookeeper ${index + 1}`, java, [HEAP, '-cp', jar, MAIN, file]));
  }
  const states = await until('ZooKeeper: three servers with a leader', site.signal, async () => {
    const ended = endedOf(servers);
    if (ended !== undefined) throw new Error(ended);
    const answers = await Promise.all(clients.map(stateOf));
    return answers.every((answer) => /Mode: (leader|follower)/.test(answer)) ? answers : undefined;
  });
  const [, version = '?'] = /version: ([\d.]+)/.exec(states[0] ?? '') ?? [];
  return {
    id: 'zookeeper',
    label: `ZooKeeper ${version}`,
    note: 'durable when it answers; a read may be stale',
    servers,
    load: { system: 'zookeeper', servers: clients.map((port) => `127.0.0.1:${port}`), sessions: SESSIONS },
  };
}

/** What a server says of itself; empty while it says nothing. */
function stateOf(port: number): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect(port, '127.0.0.1', () => socket.write('srvr'));
    socket.setEncoding('utf8').setTimeout(1_000, () => socket.destroy());
    socket.on('data', (text) => {
      said += text;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(said));
  });
}
