import { afterEach, describe, expect, it, vi } from 'vitest';
import { drawOptions, NO_FAULTS } from './options.ts';
import { explain } from './report.ts';
import { type Run, simulate } from './simulate.ts';

const SEEDS = 24;

afterEach(() => vi.restoreAllMocks());

describe('simulated clusters keep every promise', () => {
  it.each(Array.from({ length: SEEDS }, (_, index) => index + 1))('with faults, seed %i', async (seed) => {
    const run = await simulate(drawOptions(seed));
    expect([...explain(run)]).toEqual([]);
    expect(run.calls.length).toBeGreaterThan(100);
  });

  it('without faults no operation is left unknown', async () => {
    const options = drawOptions(3);
    const run = await simulate({ ...options, faults: NO_FAULTS });
    expect([...explain(run)]).toEqual([]);
    // As members start one after the other, one may stand in until the home has said that it serves.
    expect([...run.faults.keys()].filter((fault) => fault !== 'two in charge')).toEqual([]);
    const late = run.calls.filter(({ outcome, invokedAt }) => outcome === 'unknown' && invokedAt > options.clients * 4);
    expect(late).toEqual([]);
  });
});

describe('a run is what its seed makes it', () => {
  const everything = (run: Run) => [...run.trace.text()];

  it('the same seed gives the same trace, to the last line', async () => {
    const one = everything(await simulate(drawOptions(7)));
    const other = everything(await simulate(drawOptions(7)));
    expect(one.length).toBeGreaterThan(1_000);
    expect(other).toEqual(one);
  });

  it('whatever the real clock says and real randomness gives', async () => {
    const one = everything(await simulate(drawOptions(5)));
    let realMs = 0;
    const real = vi.fn(() => 0);
    vi.spyOn(Math, 'random').mockImplementation(real);
    vi.spyOn(performance, 'now').mockImplementation(real);
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(real as never);
    // XState notes the time at which it set a timer, and reads it nowhere: so this one may be asked, to no effect.
    vi.spyOn(Date, 'now').mockImplementation(() => {
      realMs = (realMs * 7 + 1_000_003) % 10_000_019;
      return realMs;
    });
    const run = await simulate(drawOptions(5));
    const calls = real.mock.calls.length;
    vi.restoreAllMocks();
    expect(calls).toBe(0);
    expect(everything(run)).toEqual(one);
  });
});
