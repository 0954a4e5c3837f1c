import { Command, InvalidArgumentError } from 'commander';
import { connect, headers, type Msg, type NatsConnection } from 'nats';
import { startCluster } from '../test/support/cluster.ts';
import { type Measured, measure } from './load.ts';

const VALUE = Buffer.alloc(64, 'x');
const REQUEST_TIMEOUT_MS = 10_000;
const WARMUP_MS = 1_000;

interface Options {
  readonly inFlight: readonly number[];
  readonly seconds: number;
  readonly members: number;
}

const program = new Command('bench')
  .description(
    'Starts a nats-server and members as processes of their own, keeps so many requests in flight from one client, and prints what came of it. Distinct registers, 64-byte values, raw NATS requests.',
  )
  .option('--in-flight <list>', 'how many requests in flight, one row each', numbers, [1, 16, 64, 256, 1_024])
  .option('--seconds <n>', 'how long each row is measured, after a second of warm-up', (text) => numbers(text)[0], 5)
  .option('--members <n>', 'how many members', (text) => numbers(text)[0], 3);

const { inFlight, seconds, members } = program.parse().opts<Options>();
const cluster = await startCluster({ members: Array.from({ length: members }, (_, index) => `n${index + 1}`) });
try {
  await cluster.ready();
  const connection = await connect({ servers: cluster.url });
  console.log(`${members} members, one nats-server, one client, Node ${process.versions.node}; ${seconds} s a row\n`);
  console.log('              in flight      per s    p50 ms    p99 ms');
  for (const [row, count] of inFlight.entries()) {
    const written = new Set<number>();
    const write = (n: number) =>
      request(connection, `register.write.w${row}.${n}`, 'won').then(() => void written.add(n));
    print('writes', count, await measure(count, seconds * 1_000, WARMUP_MS, write));
    const read = (n: number) => request(connection, `register.read.w${row}.${n % written.size}`, 'decided');
    print('reads', count, await measure(count, seconds * 1_000, WARMUP_MS, read));
    const empty = (n: number) => request(connection, `register.read.e${row}.${n}`, 'empty');
    print('empty reads', count, await measure(count, seconds * 1_000, WARMUP_MS, empty));
  }
  await connection.close();
} finally {
  await cluster.stop();
}

async function request(connection: NatsConnection, subject: string, expected: string): Promise<void> {
  const isWrite = expected === 'won';
  const options = { timeout: REQUEST_TIMEOUT_MS, ...(isWrite ? { headers: headers() } : {}) };
  const reply: Msg = await connection.request(subject, isWrite ? VALUE : undefined, options);
  const outcome = reply.headers?.get('Register-Outcome');
  if (outcome !== expected) throw new Error(`${subject}: ${outcome} in place of ${expected}`);
}

function print(what: string, count: number, { perSecond, p50Ms, p99Ms }: Measured): void {
  const figure = (value: number, digits: number) => value.toFixed(digits).padStart(9);
  console.log(
    `${what.padEnd(12)} ${String(count).padStart(10)} ${figure(perSecond, 0)} ${figure(p50Ms, 2)} ${figure(p99Ms, 2)}`,
  );
}

function numbers(text: string): number[] {
  const list = text.split(',').map(Number);
  if (list.every((n) => Number.isInteger(n) && n > 0)) return list;
  throw new InvalidArgumentError('It must be one whole number above 0, or several with commas between them.');
}
