import { execFile } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);
const GIB_BYTES = 1_073_741_824;

/** What it was measured on, in words. */
export function machineWords(): string {
  const [first] = cpus();
  const memory = Math.round(totalmem() / GIB_BYTES);
  return `${cpus().length} × ${first?.model ?? 'unknown processor'}, ${memory} GiB, ${process.platform} ${release()}, Node ${process.versions.node}`;
}

/** The version that a program says it has; undefined when it cannot be run. */
export async function versionOf(binary: string): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await run(binary, ['--version']);
    return /\d+\.\d+\.\d+/.exec(stdout + stderr)?.[0];
  } catch {
    return undefined;
  }
}

/** Whether a server of NATS can be told to sync every write: 2.10 and later. */
export function canSyncAlways(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 2 || (major === 2 && minor >= 10);
}
