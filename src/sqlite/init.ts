import { randomBytes } from 'node:crypto';
import { link, mkdir, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { BadInputError, SteleError, StoreExistsError, StoreFailedError } from '../errors.ts';
import { problemWithMemberId } from '../names.ts';
import type { MemberId } from '../protocol/ballot.ts';
import { Database } from './database.ts';
import { reasonOf } from './failures.ts';
import { exists, indexFileOf, sideFilesOf, storeFileOf, syncToDisk } from './files.ts';
import { IdentityTable } from './identity.ts';
import { createSchema } from './schema.ts';

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
 * @throws StoreFailedError when the disk does not take it; there is no store then.
 * @example await initStore({ dataDir: '.stele/n1', member: 'n1', members: ['n1', 'n2', 'n3'] });
 */
export async function initStore(options: InitStoreOptions): Promise<{ storeId: string }> {
  const { dataDir, member, members, cluster = 'stele' } = options;
  checkInput(dataDir, member, members, cluster);
  const file = storeFileOf(resolve(dataDir));
  const storeId = randomBytes(16).toString('hex');
  const draft = `${draftPrefix(file)}${storeId}`;
  try {
    await makeDirectory(dirname(file));
    for (const path of [file, ...sideFilesOf(file), indexFileOf(file)]) if (await exists(path)) throw storeExists(path);
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
  } catch (error) {
    await removeDrafts(draft);
    if (error instanceof SteleError) throw error;
    // Another process that makes a store here at the same time, and was faster, clears this draft away.
    throw (await exists(file).catch(() => false)) ? storeExists(file) : failed(dataDir, error);
  }
  return { storeId };
}

async function writeDraft(draft: string, identity: Parameters<IdentityTable['write']>[0]): Promise<void> {
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

/** Gives the finished draft its name. A link, unlike a rename, fails where another process was faster. */
async function publish(draft: string, file: string): Promise<void> {
  await link(draft, file);
  try {
    await syncToDisk(dirname(file), 'directory');
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
  // From here on no other draft can become the store: those that a crash left behind can go as well.
  await removeDrafts(draftPrefix(file));
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

/**
 * Also puts on the disk the names of the directories on the way: of those that it makes, and, where it may, of those that
 * are there already. An init that was killed may have made them.
 */
async function makeDirectory(directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true });
  for (let made = directory; made !== dirname(made); made = dirname(made)) {
    try {
      await syncToDisk(dirname(made), 'directory');
    } catch (error) {
      if (first !== undefined && made.length >= first.length) throw error;
      return;
    }
  }
}

function checkInput(dataDir: string, member: MemberId, members: readonly MemberId[], cluster: string): void {
  const problem =
    (dataDir === '' ? 'The directory of the store is empty: give a path, such as ".stele/n1".' : undefined) ??
    [member, ...members].map(problemWithMemberId).find((one) => one !== undefined) ??
    problemWithMembers(member, members);
  if (problem !== undefined) throw new BadInputError(problem);
  if (CLUSTER_NAME.test(cluster)) return;
  throw new BadInputError(
    `${JSON.stringify(cluster)} cannot be the name of a cluster: use 1 to 64 of A-Z a-z 0-9 _ -.`,
  );
}

function problemWithMembers(member: MemberId, members: readonly MemberId[]): string | undefined {
  const list = members.join(',');
  if (members.length < 1 || members.length > MEMBERS_MAX) {
    return `A cluster has 1 to ${MEMBERS_MAX} members, most often 3 or 5; ${members.length} were given.`;
  }
  if (new Set(members).size !== members.length) return `A member is listed twice in ${list}: name each one once.`;
  if (!members.includes(member)) return `Member ${member} is not among the members ${list}: list all of them, it too.`;
  return undefined;
}

function storeExists(path: string): StoreExistsError {
  return new StoreExistsError(
    `There is a store, or what is left of one, already: ${path}. It was left as it is, since a member that starts over with an empty store forgets its votes. Start the member on it, or give another directory.`,
  );
}

function failed(dataDir: string, error: unknown): StoreFailedError {
  return new StoreFailedError(
    `The store in ${dataDir} could not be made: ${reasonOf(error)}. There is none there now. Check that the directory can be written to, and the space on its disk; then try again.`,
    error,
  );
}
