import { isDeepStrictEqual } from 'node:util';
import type { Store } from '../../src/ports.ts';
import type { RegisterState } from '../../src/protocol/register.ts';
import { UNTOUCHED } from '../../src/protocol/register.ts';
import type { InitStoreOptions } from '../../src/store/init.ts';
import type { OpenStoreOptions } from '../../src/store/open.ts';
import type { Said } from './operations.ts';
import type { Promises } from './promises.ts';
import { changesOf, NEVER_SAVED, SHARED, sharedState } from './saves.ts';

/** The shipped code, or a copy of it with a planted mistake. */
export interface Source {
  readonly initStore: (options: InitStoreOptions) => Promise<{ storeId: string }>;
  readonly openStore: (options: OpenStoreOptions) => Promise<Store>;
}

/** What a process is to do with a store. */
export interface LifeOrder {
  readonly promises: Promises;
  /** Numbers of the saves to make, none of which was begun before. */
  readonly saves: readonly number[];
}

/** Makes the store where there is none yet, opens it, looks whether it keeps its promises, saves, and closes it. */
export async function live(
  source: Source,
  dataDir: string,
  order: LifeOrder,
  say: (said: Said) => void,
): Promise<void> {
  const { promises, saves } = order;
  if (!promises.made) {
    try {
      await source.initStore({ dataDir, member: 'n1', members: ['n1', 'n2', 'n3'] });
      say({ type: 'made' });
    } catch (error) {
      // The process before had come that far, and did not get to say so.
      if (!isOfCode(error, 'STELE_STORE_EXISTS')) throw error;
    }
  }
  const store = await source.openStore({ dataDir });
  try {
    say({ type: 'opened', incarnation: store.identity.incarnation, commits: store.commits });
    const problem = await problemWith(store, promises);
    if (problem !== undefined) throw new Error(problem);
    await write(store, saves, say);
  } finally {
    await store.close();
  }
}

async function write(store: Store, saves: readonly number[], say: (said: Said) => void): Promise<void> {
  const peer = { storeId: 'store-of-n2', incarnation: 1, session: 'session', enrolled: true, commits: 0 };
  if (saves.length > 0 && !store.peers.has('n2')) await store.savePeer('n2', peer);
  for (const [at, save] of saves.entries()) {
    if (at === 1 && !store.enrolled) {
      await store.enrol();
      say({ type: 'enrolled' });
    }
    const before = (await store.load([SHARED])).get(SHARED) ?? UNTOUCHED;
    store.notePeerCommits('n2', save + 1);
    say({ type: 'begins', save });
    const saving = store.save([...changesOf(save), { name: SHARED, before, after: sharedState(save) }]);
    await saving;
    store.markDecided([SHARED]);
    say({ type: 'saved', save });
  }
}

/** @returns what the store has lost, or made up; undefined where it keeps its promises. */
async function problemWith(store: Store, promises: Promises): Promise<string | undefined> {
  const { incarnation, commits, enrolled, saved } = promises;
  if (store.identity.incarnation <= incarnation) {
    return `incarnation ${store.identity.incarnation} after ${incarnation} had been told`;
  }
  if (store.commits < commits) return `${store.commits} commits after ${commits} had been told`;
  if (enrolled && !store.enrolled) return 'it is not enrolled any more';
  const last = saved.length === 0 ? -1 : Math.max(...saved);
  const noted = store.peers.get('n2')?.commits ?? -1;
  if (last >= 0 && noted < last + 1) return `${noted} commits of a peer after ${last + 1} had been saved`;
  return await problemWithRegisters(store, promises, last);
}

async function problemWithRegisters(store: Store, promises: Promises, last: number): Promise<string | undefined> {
  let registers = 0;
  for (const save of promises.begun) {
    const changes = changesOf(save);
    const states = await store.load(changes.map(({ name }) => name));
    if (states.size === 0 && !promises.saved.includes(save)) continue;
    if (!changes.every(({ name, after }) => isSame(states.get(name), after))) {
      return `save ${save} of ${promises.saved.join(', ')} has ${states.size} of ${changes.length} registers, or other values`;
    }
    registers += changes.length;
  }
  const shared = (await store.load([SHARED])).get(SHARED);
  if (shared !== undefined) registers += 1;
  if (store.registers !== registers) return `it counts ${store.registers} registers, and has ${registers}`;
  if ((await store.load([NEVER_SAVED])).size > 0) return 'it has a register that was never saved';
  return problemWithShared(shared, last);
}

function problemWithShared(shared: RegisterState | undefined, last: number): string | undefined {
  const save = shared === undefined ? -1 : shared.promised.round - 1;
  if (save >= last && (shared === undefined || isSame(shared, sharedState(save)))) return undefined;
  return `the shared register is of save ${save} after save ${last} was acknowledged`;
}

function isSame(found: RegisterState | undefined, wanted: RegisterState): boolean {
  return isDeepStrictEqual(plain(found), plain(wanted));
}

function plain(state: RegisterState | undefined) {
  const held = state?.accepted;
  return [state?.promised, held?.ballot, held?.proposal.opId, held && Buffer.from(held.proposal.value).toString('hex')];
}

function isOfCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
