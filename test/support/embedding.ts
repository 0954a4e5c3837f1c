import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect, type NatsConnection } from 'nats';
import { createNode, initStore, type MemberEvent, type NodeOptions, type SteleNode } from '../../src/node/index.ts';
import { type NatsServer, startNatsServer } from './nats-server.ts';
import { Undo } from './undo.ts';

/** Connections of members outlast everything. */
export const LASTING: ConnectionOptions = {
  maxReconnectAttempts: -1,
  ignoreAuthErrorAbort: true,
  reconnectTimeWait: 50,
};

/** A service of somebody's, in this process, that embeds a cluster of one: a NATS server, and a directory with a store. */
export class Embedding {
  readonly server: NatsServer;
  readonly dataDir: string;
  readonly #undo: Undo;

  private constructor(server: NatsServer, dataDir: string, undo: Undo) {
    this.server = server;
    this.dataDir = dataDir;
    this.#undo = undo;
  }

  static async begin({ config, members = ['n1'] }: { config?: string; members?: string[] } = {}): Promise<Embedding> {
    const undo = new Undo();
    const directory = await mkdtemp(join(tmpdir(), 'stele-embedding-'));
    undo.add(() => rm(directory, { recursive: true, force: true }));
    const server = await startNatsServer(config === undefined ? {} : { config });
    undo.add(() => server.stop());
    const dataDir = join(directory, 'n1');
    await initStore({ dataDir, member: 'n1', members });
    return new Embedding(server, dataDir, undo);
  }

  async connect(options: ConnectionOptions = LASTING): Promise<NatsConnection> {
    const connection = await connect({ servers: this.server.url, ...options });
    this.#undo.add(() => connection.close());
    return connection;
  }

  /** A node over a connection, and all that is heard of it. */
  async node(
    nats: NatsConnection,
    options: Partial<NodeOptions> = {},
  ): Promise<{ node: SteleNode; events: MemberEvent[] }> {
    const node = await createNode({ nats, dataDir: this.dataDir, ...options });
    this.#undo.add(() => node.drain().catch(() => undefined));
    const events: MemberEvent[] = [];
    node.subscribe((event) => void events.push(event));
    return { node, events };
  }

  /**
   * Starts a node on the same directory over a good connection, sees that it serves, and drains it.
   * @returns its incarnation: one for each time that the store was opened.
   */
  async servesAgain(): Promise<number> {
    const { node, events } = await this.node(await this.connect());
    await untilServing(node, events);
    await node.drain();
    return node.status().incarnation;
  }

  end(): Promise<void> {
    return this.#undo.all();
  }
}

export function troublesIn(events: readonly MemberEvent[]): string[] {
  return events.flatMap((event) => (event.type === 'trouble' ? [event.what] : []));
}

async function untilServing(node: SteleNode, events: readonly MemberEvent[]): Promise<void> {
  if (node.status().state === 'serving') return;
  await new Promise<void>((resolve, reject) => {
    node.subscribe((event) => {
      if (event.type !== 'state') return;
      if (event.state === 'serving') resolve();
      if (event.state === 'failed') reject(new Error(`it failed; it said: ${JSON.stringify(events)}`));
    });
  });
}
