import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type NatsConnection } from 'nats';
import { initStore } from '../../src/store/init.ts';
import type { Dice } from '../simulation/dice.ts';
import type { Violation } from '../simulation/history/history.ts';
import type { Undo } from '../support/undo.ts';
import { type Capabilities, mountTmpfs, unmount } from './capabilities.ts';
import { Host, type HostOptions } from './host.ts';
import type { Counts, Log } from './log.ts';
import { MEMBER_USER, NatsServers, RIGHT_PASSWORD } from './nats.ts';
import { Recorder } from './recorder.ts';
import { Wire } from './wire.ts';
import { type Wires, World } from './world.ts';

export interface BuildOptions {
  /** Where all files of the episode go. */
  readonly directory: string;
  readonly members: number;
  readonly servers: number;
  readonly connections: number;
  readonly dice: Dice;
  readonly log: Log;
  readonly faults: Counts;
  readonly capabilities: Capabilities;
  readonly signal: AbortSignal;
}

export interface Built {
  readonly world: World;
  readonly connections: readonly NatsConnection[];
}

/** Small, and yet room for a store, its index and the logs beside them. */
const SMALL_DISK_BYTES = 201_326_592;

/** A fresh cluster: NATS servers, a wire for each process to each of them, stores, members that run. */
export async function build(options: BuildOptions, undo: Undo): Promise<Built> {
  const { directory, dice, log, faults, capabilities, signal } = options;
  const ids = Array.from({ length: options.members }, (_, index) => `n${index + 1}`);
  const servers = await NatsServers.start(options.servers);
  undo.add(() => servers.stop());
  const wires: Wires[] = [];
  const wire = async (owner: string) => {
    const lines = servers.ports.map((port) => new Wire(port));
    for (const wire of lines) await wire.open();
    undo.add(() => Promise.all(lines.map((wire) => wire.close())));
    wires.push({ owner, lines });
    return lines.map(({ url }) => url);
  };
  const violations: Violation[] = [];
  const mount = capabilities.mounts ? await mountSmallDisk(directory, undo) : undefined;
  const hosts: Host[] = [];
  for (const id of ids) {
    const dataDir = join(mount !== undefined && id === ids.at(-1) ? mount : directory, id);
    await initStore({ dataDir, member: id, members: ids });
    const onUncalledFor: HostOptions['onUncalledFor'] = (running, exit) => {
      const detail = `${id} left with ${exit}: ${running.lastWords}`;
      violations.push({ property: 'only what a member should not bear stops it', register: null, detail });
      log.say(`VIOLATION ${detail}`);
    };
    const urls = (await wire(id)).map((url) => url.replace('//', `//${MEMBER_USER}:${RIGHT_PASSWORD}@`));
    hosts.push(new Host({ id, dataDir, urls, logDir: directory, onUncalledFor }));
  }
  undo.add(() => Promise.all(hosts.map((host) => host.kill())));
  const observer = await connected(servers.urls, undo);
  const connections: NatsConnection[] = [];
  for (let index = 1; index <= options.connections; index += 1) {
    connections.push(await connected(await wire(`c${index}`), undo));
  }
  for (const host of hosts) host.start();
  const last = hosts.at(-1);
  const smallDisk = mount === undefined || last === undefined ? undefined : { host: last, mount };
  const recorder = new Recorder();
  const parts = { dice, log, faults, directory, servers, hosts, wires, observer, recorder, violations };
  return { world: new World({ ...parts, capabilities, smallDisk, signal }), connections };
}

async function connected(urls: string[], undo: Undo): Promise<NatsConnection> {
  const connection = await connect({ servers: urls, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  undo.add(() => connection.close());
  return connection;
}

async function mountSmallDisk(directory: string, undo: Undo): Promise<string | undefined> {
  const mount = join(directory, 'small-disk');
  await mkdir(mount);
  if (!mountTmpfs(mount, SMALL_DISK_BYTES)) return undefined;
  const release = () => void unmount(mount);
  process.once('exit', release);
  undo.add(() => {
    process.off('exit', release);
    release();
  });
  return mount;
}
