import type { Operation } from '../client.ts';
import { cellOf, median, middleOf } from './figures.ts';
import { goalsTable } from './goals.ts';
import { figure, table } from './markdown.ts';
import { ECHO, type PeersReport } from './peers-report.ts';
import { batchTable, counts, failureLines, operationTable, processorTable, ratios } from './tables.ts';

/** The report in words and tables. */
export function peersMarkdown(report: PeersReport): string {
  const { startedAt, machine, extent, missing, contenders, cells } = report;
  const { seconds, rounds } = extent;
  return [
    '# stele beside its peers',
    '',
    `${startedAt.slice(0, 10)}, on ${machine}. Three servers or members of each, on one machine, with their data on one disk; distinct keys, 64-byte values. The systems took turns of ${seconds} s, ${rounds} of them for each figure: a figure is the middle of its rounds, a ratio the middle of the ratios within each round.`,
    '',
    ...contenders.map(({ label, note }) => `- ${label}: ${note}.`),
    ...missing.map((sentence) => `- ${sentence}`),
    '',
    '## Creates: requests a second (p50 ms, p99 ms), by requests in flight',
    '',
    operationTable(contenders, cells, 'create', extent.inFlight),
    '',
    ...ratioTables(report, 'create'),
    '## Reads of keys that exist: requests a second (p50 ms, p99 ms), by requests in flight',
    '',
    operationTable(contenders, cells, 'read', extent.inFlight),
    '',
    ...ratioTables(report, 'read'),
    ...batchSection(report),
    ...failureLines(cells),
    '## Processor time a request, in microseconds',
    '',
    'Of all processes of a system together, those of its NATS servers included, without the client. Where the machine is busy, this is what decides.',
    '',
    'Creates:',
    '',
    processorTable(contenders, cells, 'create', extent.inFlight),
    '',
    'Reads:',
    '',
    processorTable(contenders, cells, 'read', extent.inFlight),
    '',
    '## What it should reach',
    '',
    goalsTable(report),
    '',
    '## How far the figures can be trusted',
    '',
    ...trust(report),
    '',
  ].join('\n');
}

/** stele against each peer. */
function ratioTables({ extent, contenders, cells }: PeersReport, operation: Operation): string[] {
  const peers = contenders.filter(({ id }) => id !== 'stele');
  if (peers.length === contenders.length || peers.length === 0) return [];
  const rowsOf = (name: 'perSecond' | 'p50Ms') =>
    peers.map(({ id, label }) => [label, ...ratios(cells, 'stele', id, operation, extent.inFlight, name)]);
  return [
    table(['stele’s throughput ÷', ...counts(extent.inFlight)], rowsOf('perSecond')),
    '',
    table(['stele’s p50 ÷', ...counts(extent.inFlight)], rowsOf('p50Ms')),
    '',
  ];
}

function batchSection({ contenders, cells }: PeersReport): string[] {
  const batches = cells.filter(({ operation }) => operation === 'batch');
  if (batches.length === 0) return [];
  const sections = contenders.flatMap(({ id, label }) => {
    const own = batches.filter(({ contender }) => contender === id);
    return own.length === 0 ? [] : [`${label}:`, '', batchTable(own), ''];
  });
  return [`## Batches of ${batches[0]?.registers ?? 0} registers a request`, '', ...sections];
}

function trust({ extent, contenders, cells }: PeersReport): string[] {
  const head = counts(extent.inFlight);
  const echoes = extent.inFlight.map((inFlight) => cellOf(cells, ECHO, 'create', inFlight));
  const measured = cells.filter(({ contender, failure }) => contender !== ECHO && failure === undefined);
  const others = measured.flatMap(({ turns }) => turns.map(({ otherCores }) => otherCores));
  const spread = measured.map(({ turns }) => {
    const rates = turns.map(({ figure: { perSecond } }) => perSecond);
    return Math.max(...rates) / Math.min(...rates);
  });
  const clientRow = (id: string, label: string) => [
    label,
    ...extent.inFlight.map((inFlight) => {
      const cell = cellOf(cells, id, 'create', inFlight);
      return cell ? median(cell.turns.map((turn) => turn.figure.clientCpu)).toFixed(2) : '';
    }),
  ];
  const echo = ['requests a second', ...echoes.map((cell) => (cell ? figure(middleOf(cell).perSecond) : ''))];
  return [
    'The client alone, against a responder inside its own process over three NATS servers: what it can drive at the most, while it does the work of the other side too.',
    '',
    table(['in flight', ...head], [echo]),
    '',
    'How many cores the client was busy with during creates:',
    '',
    table(
      ['in flight', ...head],
      contenders.map(({ id, label }) => clientRow(id, label)),
    ),
    '',
    `Whoever has no turn idles; it is not paused, since a cluster that wakes from a pause first holds elections. Idle, before anything was written, they used ${contenders.map(({ label, idleCores }) => `${(idleCores * 100).toFixed(1)} % of a core (${label})`).join(', ')}. While one was measured, all others together used ${(median(others) * 100).toFixed(1)} % of a core in the middle, ${(Math.max(...others) * 100).toFixed(1)} % at the most. The fastest round of a figure was ${median(spread).toFixed(2)} times its slowest in the middle, ${Math.max(...spread).toFixed(2)} at the most.`,
  ];
}
