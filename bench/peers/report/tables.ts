import type { Operation } from '../client.ts';
import type { Cell } from '../turns.ts';
import { cellOf, median, middleOf, ratioOf } from './figures.ts';
import { figure, table, times } from './markdown.ts';

/** Whose figures make a row. */
export interface Row {
  readonly id: string;
  readonly label: string;
}

export function counts(inFlight: readonly number[]): string[] {
  return inFlight.map((count) => count.toLocaleString('en'));
}

/** A line for each row, a column for each number in flight, and in each place what these words say of the cell. */
function tableOf(words: (cell: Cell) => string) {
  return (rows: readonly Row[], cells: readonly Cell[], operation: Operation, inFlight: readonly number[]): string => {
    const place = (id: string, count: number) => {
      const cell = cellOf(cells, id, operation, count);
      return cell === undefined ? '' : words(cell);
    };
    const lines = rows.map(({ id, label }) => [label, ...inFlight.map((count) => place(id, count))]);
    return table(['', ...counts(inFlight)], lines);
  };
}

/** Requests a second, with p50 and p99 in milliseconds. */
export const operationTable = tableOf((cell) => {
  if (cell.failure !== undefined) return 'failed';
  const { perSecond, p50Ms, p99Ms } = middleOf(cell);
  return `${figure(perSecond)} (${figure(p50Ms)}, ${figure(p99Ms)})`;
});

const MICROSECONDS_PER_SECOND = 1_000_000;

/** Microseconds of processor time that a system's own processes use for one request: all of them together, without the client. */
export const processorTable = tableOf(({ turns }) => {
  if (turns.length === 0) return '';
  return figure(median(turns.map((turn) => (turn.systemCores / turn.figure.perSecond) * MICROSECONDS_PER_SECOND)));
});

/** One contender's figure over another's, for each number in flight. */
export function ratios(
  cells: readonly Cell[],
  one: string,
  other: string,
  operation: Operation,
  inFlight: readonly number[],
  name: 'perSecond' | 'p50Ms',
): string[] {
  return inFlight.map((count) => {
    const own = cellOf(cells, one, operation, count);
    const its = cellOf(cells, other, operation, count);
    return own && its ? times(ratioOf(own, its, name)) : '';
  });
}

/** Registers a second, one line for each number of requests in flight. */
export function batchTable(batches: readonly Cell[]): string {
  const head = ['requests in flight', 'registers a second', 'p50 ms of a request', 'p99 ms'];
  const rows = batches.map((cell) => {
    const count = cell.inFlight.toLocaleString('en');
    if (cell.failure !== undefined) return [count, 'failed', '', ''];
    const { perSecond, p50Ms, p99Ms } = middleOf(cell);
    return [count, figure(perSecond), figure(p50Ms), figure(p99Ms)];
  });
  return table(head, rows);
}

/** Those whose figures are missing because one answer was wrong, or did not come. */
export function failureLines(cells: readonly Cell[]): string[] {
  const lines = cells.flatMap(({ failure }) => (failure === undefined ? [] : [`- ${failure.trim()}`]));
  return lines.length === 0 ? [] : ['## Failed', '', ...lines, ''];
}
