import { readFile, stat } from 'node:fs/promises';

// As in "1: POSIX  ADVISORY  WRITE 4711 08:01:131090 1073741824 1073742335": the process, then device and inode.
const LOCK_LINE = /^\d+: POSIX +ADVISORY +WRITE +(\d+) +[0-9a-f]+:[0-9a-f]+:(\d+) /;

/** The id of the process that has a lock on the file, where the system tells (Linux does); for messages only. */
export async function lockHolder(file: string): Promise<number | undefined> {
  try {
    const { ino } = await stat(file, { bigint: true });
    for (const line of (await readFile('/proc/locks', 'utf8')).split('\n')) {
      const [, pid, inode] = LOCK_LINE.exec(line) ?? [];
      if (inode === String(ino) && pid !== undefined) return Number(pid);
    }
  } catch {
    // No such list on this system: the message goes without.
  }
  return undefined;
}
