import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { onTestFinished } from 'vitest';
import type { Store } from '../../src/ports.ts';
import type { Change } from '../../src/protocol/batch.ts';
import { type Accepted, type RegisterState, UNTOUCHED } from '../../src/protocol/register.ts';
import { checkStore } from '../../src/store/check.ts';
import { initStore } from '../../src/store/init.ts';
import { StoreLock } from '../../src/store/lock/store-lock.ts';
import { begin, openStore } from '../../src/store/open.ts';
import { Database, type Row } from '../../src/store/sqlite/database.ts';
import { SqliteStore } from '../../src/store/sqlite-store.ts';

/** For tests that make many stores, or start processes, on a machine that does other work as well. */
export const DISK_TIMEOUT_MS = 30_000;
export const MEMBERS = ['n1', 'n2', 'n3'];

/** A fresh directory that goes when the test ends. */
export async function freshDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'stele-store-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** The directory of a store that was made and not opened yet. */
export async function freshStore(): Promise<string> {
  const dataDir = await freshDirectory();
  await initStore({ dataDir, member: 'n1', members: MEMBERS });
  return dataDir;
}

export function fileOf(dataDir: string): string {
  return join(dataDir, 'stele.sqlite');
}

export function indexOf(dataDir: string): string {
  return join(dataDir, 'stele-index.sqlite');
}

/** Opens the store for `use`, and closes it whatever comes. */
export async function withStore<T>(dataDir: string, use: (store: Store) => Promise<T>, cacheBytesMax?: number) {
  const store = await openStore(cacheBytesMax === undefined ? { dataDir } : { dataDir, cacheBytesMax });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/** Opens a store as `openStore` does, and gives its parts as well. */
export async function openWithParts(dataDir: string, { cacheBytesMax = 1_000_000 } = {}) {
  const file = fileOf(dataDir);
  const lock = await StoreLock.take(file);
  const parts = await begin(file, lock, await checkStore(file, lock), cacheBytesMax, () => undefined);
  const store = new SqliteStore(parts);
  onTestFinished(() => store.close().catch(() => undefined));
  return { store, parts };
}

/** Changes a closed store behind its back: its journal unless another file of it is given. */
export async function edit(dataDir: string, sql: string, file = fileOf(dataDir)): Promise<void> {
  const database = await Database.open(file, 'existing');
  try {
    await database.exec(sql);
  } finally {
    await database.close();
  }
}

/** Looks into a closed store. */
export async function peek(dataDir: string, sql: string, file = fileOf(dataDir)): Promise<Row[]> {
  const database = await Database.open(file, 'existing');
  try {
    return await database.all(sql);
  } finally {
    await database.close();
  }
}

export function accepted(value: string | Uint8Array, opId = 'op', round = 1): RegisterState {
  const ballot = { round, node: 'n1', incarnation: 1 };
  const proposal = { opId, value: typeof value === 'string' ? Buffer.from(value) : value };
  return { promised: ballot, accepted: { ballot, proposal }, decided: false };
}

export function change(name: string, after: RegisterState, before: RegisterState = UNTOUCHED): Change {
  return { name, before, after };
}

/** States as plain data, so that a Buffer and a Uint8Array of the same bytes are equal. */
export function plain(states: Iterable<readonly [string, RegisterState]>) {
  return Object.fromEntries([...states].map(([name, state]) => [name, plainState(state)]));
}

function plainState({ promised, accepted: held, decided }: RegisterState) {
  if (held === null) return { promised, accepted: null, decided };
  const { opId, value } = held.proposal;
  return { promised, accepted: { ballot: held.ballot, opId, value: Buffer.from(value).toString('hex') }, decided };
}

const numbers = fc.integer({ min: 1, max: 999_999_999_999_999 });
const ballots = fc.record({
  round: numbers,
  node: fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/),
  incarnation: numbers,
});
const values = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.constant(new Uint8Array()),
  fc.constant(Uint8Array.from({ length: 256 }, (_, byte) => byte)),
  fc.nat(255).map((byte) => new Uint8Array(65_536).fill(byte)),
);
const acceptances: fc.Arbitrary<Accepted> = fc.record({
  ballot: ballots,
  proposal: fc.record({ opId: fc.stringMatching(/^[\x20-\x7e]{1,64}$/), value: values }),
});

export const names = fc.stringMatching(/^[A-Za-z0-9=/-][A-Za-z0-9_=/-]{0,20}(\.[A-Za-z0-9_=/-]{1,20}){0,3}$/);
export const states: fc.Arbitrary<RegisterState> = fc.oneof(
  ballots.map((promised) => ({ promised, accepted: null, decided: false })),
  fc.record({ promised: ballots, accepted: acceptances, decided: fc.boolean() }),
);

/** Starts one of the programs in `children/`, by itself or as a shell's last command. */
export function startChild(program: string, dataDir: string, options: { shellBefore?: string } = {}) {
  const path = fileURLToPath(new URL(`./children/${program}.ts`, import.meta.url));
  const command = [process.execPath, '--import', 'tsx', path, dataDir];
  // `exec` makes the program the very process that was started: a kill reaches it, not a shell around it.
  const child = spawn('/bin/sh', ['-c', `${options.shellBefore ?? ':'}; exec "$@"`, 'sh', ...command], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdout.setEncoding('utf8');
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, ended };
}

/** All that a program in `children/` prints until it ends. */
export async function outputOf({ child }: ReturnType<typeof startChild>): Promise<string> {
  let output = '';
  for await (const part of child.stdout) output += part;
  return output;
}
