import type { Failover } from '../growth/failover.ts';
import type { RegistersPart } from '../growth/registers.ts';
import type { Part } from '../growth/shapes.ts';
import { cellOf, middleOf, ratioOf } from './figures.ts';
import { growthGoals } from './growth-goals.ts';
import type { GrowthReport } from './growth-report.ts';
import { figure, table, times } from './markdown.ts';
import { batchTable, counts, failureLines, operationTable, ratios } from './tables.ts';

const MIB_BYTES = 1_048_576;

/** The report in words and tables. */
export function growthMarkdown(report: GrowthReport): string {
  const { startedAt, machine, extent, natsServer, registers, members, values, failover, writers } = report;
  const cells = [registers, members, values, writers].flatMap((part) => part?.cells ?? []);
  return [
    '# How stele grows',
    '',
    `${startedAt.slice(0, 10)}, on ${machine}. Members as processes on one machine, over three servers of NATS ${natsServer}; distinct registers, and values of 64 bytes, unless said otherwise. What is compared took turns of ${extent.seconds} s, ${extent.rounds} of them for each figure: a figure is the middle of its rounds, a ratio the middle of the ratios within each round. Creates and reads are requests a second (p50 ms, p99 ms), by requests in flight.`,
    '',
    ...(registers ? registersSection(registers, extent.inFlight) : []),
    ...(members ? partSection('Members', members, extent.inFlight) : []),
    ...(values ? partSection('Values', values, extent.inFlight) : []),
    ...(failover ? failoverSection(failover) : []),
    ...(writers ? writersSection(writers) : []),
    ...failureLines(cells),
    ...growthGoals(report),
  ].join('\n');
}

function registersSection(part: RegistersPart, inFlight: readonly number[]): string[] {
  const batches = part.rows.flatMap(({ id, label }) => {
    const own = part.cells.filter((cell) => cell.contender === id && cell.operation === 'batch');
    return [`Batches of ${own[0]?.registers ?? 0}, with ${label}:`, '', batchTable(own), ''];
  });
  const stores = part.stores.map(({ registers, peakMemoryBytes, diskBytes, restartMs }) => [
    registers.toLocaleString('en'),
    `${figure(diskBytes / MIB_BYTES)} MiB`,
    `${figure(diskBytes / registers)} B`,
    `${(restartMs / 1_000).toFixed(1)} s`,
    `${figure(peakMemoryBytes / MIB_BYTES)} MiB`,
  ]);
  const head = ['registers held', 'disk', 'disk a register', 'serves after a kill', 'peak memory, turns included'];
  return [
    ...partSection('Registers already written', part, inFlight),
    ...batches,
    'What the largest member needed:',
    '',
    table(head, stores),
    '',
  ];
}

/** Creates and reads, and how they stand to those of the first row. */
function partSection(title: string, { rows, cells }: Part, inFlight: readonly number[]): string[] {
  const [first, ...others] = rows;
  const lines = (['create', 'read'] as const).flatMap((operation) => [
    `${operation === 'create' ? 'Creates' : 'Reads of registers that are decided'}:`,
    '',
    operationTable(rows, cells, operation, inFlight),
    '',
    table(
      [`throughput ÷ ${first?.label ?? ''}`, ...counts(inFlight)],
      others.map(({ id, label }) => [label, ...ratios(cells, id, first?.id ?? '', operation, inFlight, 'perSecond')]),
    ),
    '',
  ]);
  return [`## ${title}`, '', ...lines];
}

function failoverSection(failover: Failover): string[] {
  const { inFlight, phaseSeconds, before, during, after, slowestMs, retries, tryTimeoutSeconds } = failover;
  const row = (when: string, rate: number) => [when, figure(rate), times(rate / before)];
  return [
    '## One of three members down',
    '',
    `${inFlight} creates in flight. After ${phaseSeconds} s the home is killed (-9), the member through which all writes go, after as long again it is started again. The client repeats a request with its operation id when there is no answer within ${tryTimeoutSeconds} s, as the library does. ${retries} tries were repeated; the slowest request took ${figure(slowestMs)} ms from its first try to its answer, and all were won.`,
    '',
    table(
      ['', 'creates a second', '÷ before'],
      [row('before', before), row('while it is down', during), row('after its start', after)],
    ),
    '',
  ];
}

function writersSection({ rows, cells }: Part): string[] {
  const lines = rows.flatMap(({ id, label }) => {
    const cell = cells.find(({ contender }) => contender === id);
    if (cell === undefined || cell.failure !== undefined) return [[label, 'failed', '', '', '']];
    const { perSecond, p50Ms, p99Ms, maxMs } = middleOf(cell);
    return [[label, figure(perSecond), figure(p50Ms), figure(p99Ms), figure(maxMs)]];
  });
  const [inFlight = 0] = cells.map((cell) => cell.inFlight);
  const one = cellOf(cells, 'one', 'create', inFlight);
  const distinct = cellOf(cells, 'distinct', 'create', inFlight);
  const ratio = one && distinct ? ratioOf(one, distinct, 'p99Ms') : Number.NaN;
  return [
    `## ${inFlight.toLocaleString('en')} writers at once`,
    '',
    `They all begin together, on one fresh register or each on its own; when every one is answered the next round begins. On one register exactly one wins each round, and all others are told its value. p99 on one register ÷ p99 on distinct ones: ${times(ratio)}.`,
    '',
    table(['', 'answers a second', 'p50 ms', 'p99 ms', 'slowest ms'], lines),
    '',
  ];
}
