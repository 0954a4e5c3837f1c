import { setTimeout as sleep } from 'node:timers/promises';
import { drive, type Figure } from '../client.ts';
import { freshPrefix } from '../turns.ts';
import { type Setting, startCluster } from './clusters.ts';

const IN_FLIGHT = 256;
/** A phase is so many times as long as a turn: what follows a kill takes a while to show. */
const TURNS_A_PHASE = 3;
const BINS_PER_SECOND = 10;
const WARMUP_SECONDS = 1;

export interface Failover {
  readonly inFlight: number;
  readonly phaseSeconds: number;
  readonly tryTimeoutSeconds: number;
  /** Registers a second with all members, with one killed, and after it was started again. */
  readonly before: number;
  readonly during: number;
  readonly after: number;
  /** From a request's first try to the answer that settled it. */
  readonly slowestMs: number;
  readonly retries: number;
  readonly figure: Figure;
}

/** One of three members, the home, through which all writes go, is killed with -9 under load, and started again a while later. */
export async function measureFailover(setting: Setting, tryTimeoutSeconds: number): Promise<Failover> {
  const { site, client, extent } = setting;
  const cluster = await startCluster(setting, 'failover', 3);
  const phaseSeconds = Math.ceil(extent.seconds * TURNS_A_PHASE);
  const [member] = cluster.members;
  if (member === undefined) throw new Error('a cluster without members');
  site.tell(`${IN_FLIGHT} in flight; ${member.id} is killed after ${phaseSeconds} s, and started after as long again`);
  const driven = drive(
    client,
    {
      ...cluster.load,
      operation: 'create',
      prefix: freshPrefix(),
      inFlight: IN_FLIGHT,
      warmup: `${WARMUP_SECONDS}s`,
      duration: `${3 * phaseSeconds}s`,
      retry: true,
      tryTimeout: `${tryTimeoutSeconds}s`,
      timeline: true,
    },
    site.signal,
  );
  const faults = async () => {
    await sleep((WARMUP_SECONDS + phaseSeconds) * 1_000, undefined, { signal: site.signal });
    await member.server().kill();
    await sleep(phaseSeconds * 1_000, undefined, { signal: site.signal });
    member.start();
  };
  const [figure] = await Promise.all([driven, faults()]);
  const rate = (phase: number) => perSecond(figure, phase * phaseSeconds, (phase + 1) * phaseSeconds);
  return {
    inFlight: IN_FLIGHT,
    phaseSeconds,
    tryTimeoutSeconds,
    before: rate(0),
    during: rate(1),
    after: rate(2),
    slowestMs: figure.maxMs,
    retries: figure.retries,
    figure,
  };
}

function perSecond({ timeline = [] }: Figure, fromSeconds: number, toSeconds: number): number {
  const bins = timeline.slice(Math.round(fromSeconds * BINS_PER_SECOND), Math.round(toSeconds * BINS_PER_SECOND));
  return bins.reduce((sum, { operations }) => sum + operations, 0) / (toSeconds - fromSeconds);
}
