import type { Operation } from '../client.ts';
import type { Cell, Turn } from '../turns.ts';

/** The middle of each figure over the rounds. */
export interface Middle {
  /** Registers a second: requests a second, but for batches. */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export function middleOf({ turns, registers }: Cell): Middle {
  return {
    perSecond: median(turns.map(({ figure }) => figure.perSecond * registers)),
    p50Ms: median(turns.map(({ figure }) => figure.p50Ms)),
    p99Ms: median(turns.map(({ figure }) => figure.p99Ms)),
    maxMs: Math.max(...turns.map(({ figure }) => figure.maxMs)),
  };
}

/** One to the other, round by round, since both met the same mood of the machine there; then the middle of the rounds. */
export function ratioOf(one: Cell, other: Cell, name: 'perSecond' | 'p50Ms' | 'p99Ms'): number {
  const value = (cell: Cell, turn: Turn | undefined) => {
    const figure = turn?.figure[name] ?? Number.NaN;
    return name === 'perSecond' ? figure * cell.registers : figure;
  };
  return median(one.turns.map((turn, round) => value(one, turn) / value(other, other.turns[round])));
}

export function cellOf(
  cells: readonly Cell[],
  contender: string,
  operation: Operation,
  inFlight: number,
): Cell | undefined {
  return cells.find(
    (cell) => cell.contender === contender && cell.operation === operation && cell.inFlight === inFlight,
  );
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const at = (index: number) => sorted[index] ?? Number.NaN;
  return Number.isInteger(middle) ? (at(middle - 1) + at(middle)) / 2 : at(Math.floor(middle));
}
