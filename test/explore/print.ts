import type { Control } from './control.ts';
import type { Report } from './search.ts';
import { traceOf } from './trace.ts';
import type { WorldSpec } from './world.ts';

const TITLE_WIDTH = 66;

const whole = new Intl.NumberFormat('en');

function row(title: string, numbers: readonly (string | number)[], verdict: string): string {
  const cells = numbers.map((cell) => (typeof cell === 'number' ? whole.format(cell) : cell).padStart(13));
  return `${title.padEnd(TITLE_WIDTH)}${cells.join('')}   ${verdict}`;
}

const seconds = ({ tookMs }: Report): string => (tookMs / 1_000).toFixed(1);

export function worldsHeader(): string {
  return row('world', ['states', 'transitions', 'depth', 'seconds'], 'verdict');
}

export function worldRow(world: WorldSpec, report: Report): string {
  const { states, transitions, depth } = report;
  return row(
    world.title + (world.lateReplies ? '' : ' *'),
    [states, transitions, depth, seconds(report)],
    verdictOf(report),
  );
}

function verdictOf({ violation, complete, states }: Report): string {
  if (violation !== undefined) return `VIOLATION: ${violation.what}`;
  if (complete) return 'every state searched: no violation';
  return `stopped at ${whole.format(states)} states: no violation in what was searched`;
}

export function controlsHeader(): string {
  return row('control', ['states', 'steps', 'seconds'], 'what was broken');
}

export function controlRow({ title }: Control, report: Report): string {
  const steps = report.violation === undefined ? '-' : traceOf(report.model, report.violation).length;
  return row(
    title,
    [report.states, steps, seconds(report)],
    report.violation?.what ?? 'NOTHING: this control survived',
  );
}

/** The shortest way to the violation, a line a step; nothing where there is none. */
export function traceLines({ model, violation }: Report): readonly string[] {
  if (violation === undefined) return [];
  const steps = traceOf(model, violation).map(
    ({ who, does }, index) => `${String(index + 1).padStart(5)}  ${who.padEnd(3)} ${does}`,
  );
  return [...steps, `    ✗  ${violation.what}`];
}
