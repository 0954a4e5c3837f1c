import type { Operation } from '../client.ts';
import type { Cell } from '../turns.ts';
import { middleOf } from './figures.ts';
import { lineChart } from './line-chart.ts';
import type { Row } from './tables.ts';

export interface OperationPlot {
  readonly title: string;
  readonly subtitle: string;
  readonly rows: readonly Row[];
  /** The row that the reader looks for. */
  readonly main?: string;
  readonly cells: readonly Cell[];
  readonly operation: Operation;
  readonly inFlight: readonly number[];
  readonly name: 'perSecond' | 'p50Ms';
}

/** One figure over the requests in flight, a line for each row. */
export function operationPlot({
  title,
  subtitle,
  rows,
  main,
  cells,
  operation,
  inFlight,
  name,
}: OperationPlot): string {
  const series = rows.map(({ id, label }) => ({
    label,
    isMain: id === main,
    points: cells
      .filter((cell) => cell.contender === id && cell.operation === operation && cell.turns.length > 0)
      .map((cell): [number, number] => [cell.inFlight, middleOf(cell)[name]]),
  }));
  return lineChart({
    title,
    subtitle,
    xLabel: 'requests in flight',
    yLabel: name === 'perSecond' ? 'requests a second' : 'milliseconds',
    xTicks: inFlight,
    yIsLogarithmic: name === 'p50Ms',
    series: series.filter(({ points }) => points.length > 0),
  });
}
