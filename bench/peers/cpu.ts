import { readFileSync } from 'node:fs';

/** Of Linux on every machine that Node runs on: the unit of times in /proc. */
const TICKS_PER_SECOND = 100;
const KIB_BYTES = 1_024;

/** Seconds of processor time that these processes have used so far, together; one that is gone counts as nothing. */
export function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + ticksOf(pid), 0) / TICKS_PER_SECOND;
}

/** The most memory that a process has held so far, in bytes; 0 where the system does not say. */
export function peakMemoryBytes(pid: number): number {
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(textOf(`/proc/${pid}/status`)) ?? [];
  return Number(kib ?? 0) * KIB_BYTES;
}

function ticksOf(pid: number): number {
  // The name in parentheses may hold anything; user and system time are the 12th and 13th field after it.
  const fields = textOf(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? [];
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
