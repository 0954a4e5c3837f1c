import { createWriteStream, type WriteStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Child, type Exit, startChild } from './children.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const PRELOADED = [
  new URL('./jumping-clock.ts', import.meta.url).href,
  new URL('./copying-host.ts', import.meta.url).href,
];
const TAIL_CHARACTERS = 65_536;

export interface RunOptions {
  readonly id: string;
  readonly dataDir: string;
  readonly urls: readonly string[];
  /** All that it says is appended to it. */
  readonly logFile: string;
  /** The URL of a mistake that is loaded into it. */
  readonly planted?: string | undefined;
}

/** One process of a member, from its start to its end. */
export class Running {
  readonly id: string;
  readonly child: Child;
  /** Why this process may stop by itself; undefined while nothing was done to it that it should not bear. */
  excuse: string | undefined;
  /** Whether it was told to end. */
  isEnding = false;
  readonly #log: WriteStream;
  #tail = '';
  #hasEnded = false;
  #copies = 0;

  constructor({ id, dataDir, urls, logFile, planted }: RunOptions, onExit: (running: Running, exit: Exit) => void) {
    this.id = id;
    const preloaded = planted === undefined ? PRELOADED : [...PRELOADED, planted];
    const imports = preloaded.flatMap((url) => ['--import', url]);
    const args = ['--import', 'tsx', ...imports, MAIN, 'node'];
    const flags = ['--data', dataDir, '--nats', urls.join(), '--log-format', 'json'];
    this.child = startChild(process.execPath, [...args, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#log = createWriteStream(logFile, { flags: 'a' });
    for (const stream of [this.child.process.stdout, this.child.process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
    }
    void this.child.exit.then((exit) => {
      this.#hasEnded = true;
      onExit(this, exit);
    });
    this.child.process.once('close', () => this.#log.end());
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** It opened its store, and said which start of it this is. */
  get hasOpened(): boolean {
    return /"incarnation":\d+,"state"/.test(this.#tail);
  }

  /** How often it copied the files of its store, because of a SIGURG. */
  get copies(): number {
    return this.#copies;
  }

  get hasServed(): boolean {
    return /"state":"serving"/.test(this.#tail);
  }

  /** What it said last when it stopped by itself; else the last line of all. */
  get lastWords(): string {
    const lines = this.#tail.trimEnd().split('\n');
    const fatal = lines.findLast((line) => line.includes('"level":60')) ?? lines.at(-1) ?? '';
    const [, message] = /"msg":("(?:[^"\\]|\\.)*")/.exec(fatal) ?? [];
    return message === undefined ? fatal : String(JSON.parse(message));
  }

  signal(signal: NodeJS.Signals): void {
    if (signal === 'SIGKILL' || signal === 'SIGTERM') this.isEnding = true;
    this.child.process.kill(signal);
  }

  /** Ends it at once, stopped or not. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.child.exit;
  }

  #hear(text: string): void {
    this.#log.write(text);
    if (text.includes('copied the files of the store')) this.#copies += 1;
    this.#tail = (this.#tail + text).slice(-TAIL_CHARACTERS);
  }
}
