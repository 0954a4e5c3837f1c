import type { Operation } from '../client.ts';
import { operationPlot } from './operation-plot.ts';
import type { PeersReport } from './peers-report.ts';

/** The plots, by the names of their files. */
export function peersPlots({ contenders, cells, extent }: PeersReport): Record<string, string> {
  const what = 'three servers each on one machine, 64-byte values';
  const plot = (operation: Operation, name: 'perSecond' | 'p50Ms', title: string, subtitle: string) =>
    operationPlot({
      ...{ title, subtitle, operation, name },
      rows: contenders,
      main: 'stele',
      cells,
      inFlight: extent.inFlight,
    });
  return {
    'creates.svg': plot('create', 'perSecond', 'Creates a second', what),
    'creates-latency.svg': plot('create', 'p50Ms', 'How long a create takes', `p50; ${what}`),
    'reads.svg': plot('read', 'perSecond', 'Reads a second, of keys that exist', what),
    'reads-latency.svg': plot('read', 'p50Ms', 'How long a read takes', `p50; ${what}`),
  };
}
