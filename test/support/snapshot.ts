import { createHash } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A directory as it is now: the name, rights, owner, time of change and bytes of everything in it, and of itself. */
export async function snapshotOf(directory: string): Promise<Record<string, string>> {
  const names = await readdir(directory, { recursive: true });
  const lines = ['.', ...names.sort()].map(async (name): Promise<[string, string]> => {
    const path = join(directory, name);
    const { mode, uid, gid, mtimeMs, size } = await lstat(path);
    const isFile = (mode & 0o170000) === 0o100000;
    const bytes = isFile
      ? createHash('sha256')
          .update(await readFile(path))
          .digest('hex')
      : '';
    return [name, `${mode.toString(8)} ${uid}:${gid} ${mtimeMs} ${isFile ? size : ''} ${bytes}`];
  });
  return Object.fromEntries(await Promise.all(lines));
}
