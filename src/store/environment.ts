import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isErrno, RESULT, resultCode, systemCode } from './sqlite/codes.ts';

/** What the system refused, by its code: the cause, and the next step. */
const CAUSES: Readonly<Record<string, readonly [cause: string, next: string]>> = {
  ENOSPC: ['no space is left on its disk', 'Make room there'],
  EDQUOT: ["this user's quota on its disk is used up", 'Raise the quota, or make room'],
  EROFS: [
    'its file system is mounted read-only',
    'Mount it for writing; where the system itself did this to a failing disk, see its log first',
  ],
  ENOTDIR: ['a part of that path is a file and not a directory', 'Give the directory of the store'],
  EISDIR: ['it is a directory, and should be a file', 'Move it away, or give another directory'],
  ELOOP: ['its symbolic links lead in a circle', 'Give the path that they were meant to lead to'],
  ENAMETOOLONG: ['the path is longer than the system takes', 'Give a shorter one'],
  ENOENT: ['a directory or file of that path is missing', 'Give a path that is there'],
  EMFILE: ['this process has as many files open as it may have', 'Raise its limit (ulimit -n)'],
  ENFILE: ['the system has as many files open as it may have', 'Raise its limit, or end what has them open'],
  EFBIG: [
    'a file would grow beyond the size that is allowed',
    'Raise the limit (ulimit -f), or use another file system',
  ],
  EIO: ['the disk failed to read or to write', 'Check the health of the disk, and the log of the system'],
  ESTALE: ['the network file system has lost it', 'Mount it again; a local file system is the better place'],
  EBUSY: ['something else has it in use', 'Find out what, and end it'],
};

const SQLITE_CAUSES: Readonly<Record<number, readonly [cause: string, next: string]>> = {
  [RESULT.FULL]: ['no space is left on its disk, or a quota or a limit is used up', 'Make room there'],
  [RESULT.IOERR]: [
    'the disk failed to read or to write, or a quota or a limit is used up',
    'Check its health, its space and its quotas, and the log of the system',
  ],
  [RESULT.READONLY]: [
    'it may not be written to, or was replaced while it was open',
    'Check who owns the directory and its files, and whether its file system is mounted read-only',
  ],
  [RESULT.CANTOPEN]: [
    'the file, or one beside it, could not be opened',
    'Check that the directory is there, and who owns it and its files',
  ],
};

/** The cause of a failure and the next step, as far as its code tells them. */
export function causeOf(error: unknown): { readonly cause: string; readonly next: string } {
  const text = error instanceof Error ? error.message : String(error);
  const [cause, next] = CAUSES[systemCode(error) ?? ''] ?? SQLITE_CAUSES[resultCode(error) ?? 0] ?? [];
  if (cause === undefined || next === undefined)
    return { cause: text, next: 'Check the space and the health of the disk' };
  const where = isErrno(error) && error.path !== undefined ? `${error.path}: ` : '';
  return { cause: `${where}${cause} (${systemCode(error) ?? text})`, next };
}

/**
 * The same, for a process that may look around: whose a file is that it may not use, and what lies behind a failure of
 * SQLite, which does not tell.
 * @param directory of the store.
 * @param files those of the store that may be there.
 */
export async function findCause(error: unknown, directory: string, files: readonly string[]) {
  if (isErrno(error) || !((resultCode(error) ?? 0) in SQLITE_CAUSES)) return await explain(error, directory);
  for (const path of [directory, ...files]) {
    try {
      await access(path, constants.R_OK | constants.W_OK);
    } catch (found) {
      if (!isErrno(found) || found.code !== 'ENOENT') return await explain(found, directory);
    }
  }
  return causeOf(error);
}

async function explain(error: unknown, directory: string): Promise<ReturnType<typeof causeOf>> {
  if (!isErrno(error) || !['EACCES', 'EPERM'].includes(error.code) || error.path === undefined) return causeOf(error);
  const { path, code } = error;
  const found = await nearest(path);
  const user = process.geteuid?.();
  const group = process.getegid?.();
  if (found === undefined || user === undefined) {
    return { cause: `${path} may not be used by this process (${code})`, next: 'Give it the rights to' };
  }
  const { owner, isOwn, where } = found;
  const who = `this process runs as user ${user}, group ${group}`;
  if (isOwn || user === 0) {
    return {
      cause: `${path} may not be used, though ${who} (${code}): ${where} has ${owner}`,
      next: "Give its owner the rights (chmod u+rwX), take an immutable mark off (chattr -i), or look at the container's policy",
    };
  }
  return {
    cause: `${path} may not be used (${code}): ${where} has ${owner}, and ${who}`,
    next: `Run this as the owner, or have root make the directory this user's: mkdir -p ${directory} && chown -R ${user}:${group} ${directory}`,
  };
}

/** The path, or where that cannot be seen the nearest directory above it that can. */
async function nearest(path: string): Promise<{ where: string; owner: string; isOwn: boolean } | undefined> {
  for (let where = path; ; where = dirname(where)) {
    const found = await stat(where).catch(() => undefined);
    if (found !== undefined) {
      const mode = (found.mode & 0o7777).toString(8).padStart(4, '0');
      const owner = `the owner ${found.uid}, group ${found.gid}, mode ${mode}`;
      return { where, owner, isOwn: found.uid === process.geteuid?.() };
    }
    if (where === dirname(where)) return undefined;
  }
}
