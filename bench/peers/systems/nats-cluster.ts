import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type NatsConnection } from 'nats';
import { freePorts } from '../ports.ts';
import { type Server, startServer } from '../servers.ts';
import { type Site, until } from '../site.ts';

const SERVERS = 3;
const ROUTED_TIMEOUT_MS = 200;

export interface NatsClusterOptions {
  readonly binary: string;
  /** A word, for its directory and the names of its servers. */
  readonly name: string;
  /** The lines of the configuration's `jetstream` block; without them there is no JetStream. */
  readonly jetstream?: readonly string[];
}

export interface NatsCluster {
  readonly servers: readonly Server[];
  /** host:port of each. */
  readonly addresses: readonly string[];
  readonly connection: NatsConnection;
}

/** Starts three NATS servers that form a cluster, and waits until they do. */
export async function startNatsCluster(site: Site, options: NatsClusterOptions): Promise<NatsCluster> {
  const { binary, name } = options;
  const ports = await freePorts(SERVERS);
  const routes = (await freePorts(SERVERS)).map((port) => `127.0.0.1:${port}`);
  const servers: Server[] = [];
  for (const [index, port] of ports.entries()) {
    const directory = join(site.directory, name, `s${index + 1}`);
    await mkdir(directory, { recursive: true });
    const file = join(directory, 'nats.conf');
    const others = routes.filter((_, other) => other !== index).map((route) => `nats://${route}`);
    const jetstream = options.jetstream && ['jetstream {', `store_dir: "${directory}"`, ...options.jetstream, '}'];
    const lines = [
      `server_name: ${name}-s${index + 1}`,
      `listen: "127.0.0.1:${port}"`,
      `cluster { name: ${name}, listen: "${routes[index]}", routes: [${others.join(', ')}], no_advertise: true }`,
      ...(jetstream ?? []),
    ];
    await writeFile(file, lines.join('\n'));
    servers.push(startServer(site, `nats-server ${index + 1} of ${name}`, binary, ['--config', file]));
  }
  const addresses = ports.map((port) => `127.0.0.1:${port}`);
  const connection = await until(`${name}: NATS servers`, site.signal, () => connect({ servers: [...addresses] }));
  site.undo.add(() => connection.close());
  await until(`${name}: three NATS servers that form a cluster`, site.signal, () => routed(addresses));
  return { servers, addresses, connection };
}

/** A message from each server reaches each other one. */
async function routed(addresses: readonly string[]): Promise<true | undefined> {
  const connections = await Promise.all(addresses.map((servers) => connect({ servers })));
  try {
    const heard = connections.map((connection) => {
      const subscription = connection.subscribe('bench.routed', { max: addresses.length });
      return (async () => {
        for await (const _ of subscription);
      })();
    });
    await Promise.all(connections.map((connection) => connection.flush()));
    for (const connection of connections) connection.publish('bench.routed');
    const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), ROUTED_TIMEOUT_MS));
    return await Promise.race([Promise.all(heard).then(() => true as const), late]);
  } finally {
    await Promise.all(connections.map((connection) => connection.close()));
  }
}
