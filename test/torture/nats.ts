import { createServer } from 'node:net';
import { type NatsServer, startNatsServer } from '../support/nats-server.ts';

/** Whom members log in as; everybody else needs nothing. */
export const MEMBER_USER = 'member';
export const RIGHT_PASSWORD = 'right';

function usersOf(memberPassword: string): string {
  const users = `{ user: anyone, password: anyone }, { user: ${MEMBER_USER}, password: ${memberPassword} }`;
  return `no_auth_user: anyone\nauthorization { users = [ ${users} ] }\n`;
}

/** One NATS server, or several that form a cluster, each of which can be killed, stopped and started. */
export class NatsServers {
  readonly ports: readonly number[];
  readonly #routes: readonly number[];
  readonly #servers: (NatsServer | undefined)[];
  #memberPassword = RIGHT_PASSWORD;

  private constructor(ports: readonly number[], routes: readonly number[]) {
    this.ports = ports;
    this.#routes = routes;
    this.#servers = ports.map(() => undefined);
  }

  static async start(count: number): Promise<NatsServers> {
    const servers = new NatsServers(await freePorts(count), await freePorts(count));
    for (let index = 0; index < count; index += 1) await servers.start(index);
    return servers;
  }

  get urls(): string[] {
    return this.ports.map((port) => `nats://127.0.0.1:${port}`);
  }

  isUp(index: number): boolean {
    return this.#servers[index] !== undefined;
  }

  /** @param more lines of its configuration file, beside the users. */
  async start(index: number, more = ''): Promise<void> {
    const port = this.ports[index];
    if (port === undefined || this.isUp(index)) return;
    this.#servers[index] = await startNatsServer({
      port,
      config: `${usersOf(this.#memberPassword)}\n${more}`,
      args: this.#clusterArgs(index),
    });
  }

  /** What members must log in with, on servers that start later too. */
  async setMemberPassword(password: string): Promise<void> {
    this.#memberPassword = password;
    const reload = async (server: NatsServer | undefined, index: number) => {
      try {
        await server?.reload(usersOf(password));
      } catch (error) {
        // One that another fault has ended meanwhile starts with this password later.
        if (this.#servers[index] === server) throw error;
      }
    };
    await Promise.all(this.#servers.map(reload));
  }

  async kill(index: number): Promise<void> {
    const server = this.#servers[index];
    this.#servers[index] = undefined;
    await server?.kill();
  }

  signal(index: number, signal: 'SIGSTOP' | 'SIGCONT'): void {
    const server = this.#servers[index];
    if (server !== undefined) process.kill(server.pid, signal);
  }

  async stop(): Promise<void> {
    await Promise.all(this.ports.map((_, index) => this.kill(index)));
  }

  #clusterArgs(index: number): string[] {
    if (this.ports.length === 1) return [];
    const url = (port: number | undefined) => `nats://127.0.0.1:${port}`;
    const others = this.#routes.filter((_, other) => other !== index).map(url);
    // Not advertised: a client that learned of a server's own address would go there without its wire.
    const quiet = ['--no_advertise', '--connect_retries', '1000'];
    return ['--cluster_name', 'torture', '--cluster', url(this.#routes[index]), '--routes', others.join(), ...quiet];
  }
}

/** Ports that nobody listens on, found by asking for all of them at once. */
async function freePorts(count: number): Promise<number[]> {
  const listeners = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', resolve);
      });
      return server;
    }),
  );
  return await Promise.all(
    listeners.map(async (server) => {
      const address = server.address();
      await new Promise((resolve) => server.close(resolve));
      if (address === null || typeof address === 'string') throw new Error('the system gave no port');
      return address.port;
    }),
  );
}
