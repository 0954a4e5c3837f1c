import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gatherStatus } from '../../../src/cli/status/gather.ts';
import { peakMemoryBytes } from '../cpu.ts';
import type { Contender } from '../systems/contender.ts';
import type { Stele } from '../systems/stele.ts';
import { type Cell, takeTurns } from '../turns.ts';
import { prefill, type Setting, startCluster } from './clusters.ts';

/** Even an empty store needs something to be read. */
const READABLE_MIN = 10_000;
const PREFIX = 'exists';
const BATCH = 100;
const STATUS_TIMEOUT_MS = 3_000;
const BATCHES_IN_FLIGHT_MAX = 256;

export interface RegistersPart {
  readonly rows: readonly { readonly id: string; readonly label: string; readonly registers: number }[];
  readonly cells: readonly Cell[];
  readonly stores: readonly StoreFigures[];
}

/** What the largest member of a cluster needs. */
export interface StoreFigures {
  /** That it held when the disk was looked at, before the turns. */
  readonly registers: number;
  readonly diskBytes: number;
  /** From the start of its process, after a kill, until it says that it serves; to a fifth of a second or so. */
  readonly restartMs: number;
  /** From the start of the cluster to the end of the turns. */
  readonly peakMemoryBytes: number;
}

/** The same figures with more and more registers already written, each on a cluster of its own, taking turns. */
export async function measureRegisters(setting: Setting, sizes: readonly number[]): Promise<RegistersPart> {
  const clusters: (Omit<StoreFigures, 'peakMemoryBytes'> & { contender: Contender; cluster: Stele; size: number })[] =
    [];
  for (const size of sizes) {
    const cluster = await startCluster(setting, `registers-${size}`, 3);
    const keys = Math.max(size, READABLE_MIN);
    await prefill(setting, cluster, PREFIX, keys);
    const label = `${size.toLocaleString('en')} registers`;
    const store = await storeFigures(setting, cluster);
    clusters.push({ cluster, size, ...store, contender: { ...cluster, label, reads: { prefix: PREFIX, keys } } });
  }
  const contenders = clusters.map(({ contender }) => contender);
  const { site, client, extent } = setting;
  const plan = { site, client, contenders, everyone: contenders, ...extent };
  const inFlight = extent.inFlight.filter((count) => count <= BATCHES_IN_FLIGHT_MAX);
  const cells = [
    ...(await takeTurns({ ...plan, operation: 'create' })),
    ...(await takeTurns({ ...plan, operation: 'read' })),
    ...(await takeTurns({ ...plan, inFlight, operation: 'batch', batch: BATCH })),
  ];
  const stores = clusters.map(({ cluster, registers, diskBytes, restartMs }) => {
    const peaks = cluster.members.map(({ server }) => peakMemoryBytes(server().pid));
    return { registers, diskBytes, restartMs, peakMemoryBytes: Math.max(...peaks) };
  });
  const rows = clusters.map(({ contender: { id, label }, size }) => ({ id, label, registers: size }));
  return { rows, cells, stores };
}

async function storeFigures({ site }: Setting, cluster: Stele): Promise<Omit<StoreFigures, 'peakMemoryBytes'>> {
  const statuses = await gatherStatus(cluster.connection, STATUS_TIMEOUT_MS);
  const sizes = await Promise.all(cluster.members.map(({ dataDir }) => bytesIn(dataDir)));
  const [member] = cluster.members;
  if (member === undefined) throw new Error('a cluster without members');
  await member.server().kill();
  const startedMs = performance.now();
  member.start();
  await cluster.serving([member.id]);
  const restartMs = performance.now() - startedMs;
  const registers = Math.max(...statuses.map((status) => status.registers));
  site.tell(`${cluster.id}: ${member.id} served ${(restartMs / 1_000).toFixed(1)} s after its start`);
  return { registers, diskBytes: Math.max(...sizes), restartMs };
}

async function bytesIn(directory: string): Promise<number> {
  const files = await readdir(directory);
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(directory, file))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
