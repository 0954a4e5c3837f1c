import { randomBytes } from 'node:crypto';
import { readdir, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { BadInputError, SteleError, StoreExistsError, StoreFailedError } from '../contract/errors.ts';
import { problemWithMemberId } from '../contract/names.ts';
import type { MemberId } from '../protocol/ballot.ts';
import { findCause } from './environment.ts';
import { createPrivate, exists, filesOf, makeDirectory, storeFileOf, syncToDisk } from './files.ts';
import { publish } from './publish.ts';
import { Database } from './sqlite/database.ts';
import { requireDrivers } from './sqlite/driver.ts';
import { IdentityTable } from './sqlite/identity.ts';
import { createSchema } from './sqlite/schema.ts';

const MEMBERS_MAX = 9;
const CLUSTER_NAME = /^[A-Za-z0-9_-]{1,64}$/;

export interface InitStoreOptions {
  /** Made where it is missing. */
  readonly dataDir: string;
  readonly member: MemberId;
  /** All members of the cluster, 1 to 9, this one among them. It never changes. */
  readonly members: readonly MemberId[];
  /** 1 to 64 of `A-Z a-z 0-9 _ -`; members of other clusters are not listened to. `stele` unless given. */
  readonly cluster?: string;
}

/**
 * Makes a new member's store, whole or not at all, and on the disk once this resolves.
 * @throws BadInputError for ill-formed ids or cluster names, or a membership that cannot be.
 * @throws StoreExistsError when the directory holds a store, or what is left of one.
 * @throws DriverMissingError when SQLite, or what locks files, cannot be loaded.
 * @throws StoreFailedError when the disk does not take it; there is no store then.
 * @example await initStore({ dataDir: '.stele/n1', member: 'n1', members: ['n1', 'n2', 'n3'] });
 */
export async function initStore(options: InitStoreOptions): Promise<{ storeId: string }> {
  const { dataDir, member, members, cluster = 'stele' } = options;
  checkInput(dataDir, member, members, cluster);
  requireDrivers();
  const file = storeFileOf(resolve(dataDir));
  const storeId = randomBytes(16).toString('hex');
  const draft = `${draftPrefix(file)}${storeId}`;
  const made: string[] = [];
  try {
    for (const path of filesOf(file)) if (await exists(path)) throw storeExists(path);
    await makeDirectory(dirname(file), made);
    await writeDraft(draft, {
      cluster,
      member,
      members,
      storeId,
      incarnation: 0,
      commits: 0,
      enrolled: false,
    });
    await publish(draft, file);
    // From here on no other draft can become the store: those that a crash left behind can go as well.
    await removeDrafts(draftPrefix(file));
  } catch (error) {
    await removeDrafts(draft);
    // Another process that makes a store here at the same time, and was faster, clears this draft away.
    const isThere = await exists(file).catch(() => false);
    for (const directory of made) await rmdir(directory).catch(() => undefined);
    if (error instanceof SteleError) throw error;
    throw isThere ? storeExists(file) : await failed(dataDir, error);
  }
  return { storeId };
}

async function writeDraft(draft: string, identity: Parameters<IdentityTable['write']>[0]): Promise<void> {
  await createPrivate(draft);
  const database = await Database.open(draft, 'new');
  try {
    // A draft is synced as a whole, below, before it has the store's name.
    await database.exec('PRAGMA synchronous = OFF; BEGIN EXCLUSIVE');
    await createSchema(database);
    await (await IdentityTable.prepare(database)).write(identity);
    await database.exec('COMMIT');
  } finally {
    await database.close();
  }
  await syncToDisk(draft, 'file');
}

function draftPrefix(file: string): string {
  return `${file}.draft-`;
}

async function removeDrafts(prefix: string): Promise<void> {
  const directory = dirname(prefix);
  const names = await readdir(directory).catch(() => []);
  const drafts = names.filter((name) => name.startsWith(basename(prefix)));
  // A draft that stays takes some space and does no harm.
  await Promise.all(drafts.map((name) => rm(join(directory, name), { force: true }).catch(() => undefined)));
}

/** Whatever its callers' types: one that has none could otherwise make a store that nobody can read. */
function checkInput(dataDir: unknown, member: unknown, members: unknown, cluster: unknown): void {
  const problem =
    (typeof dataDir !== 'string' || dataDir === ''
      ? 'The directory of the store is missing: give a path, such as ".stele/n1".'
      : undefined) ??
    (Array.isArray(members) ? problemWithMembers(member, members) : 'The members are no list: give the ids of all.') ??
    (typeof cluster === 'string' && CLUSTER_NAME.test(cluster) ? undefined : problemWithCluster(cluster));
  if (problem !== undefined) throw new BadInputError(problem);
}

function problemWithMembers(member: unknown, members: readonly unknown[]): string | undefined {
  const illFormed = [member, ...members].map(problemWithMemberId).find((one) => one !== undefined);
  if (illFormed !== undefined) return illFormed;
  const list = members.join(',');
  if (members.length < 1 || members.length > MEMBERS_MAX) {
    return `A cluster has 1 to ${MEMBERS_MAX} members, most often 3 or 5; ${members.length} were given.`;
  }
  if (new Set(members).size !== members.length) return `A member is listed twice in ${list}: name each one once.`;
  if (!members.includes(member)) return `Member ${member} is not among the members ${list}: list all of them, it too.`;
  return undefined;
}

function problemWithCluster(cluster: unknown): string {
  return `${JSON.stringify(cluster)} cannot be the name of a cluster: use 1 to 64 of A-Z a-z 0-9 _ -.`;
}

function storeExists(path: string): StoreExistsError {
  return new StoreExistsError(
    `There is a store, or what is left of one, already: ${path}. It was left as it is, since a member that starts over with an empty store forgets its votes. Start the member on it, or give another directory.`,
  );
}

async function failed(dataDir: string, error: unknown): Promise<StoreFailedError> {
  const { cause, next } = await findCause(error, resolve(dataDir), []);
  return new StoreFailedError(
    `The store in ${dataDir} could not be made: ${cause}. There is none there now. ${next}; then try again.`,
    error,
  );
}
