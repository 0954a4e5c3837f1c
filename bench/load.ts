import { performance } from 'node:perf_hooks';

export interface Measured {
  /** Operations a second, over the whole of the timed part. */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly operations: number;
}

/**
 * Keeps `inFlight` operations under way, for `warmupMs` uncounted and then for `durationMs`.
 * @param operation does the n-th operation, and throws when it did not end as it should: a figure counts only answers.
 */
export async function measure(
  inFlight: number,
  durationMs: number,
  warmupMs: number,
  operation: (n: number) => Promise<void>,
): Promise<Measured> {
  const latencies: number[] = [];
  let next = 0;
  const startMs = performance.now() + warmupMs;
  const endMs = startMs + durationMs;
  const worker = async () => {
    for (let begun = performance.now(); begun < endMs; begun = performance.now()) {
      const n = next;
      next += 1;
      await operation(n);
      const ended = performance.now();
      if (begun >= startMs && ended <= endMs) latencies.push(ended - begun);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  latencies.sort((a, b) => a - b);
  return {
    perSecond: (latencies.length / durationMs) * 1_000,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    operations: latencies.length,
  };
}

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}
