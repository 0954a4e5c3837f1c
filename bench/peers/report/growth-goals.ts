import { cellOf, ratioOf } from './figures.ts';
import { verdict } from './goals.ts';
import type { GrowthReport } from './growth-report.ts';
import { figure, table, times } from './markdown.ts';

const LARGE_STORE = 10_000_000;
const LARGE_STORE_MIN = 0.8;
const MEMORY_MAX_MIB = 300;
const RESTART_MAX_MS = 3_000;
const ONE_DOWN_MIN = 0.7;
const SLOWEST_MAX_MS = 2_000;
const ONE_REGISTER_MAX = 3;
const MIB_BYTES = 1_048_576;

/** What stele set out to reach as it grows, beside what this run shows. */
export function growthGoals(report: GrowthReport): string[] {
  const rows = [...registerGoals(report), ...failoverGoals(report), ...writerGoals(report)];
  if (rows.length === 0) return [];
  return ['## What it should reach', '', table(['', 'goal', 'this run', ''], rows), ''];
}

function registerGoals({ registers, extent }: GrowthReport): string[][] {
  if (registers === undefined) return [];
  const large = registers.rows.find((row) => row.registers === LARGE_STORE);
  const empty = registers.rows.find((row) => row.registers === 0);
  const store = large && registers.stores[registers.rows.indexOf(large)];
  if (large === undefined || empty === undefined || store === undefined) return [];
  const words = LARGE_STORE.toLocaleString('en');
  const throughputs = extent.inFlight.map((count) => {
    const own = cellOf(registers.cells, large.id, 'create', count);
    const its = cellOf(registers.cells, empty.id, 'create', count);
    const ratio = own && its ? ratioOf(own, its, 'perSecond') : Number.NaN;
    const what = `creates with ${words} registers, ${count.toLocaleString('en')} in flight, ÷ with none`;
    return [what, `≥ ${LARGE_STORE_MIN} ×`, times(ratio), verdict(ratio, ratio >= LARGE_STORE_MIN)];
  });
  const mib = store.peakMemoryBytes / MIB_BYTES;
  return [
    ...throughputs,
    [
      `memory of a member with ${words} registers`,
      `≤ ${MEMORY_MAX_MIB} MiB`,
      `${figure(mib)} MiB`,
      verdict(mib, mib <= MEMORY_MAX_MIB),
    ],
    [
      `serves after a kill, with ${words} registers`,
      `≤ ${RESTART_MAX_MS / 1_000} s`,
      `${(store.restartMs / 1_000).toFixed(1)} s`,
      verdict(store.restartMs, store.restartMs <= RESTART_MAX_MS),
    ],
  ];
}

function failoverGoals({ failover }: GrowthReport): string[][] {
  if (failover === undefined) return [];
  const ratio = failover.during / failover.before;
  const { slowestMs } = failover;
  return [
    [
      'creates with one of three members down, ÷ before',
      `≥ ${ONE_DOWN_MIN} ×`,
      times(ratio),
      verdict(ratio, ratio >= ONE_DOWN_MIN),
    ],
    [
      'the slowest request meanwhile',
      `≤ ${figure(SLOWEST_MAX_MS)} ms`,
      `${figure(slowestMs)} ms`,
      verdict(slowestMs, slowestMs <= SLOWEST_MAX_MS),
    ],
  ];
}

function writerGoals({ writers }: GrowthReport): string[][] {
  if (writers === undefined) return [];
  const [inFlight = 0] = writers.cells.map((cell) => cell.inFlight);
  const one = cellOf(writers.cells, 'one', 'create', inFlight);
  const distinct = cellOf(writers.cells, 'distinct', 'create', inFlight);
  const ratio = one && distinct ? ratioOf(one, distinct, 'p99Ms') : Number.NaN;
  const what = `p99 of ${inFlight.toLocaleString('en')} writers on one register, ÷ on distinct ones`;
  return [[what, `< ${ONE_REGISTER_MAX} ×`, times(ratio), verdict(ratio, ratio < ONE_REGISTER_MAX)]];
}
