import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { Store } from '../src/ports.ts';
import type { Change } from '../src/protocol/batch.ts';
import { UNTOUCHED } from '../src/protocol/register.ts';
import { initStore } from '../src/store/init.ts';
import { openStore } from '../src/store/open.ts';

const BATCH = 256;
const SMALL_BATCH = 64;
const SAVES = 2_000;
const LOADS = 200;
const VALUE_BYTES = 64;
/** Names spread over the numbers below this, so that they do not come in order. */
const PRIME = 999_999_937;
const STRIDE = 618_033_989;

interface Options {
  readonly registers: number;
  readonly data?: string;
  readonly reopen?: string;
}

const { registers, data, reopen } = new Command('bench/store')
  .description('Fills a store, opens it again, and prints what saves, loads, memory and disk came to.')
  .option('--registers <n>', 'how many registers to write', whole, 1_000_000)
  .option('--data <directory>', 'where to make the store; a directory of its own in the temporary one unless given')
  .option('--reopen <directory>', 'only open the store that is there, and read from it')
  .parse()
  .opts<Options>();

if (reopen === undefined) await fillAnew();
else await readAgain(reopen);

async function readAgain(dataDir: string): Promise<void> {
  const store = await timed('open, full', () => openStore({ dataDir }));
  printMemory('opened');
  await percentiles(store, 'saves, full store', 2 * registers + 1_000_000);
  await loads(store);
  await store.close();
}

async function fillAnew(): Promise<void> {
  const parent = await mkdtemp(join(data ?? tmpdir(), 'stele-bench-'));
  const dataDir = join(parent, 'n1');
  try {
    await initStore({ dataDir, member: 'n1', members: ['n1', 'n2', 'n3'] });
    console.log(`Node ${process.versions.node}; ${registers} registers with values of ${VALUE_BYTES} bytes\n`);
    const store = await timed('open, empty', () => openStore({ dataDir }));
    await percentiles(store, 'saves, empty store', registers);
    await fill(store);
    await timed('close', () => store.close());
    printMemory('closed');
    await printDisk(dataDir);
    // In a process of its own: the memory of the first store is not part of what a member takes.
    const program = process.argv.slice(1, 2);
    spawnSync(
      process.execPath,
      [...process.execArgv, ...program, '--registers', String(registers), '--reopen', dataDir],
      {
        stdio: 'inherit',
      },
    );
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
}

async function fill(store: Store): Promise<void> {
  const startedMs = performance.now();
  const tenth = Math.ceil(registers / 10 / BATCH) * BATCH;
  let markMs = startedMs;
  let markCpu = process.cpuUsage();
  let markMaking = 0;
  let rssMax = 0;
  let made = process.cpuUsage();
  let makingMicros = 0;
  const cpu = process.cpuUsage();
  const times: number[] = [];
  for (let from = 0; from < registers; from += BATCH) {
    made = process.cpuUsage();
    const changes = batch(from, Math.min(BATCH, registers - from));
    makingMicros += microsSince(made);
    const savedMs = performance.now();
    const loaded = await store.load(changes.map(({ name }) => name));
    if (loaded.size !== 0) throw new Error(`${loaded.size} of 256 new registers are said to be there`);
    await store.save(changes);
    times.push(performance.now() - savedMs);
    store.markDecided(changes.map(({ name }) => name));
    if ((from + BATCH) % tenth !== 0) continue;
    rssMax = Math.max(rssMax, process.memoryUsage.rss());
    const nowMs = performance.now();
    const perSecond = (tenth / (nowMs - markMs)) * 1_000;
    const micros = (microsSince(markCpu) - (makingMicros - markMaking)) / tenth;
    console.log(
      `  at ${from + BATCH}: ${perSecond.toFixed(0)} registers/s, ${micros.toFixed(2)} µs of CPU each; ${spread(times.splice(0))}; ${memory()}`,
    );
    markMs = nowMs;
    markCpu = process.cpuUsage();
    markMaking = makingMicros;
  }
  const micros = (microsSince(cpu) - makingMicros) / registers;
  print(
    'fill',
    `${micros.toFixed(2)} µs of CPU a register; ${((performance.now() - startedMs) / 1_000).toFixed(1)} s; RSS at most ${mib(rssMax)}`,
  );
}

/** What all threads of the process used: unlike time, it hardly depends on what else the machine does. */
function microsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return user + system;
}

/** Saves one after the other, with what the acceptor does around them: a load before. */
async function percentiles(store: Store, what: string, from: number): Promise<void> {
  const times: number[] = [];
  const cpu = process.cpuUsage();
  for (let at = 0; at < SAVES; at += 1) {
    const changes = batch(from + at * SMALL_BATCH, SMALL_BATCH);
    const startedMs = performance.now();
    await store.load(changes.map(({ name }) => name));
    await store.save(changes);
    times.push(performance.now() - startedMs);
  }
  const micros = microsSince(cpu) / SAVES;
  print(`${what}, of ${SMALL_BATCH}`, `${micros.toFixed(0)} µs of CPU a save; ${spread(times)}`);
}

async function loads(store: Store): Promise<void> {
  await loadMany(store, 'untouched', false, (at) =>
    Array.from({ length: BATCH }, (_, index) => `never.${at}.${index}`),
  );
  await loadMany(store, 'at random', true, () =>
    Array.from({ length: BATCH }, () => nameOf(Math.floor(Math.random() * registers))),
  );
  await loadMany(store, 'of one commit', true, () => {
    const start = Math.floor((Math.random() * registers) / BATCH) * BATCH;
    return Array.from({ length: Math.min(BATCH, registers - start) }, (_, index) => nameOf(start + index));
  });
}

async function loadMany(store: Store, what: string, isThere: boolean, names: (at: number) => string[]): Promise<void> {
  const batches = Array.from({ length: LOADS }, (_, at) => names(at));
  const cpu = process.cpuUsage();
  const times: number[] = [];
  for (const one of batches) times.push(await loading(store, one, isThere ? new Set(one).size : 0));
  const micros = microsSince(cpu) / LOADS / BATCH;
  print(`load of ${BATCH} ${what}`, `${micros.toFixed(2)} µs of CPU a register; ${spread(times)}`);
}

async function loading(store: Store, names: readonly string[], expected: number): Promise<number> {
  const startedMs = performance.now();
  const { size } = await store.load(names);
  const tookMs = performance.now() - startedMs;
  if (size !== expected) throw new Error(`${size} registers were found in place of ${expected}`);
  return tookMs;
}

function batch(from: number, count: number): Change[] {
  const ballot = { round: 0, node: 'n1', incarnation: 1 };
  return Array.from({ length: count }, (_, index) => {
    const number = from + index;
    const opId = `0198a4c2-7a71-7b1c-9d40-${String(number).padStart(12, '0')}`;
    const accepted = { ballot, proposal: { opId, value: Buffer.alloc(VALUE_BYTES, number % 251) } };
    return { name: nameOf(number), before: UNTOUCHED, after: { promised: ballot, accepted, decided: false } };
  });
}

function nameOf(number: number): string {
  return `w.${Number((BigInt(number) * BigInt(STRIDE)) % BigInt(PRIME))}`;
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const startedMs = performance.now();
  const result = await work();
  print(what, `${(performance.now() - startedMs).toFixed(0)} ms`);
  return result;
}

async function printDisk(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    const { size } = await stat(join(dataDir, name));
    print(name, `${mib(size)}, ${(size / registers).toFixed(1)} bytes a register`);
  }
}

function printMemory(when: string): void {
  print(`memory, ${when}`, memory());
}

function memory(): string {
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  return `RSS ${mib(rss)}, heap ${mib(heapUsed)}, arrays ${mib(arrayBuffers)}`;
}

function spread(times: number[]): string {
  times.sort((a, b) => a - b);
  const at = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(2);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, p99.9 ${at(0.999)} ms, most ${(times.at(-1) ?? 0).toFixed(1)} ms`;
}

function mib(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(0)} MiB`;
}

function print(what: string, result: string): void {
  console.log(`${what.padEnd(28)} ${result}`);
}

function whole(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('It must be a whole number above 0.');
}
