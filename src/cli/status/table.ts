import { majority } from '../../protocol/quorum.ts';
import type { ClusterReport, MemberRow } from './report.ts';

const HEADINGS = ['member', 'state', 'incarnation', 'registers', 'lag', 'pending', 'note'] as const;
const COLUMNS = HEADINGS.length;
/** Numbers stand right-aligned, words left-aligned. */
const IS_NUMBER: readonly boolean[] = [false, false, true, true, true, true, false];

/** The report as people read it. Its last line says whether there is a quorum. */
export function tableOf(report: ClusterReport): string {
  const cells = [HEADINGS, ...report.members.map(cellsOf)];
  const widths = Array.from({ length: COLUMNS }, (_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  const lines = cells.map((row) =>
    row
      .map((cell, column) =>
        IS_NUMBER[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  const clash = report.clash === null ? [] : [`clash: ${report.clash}`];
  return [`cluster ${report.cluster}, prefix ${report.prefix}`, '', ...lines, '', ...clash, quorumLine(report)].join(
    '\n',
  );
}

function cellsOf({ member, state, incarnation, registers, lag, pending, note }: MemberRow): readonly string[] {
  const numbers = [incarnation, registers, lag, pending].map((number) => (number === null ? '-' : String(number)));
  return [member, state, ...numbers, note];
}

function quorumLine({ quorum, serving, clash, members }: ClusterReport): string {
  const size = new Set(members.map(({ member }) => member)).size;
  if (quorum) return `quorum: yes, ${serving} of ${size} members up`;
  if (clash !== null) return `quorum: no, ${serving} of ${size} members up, but not of one cluster`;
  return `quorum: no, ${serving} of ${size} members up, and ${majority(size)} are needed: until then writes are unknown and reads unavailable`;
}
