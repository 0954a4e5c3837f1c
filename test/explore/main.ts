import { parseArgs } from 'node:util';
import type { Control } from './control.ts';
import { CONTROLS } from './controls.ts';
import { HOME_CONTROLS } from './home-controls.ts';
import { LARGE_HOME_WORLDS, WHOLE_HOME_WORLDS } from './home-worlds.ts';
import { controlRow, controlsHeader, traceLines, worldRow, worldsHeader } from './print.ts';
import { SHIPPED } from './rules.ts';
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
value to write. A home opens once in each incarnation, what its own store does not hold; it crashes together with its own
acceptor. Three acceptors and one register, unless the world says otherwise. Acceptors that differ by name alone are taken
as one (symmetry). * Replies that come too late for their round leave the network; that they count for nothing
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
  const large = { ...limits, budgetMs };
  const good = [
    worlds('Rounds with both phases', WHOLE_WORLDS, limits),
    worlds('The same, stopped at a budget', LARGE_WORLDS, large),
    worlds('With a home that opens in round 0', WHOLE_HOME_WORLDS, limits),
    worlds('The same, stopped at a budget', LARGE_HOME_WORLDS, large),
  ];
  console.log(`\n${LEGEND}`);
  good.push(
    controls('Changes to the rules of rounds', CONTROLS, limits, traces),
    controls('Changes to the rules of round 0', HOME_CONTROLS, limits, traces),
  );
  return good.every(Boolean);
}

/** @returns whether they were searched as far as they should be, and nothing was found. */
function worlds(title: string, list: readonly WorldSpec[], limits: Limits): boolean {
  console.log(`\n${title}\n\n${worldsHeader()}\n`);
  const reports = list.map((world) => {
    const report = search(world, limits, SHIPPED);
    console.log(worldRow(world, report));
    for (const line of traceLines(report)) console.log(line);
    return report;
  });
  return reports.every(({ complete, violation }) =>
    Number.isFinite(limits.budgetMs) ? violation === undefined : complete && violation === undefined,
  );
}

/** @returns whether each was caught. */
function controls(title: string, list: readonly Control[], limits: Limits, traces: boolean): boolean {
  console.log(`\n${title}: each must be caught\n\n${controlsHeader()}\n`);
  const reports = list.map((control) => {
    const report: Report = search(control.world, limits, control.rules);
    console.log(controlRow(control, report));
    if (traces) console.log(`${traceLines(report).join('\n')}\n`);
    return report;
  });
  return reports.every(({ violation }) => violation !== undefined);
}

const { values } = parseArgs({ options });
if (values.help) console.log(USAGE);
else {
  const budgetMs = 1_000 * numberIn(values['budget-seconds'], 'budget-seconds');
  const good = explore(numberIn(values['states-max'], 'states-max'), budgetMs, values.traces);
  console.log(good ? '\nNo disagreement, and every control was caught.' : '\nNot as it must be: see above.');
  process.exitCode = good ? 0 : 1;
}
