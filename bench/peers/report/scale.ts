/** Maps values to places on an axis. */
export interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

const STEPS = [1, 2, 2.5, 5, 10];
const LINEAR_TICKS = 5;

/** From 0 to a round number at or above the largest value. */
export function linear(values: readonly number[], from: number, to: number): Scale {
  const largest = Math.max(...values, Number.MIN_VALUE);
  const magnitude = 10 ** Math.floor(Math.log10(largest / LINEAR_TICKS));
  const step = (STEPS.find((candidate) => candidate * magnitude * LINEAR_TICKS >= largest) ?? 10) * magnitude;
  const count = Math.ceil(largest / step);
  const ticks = Array.from({ length: count + 1 }, (_, index) => index * step);
  return { at: (value) => from + ((to - from) * value) / (count * step), ticks };
}

/** Equal factors are equally far apart. Its ticks are the powers of ten, unless given. */
export function logarithmic(values: readonly number[], from: number, to: number, given?: readonly number[]): Scale {
  const low = given === undefined ? 10 ** Math.floor(Math.log10(Math.min(...values))) : Math.min(...given);
  const high = given === undefined ? 10 ** Math.ceil(Math.log10(Math.max(...values))) : Math.max(...given);
  const span = Math.log(high / low) || 1;
  const powers = Array.from({ length: Math.round(Math.log10(high / low)) + 1 }, (_, index) => low * 10 ** index);
  return { at: (value) => from + ((to - from) * Math.log(value / low)) / span, ticks: given ?? powers };
}
