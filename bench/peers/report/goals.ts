import type { Operation } from '../client.ts';
import { cellOf, ratioOf } from './figures.ts';
import { table, times } from './markdown.ts';
import { FLOOR, type PeersReport } from './peers-report.ts';

/** stele against a peer, with so many requests in flight. */
interface Goal {
  readonly words: string;
  readonly operation: Operation;
  readonly inFlight: number;
  readonly peer: string;
  readonly name: 'perSecond' | 'p50Ms';
  readonly ratio: number;
}

const GOALS: readonly Goal[] = [
  goal('writes', 'create', 1_024, 'jetstream-durable', 1.2),
  goal('writes', 'create', 1_024, 'etcd', 2.5),
  goal('writes', 'create', 64, 'jetstream-durable', 1.1),
  goal('writes', 'create', 64, 'etcd', 1.9),
  { words: 'p50 of writes', operation: 'create', inFlight: 1, peer: 'jetstream-durable', name: 'p50Ms', ratio: 1.4 },
  { words: 'p50 of writes', operation: 'create', inFlight: 1, peer: 'etcd', name: 'p50Ms', ratio: 1.15 },
  goal('reads', 'read', 256, 'jetstream-durable', 0.9),
  goal('batches of 100', 'batch', 64, 'before', 1.8),
];

/** What stele set out to reach, beside what this run shows. */
export function goalsTable({ contenders, cells }: PeersReport): string {
  const label = (id: string) => contenders.find((contender) => contender.id === id)?.label ?? id;
  const rows = GOALS.map(({ words, operation, inFlight, peer, name, ratio }) => {
    const other = cellOf(cells, peer, operation, inFlight);
    const ratioTo = (id: string) => {
      const own = cellOf(cells, id, operation, inFlight);
      return own?.turns.length && other?.turns.length ? ratioOf(own, other, name) : Number.NaN;
    };
    const reached = ratioTo('stele');
    const sign = name === 'p50Ms' ? '≤' : '≥';
    const isReached = name === 'p50Ms' ? reached <= ratio : reached >= ratio;
    const what = `${words}, ${inFlight.toLocaleString('en')} in flight, ÷ ${label(peer)}`;
    return [what, `${sign} ${ratio} ×`, times(reached), verdict(reached, isReached), times(ratioTo(FLOOR))];
  });
  return table(['', 'goal', 'this run', '', 'no protocol at all'], rows);
}

export function verdict(value: number, isReached: boolean): string {
  if (!Number.isFinite(value)) return '';
  return isReached ? 'reached' : 'not reached';
}

function goal(words: string, operation: Operation, inFlight: number, peer: string, ratio: number): Goal {
  return { words, operation, inFlight, peer, name: 'perSecond', ratio };
}
