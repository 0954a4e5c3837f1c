import { existsSync } from 'node:fs';
import { canSyncAlways, versionOf } from './machine.ts';
import type { Site } from './site.ts';
import type { Contender } from './systems/contender.ts';
import { startEtcd } from './systems/etcd.ts';
import { startFloor } from './systems/floor.ts';
import { startJetStream } from './systems/jetstream.ts';
import { startStele } from './systems/stele.ts';
import { startZooKeeper } from './systems/zookeeper.ts';

export const SYSTEMS = ['stele', 'before', 'floor', 'jetstream-durable', 'jetstream', 'etcd', 'zookeeper'] as const;
export type SystemId = (typeof SYSTEMS)[number];

export interface Where {
  readonly stele: string;
  /** The `main.js` of an earlier build of stele, to measure beside it. */
  readonly before?: string;
  readonly natsServer: string;
  readonly etcd: string;
  readonly java: string;
  readonly zookeeper: string;
  readonly speaksEtcd: boolean;
}

export interface Gathered {
  readonly contenders: readonly Contender[];
  /** Which systems are not there, and why, a sentence each. */
  readonly missing: readonly string[];
}

/** Starts those of the wanted systems that this machine has. */
export async function gather(site: Site, wanted: readonly SystemId[], where: Where): Promise<Gathered> {
  const contenders: Contender[] = [];
  const missing: string[] = [];
  for (const id of wanted) {
    const started = await START[id](site, where).catch((error: unknown) => {
      site.signal.throwIfAborted();
      // Without stele there is nothing to compare; whatever else does not start is left out, and the report says so.
      if (id === 'stele') throw error;
      return `No ${id}: it did not start: ${error instanceof Error ? error.message : String(error)}`;
    });
    if (typeof started === 'string') missing.push(started);
    else contenders.push(started);
    site.tell(typeof started === 'string' ? started : `up: ${started.label}`);
  }
  return { contenders, missing };
}

type Start = (site: Site, where: Where) => Promise<Contender | string>;

/** Each starts its system, or gives the sentence that says why it cannot be measured. */
const START: Record<SystemId, Start> = {
  stele: async (site, { stele: main, natsServer }) => {
    const version = await versionOf(natsServer);
    if (version === undefined) throw new Error(`There is no nats-server at ${natsServer}: give --nats-server.`);
    if (!existsSync(main)) throw new Error(`There is no ${main}: run npm run build first.`);
    const stele = await startStele(site, { name: 'stele', main, natsServer, members: 3 });
    return { ...stele, note: `over three NATS servers ${version}; ${stele.note}` };
  },
  before: async (site, { before: main, natsServer }) => {
    if (main === undefined) return 'No earlier stele: give --before.';
    if (!existsSync(main)) return `No earlier stele: there is no ${main}.`;
    const before = await startStele(site, { name: 'before', main, natsServer, members: 3 });
    return { ...before, label: 'stele before' };
  },
  floor: async (site, { natsServer }) => {
    if ((await versionOf(natsServer)) === undefined) return `No floor: there is no nats-server at ${natsServer}.`;
    return startFloor(site, natsServer);
  },
  'jetstream-durable': async (site, { natsServer: binary }) => {
    const version = await versionOf(binary);
    if (version === undefined) return `No durable JetStream: there is no nats-server at ${binary}.`;
    if (canSyncAlways(version)) return startJetStream(site, { binary, version, isDurable: true });
    return `No durable JetStream: nats-server ${version} does not know \`sync_interval: always\`; 2.10 and later do.`;
  },
  jetstream: async (site, { natsServer: binary }) => {
    const version = await versionOf(binary);
    if (version === undefined) return `No JetStream: there is no nats-server at ${binary}.`;
    return startJetStream(site, { binary, version, isDurable: false });
  },
  etcd: async (site, { etcd, speaksEtcd }) => {
    const version = await versionOf(etcd);
    if (version === undefined) return `No etcd: there is none at ${etcd}.`;
    if (!speaksEtcd) return 'No etcd: the client lacks its Go library (Debian: golang-etcd-server-dev).';
    return startEtcd(site, etcd, version);
  },
  zookeeper: async (site, { java, zookeeper: jar }) => {
    if (!existsSync(jar.split(':')[0] ?? '')) return `No ZooKeeper: there is no ${jar}.`;
    if ((await versionOf(java)) === undefined) return `No ZooKeeper: there is no Java at ${java}.`;
    return startZooKeeper(site, { java, jar });
  },
};
