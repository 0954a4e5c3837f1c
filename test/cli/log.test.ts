import { pino } from 'pino';
import { expect, test } from 'vitest';
import { logEvents } from '../../src/cli/log/events.ts';
import type { MemberEvent } from '../../src/events.ts';

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly reason?: string;
  readonly messages?: number;
  readonly requests?: number;
}

function logOf(level: string, now: () => number = () => 0) {
  const lines: Line[] = [];
  const log = pino({ level }, { write: (line: string) => void lines.push(JSON.parse(line) as Line) });
  return { listener: logEvents(log, now), lines };
}

const proposal = { opId: 'op', value: new Uint8Array([1]) };
const ballot = { round: 1, node: 'n1', incarnation: 1 };
const OF_OPERATIONS: readonly MemberEvent[] = [
  { type: 'asked', requests: [{ type: 'prepare', name: 'a', ballot }] },
  { type: 'answered', to: 'n2', replies: [{ type: 'accepted', name: 'a', ballot }] },
  { type: 'committed', registers: 3, tookMs: 1.5 },
  { type: 'decided', name: 'a', decision: { ballot, proposal } },
];

test('operations leave no line at the usual level, and one a batch at debug', () => {
  const usual = logOf('info');
  const debug = logOf('debug');
  for (const event of OF_OPERATIONS) {
    usual.listener(event);
    debug.listener(event);
  }
  expect(usual.lines).toEqual([]);
  expect(debug.lines.map(({ msg }) => msg)).toEqual([
    'asked the members: 1 prepare',
    'answered n2: 1 accepted',
    'committed 3 registers in 1.5 ms',
    'a is decided',
  ]);
});

test('changes of state and of peers are logged, a failure as an error with its reason', () => {
  const { listener, lines } = logOf('info');
  listener({ type: 'state', state: 'serving' });
  listener({ type: 'state', state: 'failed', reason: 'the disk is full' });
  listener({ type: 'peer-up', member: 'n2', incarnation: 4 });
  listener({ type: 'peer-down', member: 'n2', silentMs: 3_600 });
  expect(lines.map(({ level }) => level)).toEqual([30, 50, 30, 40]);
  expect(lines[1]?.reason).toBe('the disk is full');
  expect(lines[3]?.msg).toContain('n2 for 3.6 s');
});

test('who takes the writes is logged as it changes', () => {
  const { listener, lines } = logOf('info');
  listener({ type: 'charge', takesWrites: true });
  listener({ type: 'charge', takesWrites: false });
  expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
    [30, 'takes the writes'],
    [30, 'leaves the writes to others'],
  ]);
});

test('what repeats with every message is logged once in a while, with a count', () => {
  let nowMs = 0;
  const { listener, lines } = logOf('info', () => nowMs);
  const refused: MemberEvent = { type: 'peer-refused', member: 'n3', refusal: 'lost-disk' };
  for (let message = 0; message < 100; message += 1) listener(refused);
  listener({ type: 'overloaded', requests: 10 });
  listener({ type: 'overloaded', requests: 20 });
  expect(lines).toHaveLength(2);
  nowMs = 60_000;
  listener(refused);
  listener({ type: 'overloaded', requests: 1 });
  expect(lines.map(({ messages, requests }) => messages ?? requests)).toEqual([1, 10, 100, 21]);
});
