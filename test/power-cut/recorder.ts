import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, mkdirSync, mkdtempSync, openSync, readSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Disk } from './disk.ts';
import type { LifeOrder } from './life.ts';
import { type Operation, parseRecord } from './operations.ts';

/** What a process did to its files, and what was wrong with its store. */
export interface Life {
  readonly operations: readonly Operation[];
  readonly problem?: string;
}

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** @returns what this machine lacks to record what a process does to its files; undefined where it lacks nothing. */
export function missingToRecord(): string | undefined {
  if (process.platform !== 'linux') return 'LD_PRELOAD, which is of Linux';
  return spawnSync('cc', ['--version']).status === 0 ? undefined : 'a C compiler named cc';
}

/** Lets a real process work on real files, and records all that it does to them. */
export class Recorder {
  readonly #root: string;
  readonly #record: number;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  #lives = 0;
  #recordAt = 0;

  private constructor(root: string) {
    this.#root = root;
    const shim = join(root, 'shim.so');
    const compiled = spawnSync(
      'cc',
      ['-shared', '-fPIC', '-O1', '-o', shim, join(HERE, 'shim.c'), '-ldl', '-lpthread'],
      {
        stdio: ['ignore', 'inherit', 'inherit'],
      },
    );
    if (compiled.status !== 0) throw new Error('The shim that records file operations could not be compiled.');
    mkdirSync(this.#livesDirectory);
    const record = join(root, 'record');
    this.#record = openSync(record, 'w+');
    this.#child = spawn(process.execPath, ['--import', 'tsx', join(HERE, 'children', 'lives.ts')], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {
        ...process.env,
        LD_PRELOAD: shim,
        STELE_RECORD: record,
        STELE_RECORD_BELOW: `${this.#livesDirectory}/`,
        // Its calls would pass the shim by.
        UV_USE_IO_URING: '0',
      },
    });
    const lines: Interface = createInterface({ input: this.#child.stdout });
    this.#lines = lines[Symbol.asyncIterator]();
  }

  static start(): Recorder {
    return new Recorder(realpathSync(mkdtempSync(join(tmpdir(), 'stele-power-cut-'))));
  }

  /** Lets a process live on a disk, as it is now. The disk stays as it is, but for where its files are. */
  async live(disk: Disk, order: LifeOrder, source: string): Promise<Life> {
    this.#lives += 1;
    const directory = join(this.#livesDirectory, String(this.#lives));
    mkdirSync(directory);
    try {
      disk.writeTo(directory);
      this.#child.stdin.write(`${JSON.stringify({ ...order, directory, source })}\n`);
      const answer = await this.#lines.next();
      if (answer.done === true) throw new Error('The process that is recorded has ended.');
      return { ...JSON.parse(answer.value), operations: parseRecord(this.#readOn(), directory) };
    } finally {
      rmSync(directory, { recursive: true });
    }
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'close');
    this.#child.stdin.end();
    await ended;
    closeSync(this.#record);
    rmSync(this.#root, { recursive: true });
  }

  get #livesDirectory(): string {
    return join(this.#root, 'lives');
  }

  #readOn(): Buffer {
    const bytes = Buffer.alloc(fstatSync(this.#record).size - this.#recordAt);
    readSync(this.#record, bytes, 0, bytes.length, this.#recordAt);
    this.#recordAt += bytes.length;
    return bytes;
  }
}
