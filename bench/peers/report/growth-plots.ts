import type { Failover } from '../growth/failover.ts';
import type { Part } from '../growth/shapes.ts';
import type { GrowthReport } from './growth-report.ts';
import { lineChart } from './line-chart.ts';
import { operationPlot } from './operation-plot.ts';

const BIN_SECONDS = 0.1;

/** The plots, by the names of their files. */
export function growthPlots({ registers, members, values, failover, extent }: GrowthReport): Record<string, string> {
  const plots: Record<string, string> = {};
  const add = (file: string, what: string, part: Part | undefined) => {
    if (part === undefined) return;
    const common = { ...part, inFlight: extent.inFlight, name: 'perSecond' as const };
    const creates = operationPlot({ ...common, operation: 'create', title: 'Creates a second', subtitle: what });
    const reads = operationPlot({ ...common, operation: 'read', title: 'Reads a second', subtitle: what });
    plots[`${file}-creates.svg`] = creates;
    plots[`${file}-reads.svg`] = reads;
  };
  add('registers', 'by how many registers are written already; 3 members, 64-byte values', registers);
  add('members', 'by how many members there are; 64-byte values', members);
  add('values', 'by the size of the values; 3 members', values);
  if (failover !== undefined) plots['failover.svg'] = failoverPlot(failover);
  return plots;
}

function failoverPlot({ figure, phaseSeconds, inFlight }: Failover): string {
  const points = (figure.timeline ?? [])
    .slice(0, Math.round((3 * phaseSeconds) / BIN_SECONDS))
    .map(({ operations }, bin): [number, number] => [(bin + 0.5) * BIN_SECONDS, operations / BIN_SECONDS]);
  return lineChart({
    title: 'Creates a second while one of three members is killed',
    subtitle: `${inFlight} requests in flight, each tenth of a second`,
    xLabel: 'seconds',
    yLabel: 'creates a second',
    moments: [
      { x: phaseSeconds, label: 'killed' },
      { x: 2 * phaseSeconds, label: 'started again' },
    ],
    series: [{ label: 'creates', points }],
  });
}
