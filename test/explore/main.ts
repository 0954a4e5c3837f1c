import { parseArgs } from 'node:util';
import { CONTROLS } from './controls.ts';
import { controlRow, controlsHeader, traceLines, worldRow, worldsHeader } from './print.ts';
import { type Limits, type Report, search } from './search.ts';
import type { WorldSpec } from './world.ts';
import { LARGE_WORLDS, WHOLE_WORLDS } from './worlds.ts';

const USAGE = `Searches every interleaving of the shipped protocol in small worlds, then as much of larger ones as the limits allow,
then shows that the search catches each of a list of mistakes.

  npm run explore -- [--budget-seconds 60] [--states-max 30000000] [--traces]

  --budget-seconds  how long each of the larger worlds may take
  --states-max      how many states any world may have; 60 to 100 bytes each
  --traces          print the way to each mistake, step by step`;

const LEGEND = `The network keeps every message from the moment that it is sent: any may come at any later time, any number of times,
or never, so loss, duplication and reordering are all in it. An acceptor may crash and restart at every step, and keeps
what it saved; a writer may give up a round at every step, and where the world says so crash and restart with another
value to write. Three acceptors and one register, unless the world says otherwise. Acceptors that differ by name alone
are taken as one (symmetry). * Replies that come too late for their round leave the network; that they count for nothing
was checked apart, for each such reply and each round that was open.`;

const options = {
  'budget-seconds': { type: 'string', default: '60' },
  'states-max': { type: 'string', default: '30000000' },
  traces: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

function numberIn(text: string, flag: string): number {
  const number = Number(text);
  if (number > 0) return number;
  throw new Error(`--${flag} takes a number above 0, and "${text}" is none.`);
}

/** @returns whether everything was as it must be. */
function explore(statesMax: number, budgetMs: number, traces: boolean): boolean {
  const limits = { statesMax, budgetMs: Number.POSITIVE_INFINITY, now: () => performance.now() };
  console.log(`${worldsHeader()}\n`);
  const ended = WHOLE_WORLDS.map((world) => show(world, limits)).every(({ complete }) => complete);
  const clean = LARGE_WORLDS.map((world) => show(world, { ...limits, budgetMs })).every(
    (one) => one.violation === undefined,
  );
  console.log(`\n${LEGEND}\n\nEach of these changes to the rules must be caught.\n\n${controlsHeader()}\n`);
  const caught = CONTROLS.map((control) => {
    const report = search(control.world, limits, control.rules);
    console.log(controlRow(control, report));
    if (traces) console.log(`${traceLines(report).join('\n')}\n`);
    return report.violation !== undefined;
  });
  return ended && clean && caught.every(Boolean);
}

function show(world: WorldSpec, limits: Limits): Report {
  const report = search(world, limits);
  console.log(worldRow(world, report));
  for (const line of traceLines(report)) console.log(line);
  return report;
}

const { values } = parseArgs({ options });
if (values.help) console.log(USAGE);
else {
  const budgetMs = 1_000 * numberIn(values['budget-seconds'], 'budget-seconds');
  const good = explore(numberIn(values['states-max'], 'states-max'), budgetMs, values.traces);
  console.log(good ? '\nNo disagreement, and every control was caught.' : '\nNot as it must be: see above.');
  process.exitCode = good ? 0 : 1;
}
