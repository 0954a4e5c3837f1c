import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface NatsServerOptions {
  /** A free port unless given: give the old one to start a server anew where another was. */
  readonly port?: number;
  /** The text of a configuration file. */
  readonly config?: string;
  /** More arguments of the command line. */
  readonly args?: readonly string[];
}

export interface NatsServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Gives a server that was started with a configuration another one; it takes effect soon. */
  reload(config: string): Promise<void>;
  /** Asks it to end, and waits until it has. */
  stop(): Promise<void>;
  /** Ends it at once (SIGKILL), and waits until it has ended. */
  kill(): Promise<void>;
}

const PORTS_FILE = /"(?:nats|tls)":\s*\[\s*"(?:nats|tls):\/\/[^"]*:(\d+)"/;

/** Starts a real nats-server on loopback, and waits until it accepts connections. Whoever starts it stops it. */
export async function startNatsServer({ port, config, args = [] }: NatsServerOptions = {}): Promise<NatsServer> {
  const dir = await mkdtemp(join(tmpdir(), 'stele-nats-'));
  const configFile = join(dir, 'nats.conf');
  if (config !== undefined) await writeFile(configFile, config);
  // A server that picks its own port, and says which in a file, cannot meet another one there.
  const where = ['--addr', '127.0.0.1', '--port', String(port ?? -1), '--ports_file_dir', dir];
  const child = spawn('nats-server', [...where, ...(config === undefined ? [] : ['--config', configFile]), ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const killWithTests = () => child.kill('SIGKILL');
  process.once('exit', killWithTests);
  const end = async (signal: NodeJS.Signals) => {
    if (isRunning(child)) {
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    }
    process.off('exit', killWithTests);
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const bound = await boundPort(child, dir);
    return {
      url: `nats://127.0.0.1:${bound}`,
      port: bound,
      pid: child.pid ?? 0,
      reload: async (next) => {
        // Whole or not at all: the server may read it at any moment, and another reload may be under way.
        const draft = `${configFile}.${randomUUID()}`;
        await writeFile(draft, next);
        await rename(draft, configFile);
        child.kill('SIGHUP');
      },
      stop: () => end('SIGTERM'),
      kill: () => end('SIGKILL'),
    };
  } catch (error) {
    await end('SIGKILL');
    throw error;
  }
}

/** The server writes its ports file once it listens. */
async function boundPort(child: ChildProcess, dir: string): Promise<number> {
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4_000);
  });
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  for (let tries = 0; tries < 1_000; tries += 1) {
    if (failure !== undefined) throw new Error(`nats-server could not be started: ${failure.message}`);
    if (child.exitCode !== null) throw new Error(`nats-server ended as it started:\n${said}`);
    const text = await readFile(join(dir, `nats-server_${child.pid}.ports`), 'utf8').catch(() => '');
    const [, port] = PORTS_FILE.exec(text) ?? [];
    if (port !== undefined) return Number(port);
    await sleep(10);
  }
  throw new Error(`nats-server did not listen within ten seconds:\n${said}`);
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}
