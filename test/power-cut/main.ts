import { Command, InvalidArgumentError } from 'commander';
import { CONTROLS, HURRIED } from './controls.ts';
import {
  cutAfterEveryWord,
  cutEverywhere,
  cutNextStart,
  liveAndDie,
  newTally,
  type Tally,
  tearHeaders,
} from './explore.ts';
import { catchControl, exploreWith } from './laboratory.ts';
import { missingToRecord, Recorder } from './recorder.ts';

interface Flags {
  readonly minutes: number;
  readonly seed: number;
  readonly controls: boolean;
}

const MORE = `
A real process makes a store, opens it and saves, with the shipped code and SQLite, on real files; a small shim (shim.c,
compiled with cc, preloaded) records every write, truncation, sync and change of a name. From the record comes what the
disk may hold after a power cut before any operation: what was not synced is lost, kept, kept in part, torn at a sector
or at any byte, or in another order, names of files among it. Each is opened again: nothing that was acknowledged may be
missing, no incarnation may come back, and no store may refuse to start. Processes are also killed, which loses nothing by
itself, and then the power is cut; several times over. Two rounds of three use a copy of the source in which the log
begins again after a few pages.

Examples:
  npm run power-cut -- --minutes 10 --seed 1
  npm run power-cut -- --controls

Exit codes: 0 no violation, 1 a violation or a planted mistake that was not found, 2 bad usage, 3 this machine cannot record.`;

const flags = new Command('power-cut')
  .description('Cuts the power under a store at the level of the file, at every operation, and looks at what is left.')
  .option('--minutes <number>', 'for how long to begin new rounds', nonNegative, 5)
  .option('--seed <number>', 'the seed of the first round; the next ones follow', nonNegative, 1)
  .option('--controls', 'plant mistakes instead: every one must be found', false)
  .addHelpText('after', MORE)
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .parse()
  .opts<Flags>();

const missing = missingToRecord();
if (missing === undefined) {
  const recorder = Recorder.start();
  process.exitCode = (flags.controls ? await runControls(recorder) : await runRounds(recorder, flags)) ? 0 : 1;
  await recorder.stop();
} else {
  console.error(`Nothing was run. This machine lacks ${missing}.`);
  process.exitCode = 3;
}

async function runRounds(recorder: Recorder, { minutes, seed }: Flags): Promise<boolean> {
  const endMs = performance.now() + minutes * 60_000;
  const tally = newTally();
  const ways = [
    cutEverywhere,
    cutNextStart,
    cutAfterEveryWord,
    tearHeaders,
    ...Array.from({ length: 30 }, () => liveAndDie),
  ];
  let round = seed;
  do {
    const edits = round % 3 === 0 ? [] : HURRIED;
    for (const explore of ways) {
      const violation = await exploreWith(
        recorder,
        { name: 'hurried', edits, explore, saves: 1 + (round % 6), seed: round },
        tally,
      );
      if (violation !== undefined) {
        console.log(`VIOLATION with seed ${round}: ${violation.problem}`);
        for (const step of violation.story) console.log(`  ${step}`);
        return false;
      }
      if (performance.now() >= endMs) break;
    }
    console.log(`seed ${round}: ${textOf(tally)} by now`);
    round += 1;
  } while (performance.now() < endMs);
  console.log(`no violation: ${textOf(tally)}`);
  return true;
}

async function runControls(recorder: Recorder): Promise<boolean> {
  let isEachFound = true;
  for (const control of CONTROLS) {
    const violation = await catchControl(recorder, control);
    isEachFound &&= violation !== undefined;
    console.log(`${violation === undefined ? 'NOT FOUND' : 'found'}: ${control.name}`);
    if (violation !== undefined) console.log(`  ${[...violation.story, violation.problem.slice(0, 200)].join('\n  ')}`);
  }
  return isEachFound;
}

function textOf({ cuts, kills, lives, operations }: Tally): string {
  return `${cuts} cuts, ${kills} kills, ${lives} lives, ${operations} operations`;
}

function nonNegative(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new InvalidArgumentError('It must be a number from 0.');
  return value;
}
