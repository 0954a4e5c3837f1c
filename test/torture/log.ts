/** What happened in a run, a line each, with the seconds since it began: `  12.3s n2: SIGKILL`. */
export class Log {
  readonly lines: string[] = [];
  readonly #startedMs = performance.now();
  readonly #print: (line: string) => void;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  say(text: string): void {
    const seconds = ((performance.now() - this.#startedMs) / 1_000).toFixed(1);
    const line = `${seconds.padStart(6)}s ${text}`;
    this.lines.push(line);
    this.#print(line);
  }
}

/** How often each of some things happened. */
export class Counts {
  readonly #counts = new Map<string, number>();

  add(key: string, by = 1): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + by);
  }

  addAll(other: Counts): void {
    for (const [key, count] of other.entries()) this.add(key, count);
  }

  /** In the order of the keys. */
  entries(): [string, number][] {
    return [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}
