import { join } from 'node:path';
import type { Exit } from './children.ts';
import { Running } from './member.ts';

export interface HostOptions {
  readonly id: string;
  readonly dataDir: string;
  /** Its ways to NATS. */
  readonly urls: readonly string[];
  readonly logDir: string;
  /** Told that a process ended by itself, with nothing done to it that may end it. */
  readonly onUncalledFor: (running: Running, exit: Exit) => void;
}

/** The place of a member: its directory, its ways to NATS, and the process that runs on them, if any. */
export class Host {
  readonly id: string;
  readonly dataDir: string;
  /** Whether some fault has it in hand now; others then leave it alone. */
  isTaken = false;
  /** Whether it is broken for good, and stays down for the rest of the episode. */
  isOut = false;
  /** Set once its disk was damaged and it went on: any process of it may stop at what it finds, whenever that is. */
  hasDamagedDisk = false;
  running: Running | undefined;
  readonly #options: HostOptions;

  constructor(options: HostOptions) {
    this.#options = options;
    this.id = options.id;
    this.dataDir = options.dataDir;
  }

  get isRunning(): boolean {
    return this.running !== undefined && !this.running.hasEnded;
  }

  start(): Running {
    this.running = this.startOn(this.dataDir, this.#options.urls);
    if (this.hasDamagedDisk) this.running.excuse = 'damaged disk';
    return this.running;
  }

  /** Starts one more process under its name, which is not looked after. */
  startOn(dataDir: string, urls = this.#options.urls, planted?: string): Running {
    const { id, logDir, onUncalledFor } = this.#options;
    const logFile = join(logDir, `${id}.log`);
    return new Running({ id, dataDir, urls, logFile, planted }, (running, exit) => {
      if (!running.isEnding && running.excuse === undefined) onUncalledFor(running, exit);
    });
  }

  async kill(): Promise<void> {
    await this.running?.kill();
  }
}
