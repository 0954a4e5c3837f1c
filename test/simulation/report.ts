import type { Run } from './simulate.ts';

/** How much of a trace is worth reading from the end of it. */
const LINES_MAX = 400;

/** What was violated in a run, and what mattered to the register that it was violated for. */
export function* explain(run: Run): Generator<string> {
  const [first] = run.violations;
  if (first === undefined) return;
  yield `seed ${run.options.seed}: ${run.violations.length} violations`;
  for (const { property, register, detail } of run.violations.slice(0, 10)) {
    yield `  ${property}${register === null ? '' : ` (${register})`}: ${detail}`;
  }
  yield `options: ${JSON.stringify(run.options)}`;
  const lines = [...run.trace.text(first.register ?? '')];
  const end = lines.findIndex((line) => line.includes('VIOLATION')) + 1;
  yield `trace of ${first.register ?? 'the members'}, up to the first violation:`;
  yield* lines.slice(Math.max(0, end - LINES_MAX), end);
}

/** Totals over many runs. */
export class Tally {
  readonly #startedMs: number;
  readonly #faults = new Map<string, number>();
  readonly #outcomes = new Map<string, number>();
  #moments = 0;
  #calls = 0;
  #virtualMs = 0;
  runs = 0;

  constructor(startedMs: number) {
    this.#startedMs = startedMs;
  }

  add(run: Run): void {
    this.runs += 1;
    this.#moments += run.moments;
    this.#calls += run.calls.length;
    this.#virtualMs += run.virtualMs;
    for (const [fault, times] of run.faults) increase(this.#faults, fault, times);
    for (const { kind, outcome } of run.calls) increase(this.#outcomes, `${kind} ${outcome ?? 'never answered'}`, 1);
  }

  *text(nowMs: number): Generator<string> {
    const minutes = (nowMs - this.#startedMs) / 60_000;
    const perMinute = Math.round(this.runs / minutes);
    yield `${this.runs} runs in ${minutes.toFixed(2)} min (${perMinute} a minute): ${this.#calls} operations, ${this.#moments} events, ${(this.#virtualMs / 3_600_000).toFixed(2)} h of virtual time`;
    yield `outcomes: ${list(this.#outcomes)}`;
    yield `faults: ${list(this.#faults)}`;
  }
}

function increase(counts: Map<string, number>, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

function list(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, times]) => `${key} ${times}`)
    .join(', ');
}
