import { formatCall, formatSeen, type History, type Violation } from '../simulation/history/history.ts';
import type { Episode } from './episode.ts';
import { Counts } from './log.ts';

const VIOLATIONS_MAX = 10;
const CALLS_MAX = 60;

/** What was violated, and what clients saw of the register that it was first violated for, in the order of time. */
export function* explain(violations: readonly Violation[], { calls, publications }: History): Generator<string> {
  for (const { property, register, detail } of violations.slice(0, VIOLATIONS_MAX)) {
    yield `violated: ${property}${register === null ? '' : ` (${register})`}: ${detail}`;
  }
  const register = violations.find((violation) => violation.register !== null)?.register;
  if (register === undefined) return;
  yield `what was seen of ${register}:`;
  const seen = [
    ...calls
      .filter((call) => call.register === register)
      .map((call) => ({ at: call.invokedAt, line: formatCall(call) })),
    ...publications
      .filter((publication) => publication.register === register)
      .map(({ at, member, decision }) => ({
        at,
        line: `published at ${at}, ballot ${member}: ${formatSeen(decision)}`,
      })),
  ];
  for (const { line } of seen.sort((a, b) => a.at - b.at).slice(0, CALLS_MAX)) yield `  ${line}`;
  if (seen.length > CALLS_MAX) yield `  and ${seen.length - CALLS_MAX} more: see history.jsonl`;
}

/** One line about an episode. */
export function outline(episode: Episode): string {
  const { seed, tookMs, operations, registers, violations } = episode;
  const count = operations.entries().reduce((sum, [, times]) => sum + times, 0);
  const verdict = violations.length === 0 ? 'no violation' : `${violations.length} VIOLATIONS`;
  return `seed ${seed}: ${(tookMs / 1_000).toFixed(1)} s, ${count} operations on ${registers} registers: ${verdict}`;
}

/** The table at the end of a run. */
export function* summarize(episodes: readonly Episode[]): Generator<string> {
  const operations = new Counts();
  const faults = new Counts();
  for (const episode of episodes) {
    operations.addAll(episode.operations);
    faults.addAll(episode.faults);
  }
  const sum = (pick: (episode: Episode) => number) => episodes.reduce((total, episode) => total + pick(episode), 0);
  yield* table('episodes', [
    ['run', episodes.length],
    ['seconds', Math.round(sum(({ tookMs }) => tookMs) / 1_000)],
    ['registers', sum(({ registers }) => registers)],
    ['decisions heard', sum(({ publications }) => publications)],
  ]);
  yield* table('operations', operations.entries());
  yield* table('faults', faults.entries());
  const failed = episodes.filter(({ violations }) => violations.length > 0);
  const violations = new Counts();
  for (const { property } of failed.flatMap((episode) => episode.violations)) violations.add(property);
  yield* table('violations', violations.entries());
  for (const { seed, kept } of failed) yield `the files of seed ${seed} are in ${kept}`;
  if (failed.length === 0) yield 'no violation';
}

function* table(title: string, rows: readonly (readonly [string, number])[]): Generator<string> {
  yield `${title}${rows.length === 0 ? ': none' : ''}`;
  for (const [name, count] of rows) yield `  ${name.padEnd(60)} ${String(count).padStart(7)}`;
}
