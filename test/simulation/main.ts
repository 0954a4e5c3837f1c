import { Command, InvalidArgumentError } from 'commander';
import { catchControl } from './catch.ts';
import { CONTROLS } from './controls.ts';
import { drawOptions } from './options.ts';
import { explain, Tally } from './report.ts';
import { shrink } from './shrink.ts';
import { type Run, simulate } from './simulate.ts';

/** A control that has not been caught by so many runs has survived. */
const CONTROL_RUNS_MAX = 200;

interface Flags {
  readonly seed: number;
  readonly runs?: number;
  readonly minutes?: number;
  readonly trace: boolean;
  readonly controls: boolean;
  readonly shrink: boolean;
}

const flags = new Command('simulate')
  .description(
    'Runs whole members over a simulated network, disk and clock, with faults of every kind, and checks the runs.',
  )
  .option('--seed <number>', 'the seed of the first run; the next ones follow', wholeNumber, 1)
  .option('--runs <number>', 'how many runs (200, unless --minutes is given)', wholeNumber)
  .option('--minutes <number>', 'for how long to go on', Number)
  .option('--trace', 'print everything that happened in the first run', false)
  .option('--no-shrink', 'do not look for a smaller failing run')
  .option('--controls', 'run the negative controls instead: every one must be caught', false)
  .parse()
  .opts<Flags>();

process.exitCode = (flags.controls ? await runControls(flags.seed) : await runSeeds(flags)) ? 0 : 1;

async function runSeeds({ seed, runs, minutes, trace, shrink: shrinks }: Flags): Promise<boolean> {
  const startedMs = Date.now();
  const runsMax = runs ?? (minutes === undefined ? 200 : Number.POSITIVE_INFINITY);
  const endMs = startedMs + (minutes ?? Number.POSITIVE_INFINITY) * 60_000;
  const tally = new Tally(startedMs);
  const failed: Run[] = [];
  while (tally.runs < runsMax && Date.now() < endMs) {
    const run = await simulate(drawOptions(seed + tally.runs));
    tally.add(run);
    if (trace && tally.runs === 1) print(run.trace.text());
    if (run.violations.length === 0) continue;
    print(explain(run));
    if (shrinks && failed.length === 0) await printSmaller(run);
    failed.push(run);
  }
  print(tally.text(Date.now()));
  const seeds = failed.map(({ options }) => options.seed);
  console.log(failed.length === 0 ? 'no violation' : `VIOLATIONS with seeds ${seeds.join(', ')}`);
  return failed.length === 0;
}

async function printSmaller(run: Run): Promise<void> {
  console.log('looking for a smaller run that fails the same way…');
  const onSmaller = ({ calls, moments }: Run) => console.log(`  ${calls.length} operations, ${moments} events`);
  print(explain(await shrink(run, onSmaller)));
}

function print(lines: Iterable<string>): void {
  for (const line of lines) console.log(line);
}

async function runControls(seed: number): Promise<boolean> {
  let isEachCaught = true;
  for (const control of CONTROLS) {
    const { runs, properties } = await catchControl(control, seed, CONTROL_RUNS_MAX);
    isEachCaught &&= runs !== undefined;
    console.log(
      `${runs === undefined ? 'SURVIVED' : `caught in run ${runs}`}: ${control.name} [${properties.join('; ')}]`,
    );
  }
  return isEachCaught;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('It must be a whole number from 0.');
  return value;
}
