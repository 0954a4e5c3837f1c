import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly bytes: Buffer;
  readonly stdout: string;
  readonly stderr: string;
}

/** A `stele` command that runs. */
export interface Running {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** What it has printed so far, on both streams. */
  printed(): string;
  /** Resolves with the match once it has printed such a text; rejects when it ends before. */
  untilPrinted(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Starts the command line as a user would; of the caller's own STELE_ variables it sees none. */
export function start(args: readonly string[], environment: Record<string, string> = {}): Running {
  return startScript(MAIN, args, environment);
}

/** Starts a TypeScript file. */
export function startScript(
  file: string,
  args: readonly string[] = [],
  environment: Record<string, string> = {},
): Running {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('STELE_'));
  const child = spawn(process.execPath, ['--import', 'tsx', file, ...args], {
    env: { ...Object.fromEntries(inherited), ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  const all: Buffer[] = [];
  const watchers = new Set<() => void>();
  const collect = (into: Buffer[]) => (chunk: Buffer) => {
    into.push(chunk);
    all.push(chunk);
    for (const watcher of watchers) watcher();
  };
  child.stdout.on('data', collect(out));
  child.stderr.on('data', collect(err));
  const printed = () => Buffer.concat(all).toString();
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => {
      const bytes = Buffer.concat(out);
      resolve({ code, signal, bytes, stdout: bytes.toString(), stderr: Buffer.concat(err).toString() });
    });
  });
  return {
    process: child,
    pid: child.pid ?? Number.NaN,
    ended,
    printed,
    untilPrinted: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(printed());
          if (match === null) return;
          watchers.delete(look);
          resolve(match);
        };
        watchers.add(look);
        void ended.then(() => reject(new Error(`It ended without printing ${pattern}, but: ${printed()}`)));
        look();
      }),
  };
}

/** Runs a command to its end. */
export function run(args: readonly string[], given: { input?: Uint8Array; env?: Record<string, string> } = {}) {
  const running = start(args, given.env);
  running.process.stdin?.end(given.input);
  return running.ended;
}

const directories: string[] = [];

/** A new directory, which goes when the tests of the file are over. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'stele-cli-'));
  directories.push(directory);
  return directory;
}

afterAll(async () => {
  for (const directory of directories) await rm(directory, { recursive: true, force: true });
});

/** A port that nothing listens on, as of now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : Number.NaN));
    });
  });
}

export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Resolves once the condition holds; the test's own time limit bounds the wait. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50));
}
