import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { BadInputError, StoreExistsError } from '../../contract/errors.ts';

/** What `stele dev` has made in its directory. `complete` once every store has been: from then on none is made anew. */
const CLUSTER_FILE = z.object({ members: z.array(z.string()).min(1), complete: z.boolean() });
type ClusterFile = z.infer<typeof CLUSTER_FILE>;

/**
 * The stores of a development cluster, made where they have not been.
 * @param nodes how many members there should be; undefined for as many as there are, or else `nodesIfNew`.
 * @returns the ids of the members; the store of each is in the directory of that name.
 * @throws BadInputError when the directory holds a cluster of another size, or a store of something else.
 */
export async function prepareStores(dataDir: string, nodes: number | undefined, nodesIfNew: number): Promise<string[]> {
  const found = await readClusterFile(dataDir);
  if (found !== undefined && nodes !== undefined && nodes !== found.members.length) {
    throw new BadInputError(
      `${dataDir} holds a cluster of ${found.members.length} (${found.members.join(', ')}), and --nodes asks for ${nodes}. The members of a cluster are fixed when it is made: leave --nodes out to run that one, give another directory with --data, or delete ${dataDir} and all that was written there.`,
    );
  }
  if (found?.complete) return found.members;
  const members = found?.members ?? Array.from({ length: nodes ?? nodesIfNew }, (_, index) => `n${index + 1}`);
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    if (found === undefined) await refuseStrangers(dataDir, members);
    await writeClusterFile(dataDir, { members, complete: false });
  } catch (error) {
    throw error instanceof BadInputError ? error : unusable(dataDir, error);
  }
  for (const member of members) await makeStore(join(dataDir, member), member, members);
  // Members start only after this, so a store that is missing later on has been lost, and must not come back empty.
  await writeClusterFile(dataDir, { members, complete: true });
  return members;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: `this user (id ${process.getuid?.() ?? 'unknown'}) may not read and write there`,
  EPERM: `this user (id ${process.getuid?.() ?? 'unknown'}) may not read and write there`,
  EROFS: 'its file system is read-only',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'it is a file',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of this user is used up',
  ENAMETOOLONG: 'the path is too long',
};

function unusable(dataDir: string, error: unknown): BadInputError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return new BadInputError(
    `${dataDir} cannot hold a cluster: ${REASONS[code] ?? message}. Nothing was started. Put that right, or give another directory with --data (STELE_DATA).`,
    error,
  );
}

async function makeStore(dataDir: string, member: string, members: readonly string[]): Promise<void> {
  const { initStore } = await import('../../store/init.ts');
  try {
    await initStore({ dataDir, member, members });
  } catch (error) {
    // Made by an earlier run that was interrupted before it could say so.
    if (!(error instanceof StoreExistsError)) throw error;
  }
}

async function refuseStrangers(dataDir: string, members: readonly string[]): Promise<void> {
  const { readdir } = await import('node:fs/promises');
  const present = await readdir(dataDir);
  const strangers = members.filter((member) => present.includes(member));
  if (strangers.length === 0) return;
  throw new BadInputError(
    `${dataDir} holds ${strangers.join(', ')}, which \`stele dev\` did not make: run those with \`stele node\`, or give another directory with --data.`,
  );
}

async function readClusterFile(dataDir: string): Promise<ClusterFile | undefined> {
  let text: string;
  try {
    text = await readFile(clusterFile(dataDir), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unusable(dataDir, error);
  }
  try {
    return CLUSTER_FILE.parse(JSON.parse(text));
  } catch (cause) {
    throw new BadInputError(
      `${clusterFile(dataDir)} is not what \`stele dev\` wrote: put it right, or give another directory with --data.`,
      cause,
    );
  }
}

/** All of it or nothing, also when this process is killed meanwhile. */
async function writeClusterFile(dataDir: string, content: ClusterFile): Promise<void> {
  const path = clusterFile(dataDir);
  await writeFile(`${path}.new`, `${JSON.stringify(content)}\n`, { flush: true, mode: 0o600 });
  await rename(`${path}.new`, path);
}

function clusterFile(dataDir: string): string {
  return join(dataDir, 'cluster.json');
}
