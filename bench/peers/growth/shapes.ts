import type { Contender } from '../systems/contender.ts';
import { type Cell, prepareReads, takeTurns } from '../turns.ts';
import { type Setting, startCluster } from './clusters.ts';

const KIB_BYTES = 1_024;
const VALUES: readonly (readonly [label: string, bytes: number])[] = [
  ['64 B', 64],
  ['1 KiB', KIB_BYTES],
  ['16 KiB', 16 * KIB_BYTES],
];
const MEMBERS = [3, 5];
const READS = 2_000;
const WRITERS = 1_000;

/** Figures of several contenders that took turns. */
export interface Part {
  readonly rows: readonly { readonly id: string; readonly label: string }[];
  readonly cells: readonly Cell[];
}

/** Three members and five. */
export async function measureMembers(setting: Setting): Promise<Part> {
  const contenders: Contender[] = [];
  for (const members of MEMBERS) {
    const cluster = await startCluster(setting, `members-${members}`, members);
    contenders.push({ ...cluster, label: `${members} members` });
  }
  return createsAndReads(setting, contenders);
}

/** Small values and large ones, on the same three members. */
export async function measureValues(setting: Setting): Promise<Part> {
  const cluster = await startCluster(setting, 'values', 3);
  const contenders = VALUES.map(([label, valueBytes]) => ({
    ...cluster,
    id: `values-${valueBytes}`,
    label: `values of ${label}`,
    load: { ...cluster.load, valueBytes },
    reads: { prefix: `exists-${valueBytes}`, keys: READS },
  }));
  return createsAndReads(setting, contenders);
}

/** A thousand writers that begin at once, all on one register, or each on its own; the next round when all are answered. */
export async function measureWriters(setting: Setting): Promise<Part> {
  const cluster = await startCluster(setting, 'writers', 3);
  const contender = (id: string, label: string, operation: 'race' | 'burst'): Contender => ({
    ...cluster,
    id,
    label,
    load: { ...cluster.load, operation },
  });
  const contenders = [
    contender('one', 'all on one register', 'race'),
    contender('distinct', 'each on its own register', 'burst'),
  ];
  const { site, client, extent } = setting;
  const plan = { site, client, contenders, everyone: contenders, ...extent, inFlight: [WRITERS] };
  const cells = await takeTurns({ ...plan, operation: 'create' });
  return { rows: contenders.map(({ id, label }) => ({ id, label })), cells };
}

async function createsAndReads({ site, client, extent }: Setting, contenders: readonly Contender[]): Promise<Part> {
  for (const contender of contenders) await prepareReads(site, client, contender);
  const plan = { site, client, contenders, everyone: contenders, ...extent };
  const creates = await takeTurns({ ...plan, operation: 'create' });
  const reads = await takeTurns({ ...plan, operation: 'read' });
  return { rows: contenders.map(({ id, label }) => ({ id, label })), cells: [...creates, ...reads] };
}
