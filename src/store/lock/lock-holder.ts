import { readFile, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { lockFileOf } from '../files.ts';

// As in "1: POSIX  ADVISORY  WRITE 4711 08:01:131090 1073741824 1073742335": the process, then device and inode.
// Of a process that this container does not see, the number is 0 or less.
const LOCK_LINE = /^\d+: POSIX +ADVISORY +WRITE +([1-9]\d*) +[0-9a-f]+:[0-9a-f]+:(\d+) /;
const NAME = /^process ([1-9]\d{0,9}) on (\S{1,255}) since (\d{1,16})\n$/;

/** What a process writes into the lock file once it has the lock: its id, its machine or container, when it began. */
export function ownName(): string {
  return `process ${process.pid} on ${hostname()} since ${beganMs()}\n`;
}

/**
 * Says who has the store, where it says so in the lock file, or the system does. For messages only: what the file says is
 * older than the lock while a start is under way.
 */
export async function holderOf(file: string): Promise<string | undefined> {
  const text = await readFile(lockFileOf(file), 'utf8').catch(() => '');
  const [, pid = '', host, began] = NAME.exec(text) ?? [];
  if (host === hostname()) {
    if (Number(pid) === process.pid && Number(began) === beganMs()) return `This very process (${pid})`;
    if (Number(pid) !== process.pid && isAlive(Number(pid))) return `Another process (${pid})`;
  } else if (host !== undefined) return `Another process (${pid} on ${host})`;
  const locker = await sqliteLocker(file);
  if (locker === undefined) return undefined;
  return locker === process.pid ? `This very process (${locker})` : `Another process (${locker})`;
}

/** The id of the process that has one of SQLite's locks on the file, where the system tells (Linux does). */
async function sqliteLocker(file: string): Promise<number | undefined> {
  try {
    const { ino } = await stat(file, { bigint: true });
    for (const line of (await readFile('/proc/locks', 'utf8')).split('\n')) {
      const [, pid, inode] = LOCK_LINE.exec(line) ?? [];
      if (inode === String(ino)) return Number(pid);
    }
  } catch {
    // No such list on this system: the message goes without.
  }
  return undefined;
}

/** Tells this process from others that had, or have elsewhere, the same id. */
function beganMs(): number {
  return Math.round(performance.timeOrigin);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
