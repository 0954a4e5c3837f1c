import { setTimeout as sleep } from 'node:timers/promises';
import { drive, type Figure, type Load, type Operation } from './client.ts';
import { cpuSeconds } from './cpu.ts';
import { endedOf } from './servers.ts';
import type { Site } from './site.ts';
import type { Contender, Keys } from './systems/contender.ts';

/** Between two turns, so that what one system has left to do does not count against the next. */
const PAUSE_MS = 500;
/** What was still under way when a turn failed may take so long to be over. */
const AFTER_FAILURE_MS = 5_000;

/** One system, measured once. */
export interface Turn {
  readonly figure: Figure;
  /** How many cores the system was busy with, and all others that were up meanwhile. */
  readonly systemCores: number;
  readonly otherCores: number;
}

/** All turns of one system with one operation and one number in flight. */
export interface Cell {
  readonly contender: string;
  readonly operation: Operation;
  readonly inFlight: number;
  /** Registers a request: more than one for batches. */
  readonly registers: number;
  readonly turns: readonly Turn[];
  /** Why there is no figure: one answer was wrong or missing. */
  readonly failure?: string;
}

export interface Plan {
  readonly site: Site;
  readonly client: string;
  readonly contenders: readonly Contender[];
  /** All that are up, measured or not. */
  readonly everyone: readonly Contender[];
  readonly operation: Operation;
  readonly inFlight: readonly number[];
  readonly rounds: number;
  readonly seconds: number;
  readonly warmupSeconds: number;
  readonly batch?: number;
}

let prefixes = 0;

/** What keys begin with that were never used before. */
export function freshPrefix(): string {
  prefixes += 1;
  return `w${prefixes}`;
}

/**
 * Measures every contender in turn, a few seconds each, for one number in flight after another. Each round begins with another
 * contender, so that none always comes after the same one; the machine's moods meet all of them.
 */
export async function takeTurns(plan: Plan): Promise<Cell[]> {
  const cells: Cell[] = [];
  for (const inFlight of plan.inFlight) cells.push(...(await takeRounds(plan, inFlight)));
  return cells;
}

async function takeRounds(plan: Plan, inFlight: number): Promise<Cell[]> {
  const { contenders, operation, site } = plan;
  const turns = new Map(contenders.map(({ id }): [string, Turn[]] => [id, []]));
  const failures = new Map<string, string>();
  for (let round = 0; round < plan.rounds; round += 1) {
    const first = round % contenders.length;
    for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      if (failures.has(contender.id)) continue;
      try {
        const turn = await takeTurn(plan, contender, inFlight);
        turns.get(contender.id)?.push(turn);
        site.tell(progressLine(plan, contender, inFlight, round, turn.figure));
      } catch (error) {
        site.signal.throwIfAborted();
        failures.set(contender.id, error instanceof Error ? error.message : String(error));
        site.tell(`FAILED ${contender.label}: ${failures.get(contender.id)}`);
        await sleep(AFTER_FAILURE_MS);
      }
    }
  }
  const registers = operation === 'batch' ? (plan.batch ?? 1) : 1;
  return contenders.map(({ id }) => {
    const failure = failures.get(id);
    // Some of its rounds went well: a figure from these alone would flatter.
    const taken = failure === undefined ? (turns.get(id) ?? []) : [];
    return {
      contender: id,
      operation,
      inFlight,
      registers,
      turns: taken,
      ...(failure === undefined ? {} : { failure }),
    };
  });
}

async function takeTurn(plan: Plan, contender: Contender, inFlight: number): Promise<Turn> {
  const { everyone, operation, seconds, batch } = plan;
  await sleep(PAUSE_MS);
  const own = pidsOf([contender]);
  const others = pidsOf(everyone).filter((pid) => !own.includes(pid));
  const load: Load = {
    operation,
    prefix: freshPrefix(),
    ...contender.load,
    ...(operation === 'read' ? (contender.reads ?? READS) : {}),
    ...(batch === undefined ? {} : { batch }),
    inFlight,
    warmup: `${plan.warmupSeconds}s`,
    duration: `${seconds}s`,
  };
  const before = [cpuSeconds(own), cpuSeconds(others), performance.now()] as const;
  const figure = await driven(plan, contender, load);
  const tookSeconds = (performance.now() - before[2]) / 1_000;
  return {
    figure,
    systemCores: (cpuSeconds(own) - before[0]) / tookSeconds,
    otherCores: (cpuSeconds(others) - before[1]) / tookSeconds,
  };
}

/** A failed run says which of its servers has ended, if one has. */
async function driven({ client, site }: Plan, { servers }: Contender, load: Load): Promise<Figure> {
  try {
    return await drive(client, load, site.signal);
  } catch (error) {
    const ended = endedOf(servers);
    if (ended === undefined || site.signal.aborted) throw error;
    throw new Error(`${error instanceof Error ? error.message : error}\n${ended}`);
  }
}

/** The keys that reads ask for, unless a contender has others. */
const READS: Keys = { prefix: 'exists', keys: 10_000 };
const PREPARE_IN_FLIGHT = 256;

const WARM_IN_FLIGHT = 1;
const WARM_SECONDS = 12;

/**
 * One request at a time, for a while, that is not measured: V8 and Java compile code once it has run often enough, and with so few
 * requests that takes longer than a turn. A service that has been up for a minute is what is to be measured.
 */
export async function warmUp(site: Site, client: string, { load, label }: Contender): Promise<void> {
  site.tell(`warming up: ${label}`);
  const duration = `${WARM_SECONDS}s`;
  const warm: Load = { ...load, operation: 'create', prefix: freshPrefix(), inFlight: WARM_IN_FLIGHT, duration };
  await drive(client, warm, site.signal);
}

/** Writes the keys that reads ask for. */
export async function prepareReads(
  site: Site,
  client: string,
  { load, label, reads = READS }: Contender,
): Promise<void> {
  site.tell(`writing ${reads.keys.toLocaleString('en')} keys to be read: ${label}`);
  const { prefix, keys: count } = reads;
  // Not measured, so a slow moment may be borne: what stele answers `unknown` is asked again with its operation id.
  const patience = load.system === 'stele' ? ({ retry: true } as const) : {};
  const fill: Load = { ...load, operation: 'create', prefix, inFlight: PREPARE_IN_FLIGHT, count, ...patience };
  await drive(client, fill, site.signal);
}

export function pidsOf(contenders: readonly Contender[]): number[] {
  return contenders.flatMap(({ servers }) => servers.map(({ pid }) => pid));
}

function progressLine(plan: Plan, { label }: Contender, inFlight: number, round: number, figure: Figure): string {
  const { perSecond, p50Ms, p99Ms } = figure;
  const what = `${plan.operation} ${String(inFlight).padStart(5)} in flight, round ${round + 1}/${plan.rounds}`;
  const rate = `${Math.round(perSecond).toLocaleString('en')}/s`.padStart(10);
  return `${what}  ${label.padEnd(34)} ${rate}  p50 ${p50Ms.toFixed(2)} ms  p99 ${p99Ms.toFixed(1)} ms`;
}
