import { fileURLToPath } from 'node:url';
import { InvalidArgumentError, Option } from 'commander';

const ROOT = new URL('../../', import.meta.url);

/** What both benchmarks are told. */
export interface CommonOptions {
  readonly inFlight?: readonly number[];
  readonly seconds?: number;
  readonly rounds?: number;
  readonly quick: boolean;
  readonly natsServer: string;
  readonly stele: string;
  readonly work?: string;
  readonly out: string;
}

/** How long and how wide it measures. */
export interface Extent {
  readonly inFlight: readonly number[];
  readonly seconds: number;
  readonly rounds: number;
  readonly warmupSeconds: number;
}

const FULL: Extent = { inFlight: [1, 16, 64, 256, 1_024], seconds: 3, rounds: 3, warmupSeconds: 1 };
const QUICK: Extent = { inFlight: [1, 64, 1_024], seconds: 0.8, rounds: 1, warmupSeconds: 0.4 };

export function extentOf({ inFlight, seconds, rounds, quick }: CommonOptions): Extent {
  const usual = quick ? QUICK : FULL;
  return {
    inFlight: inFlight ?? usual.inFlight,
    seconds: seconds ?? usual.seconds,
    rounds: rounds ?? usual.rounds,
    warmupSeconds: usual.warmupSeconds,
  };
}

/** @param results where results go below `bench/results`. */
export function commonOptions(results: string): Option[] {
  const path = (relative: string) => fileURLToPath(new URL(relative, ROOT));
  return [
    new Option('--in-flight <list>', 'requests in flight (default: 1,16,64,256,1024)').argParser(wholeNumbers(1)),
    new Option('--seconds <n>', 'how long each turn is measured, after a second of warm-up (default: 3)').argParser(
      number,
    ),
    new Option('--rounds <n>', 'how often each system has its turn (default: 3)').argParser(one),
    new Option('--quick', 'a short run that shows that all works, and no more: 1 round, 0.8 s, 1,64,1024').default(
      false,
    ),
    new Option('--nats-server <path>', 'which nats-server to start, for stele and for JetStream')
      .env('STELE_BENCH_NATS_SERVER')
      .default('nats-server'),
    new Option('--stele <path>', 'the main.js of the build of stele to measure').default(
      path('dist/cli/main.js'),
      'dist/cli/main.js',
    ),
    new Option('--work <directory>', 'where the systems keep their data: a real disk').env('STELE_BENCH_WORK'),
    new Option('--out <directory>', 'where the results go').default(
      path(`bench/results/${results}`),
      `bench/results/${results}`,
    ),
  ];
}

/** Reads whole numbers with commas between them. */
export function wholeNumbers(min: number): (text: string) => number[] {
  return (text) => {
    const list = text.split(',').map(Number);
    if (list.every((n) => Number.isSafeInteger(n) && n >= min)) return list;
    throw new InvalidArgumentError(`It must be one whole number from ${min}, or several with commas between them.`);
  };
}

/** Reads words with commas between them. */
export function words(known: readonly string[]): (text: string) => string[] {
  return (text) => {
    const list = text.split(',');
    if (list.every((word) => known.includes(word))) return list;
    throw new InvalidArgumentError(`It must be some of ${known.join(', ')}, with commas between them.`);
  };
}

function one(text: string): number {
  const [value = 0, ...more] = wholeNumbers(1)(text);
  if (more.length > 0) throw new InvalidArgumentError('It must be one whole number from 1.');
  return value;
}

function number(text: string): number {
  const value = Number(text);
  if (value > 0 && value < 3_600) return value;
  throw new InvalidArgumentError('It must be a number of seconds above 0.');
}
