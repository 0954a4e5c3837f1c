import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Undo } from '../../test/support/undo.ts';

const TMPFS_MAGIC = 0x01021994;

/** Where a run happens: its files, and how all of it comes to an end. */
export interface Site {
  /** Everything that is measured keeps its files below here. */
  readonly directory: string;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
  readonly undo: Undo;
  readonly tell: (line: string) => void;
}

/**
 * Runs `body` on a fresh directory, and then ends all that it started and removes its files: when it fails, and on Ctrl-C too.
 * @param parent where to make the directory; the system's place for temporary files unless given.
 * @returns the exit code.
 */
export async function onSite(parent: string | undefined, body: (site: Site) => Promise<void>): Promise<number> {
  const interrupted = new AbortController();
  const undo = new Undo();
  const tell = (line: string) => console.log(line);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      tell(`${signal}: ending what was started…`);
      interrupted.abort();
    });
  }
  try {
    const directory = await mkdtemp(join(parent ?? tmpdir(), 'stele-bench-'));
    undo.add(() => rm(directory, { recursive: true, force: true }));
    if ((await statfs(directory)).type === TMPFS_MAGIC) {
      tell(
        `${directory} is in memory: nothing there is ever durable, and no figure says anything. Give --work a disk.`,
      );
    }
    await body({ directory, signal: interrupted.signal, undo, tell });
    return 0;
  } catch (error) {
    if (interrupted.signal.aborted) return 130;
    console.error(error instanceof Error ? error.message : error);
    return 1;
  } finally {
    await undo.all();
  }
}

/** Asks again and again until there is an answer. A failure counts as none. */
export async function until<T>(
  what: string,
  signal: AbortSignal,
  ask: () => Promise<T | undefined>,
  timeoutMs = 60_000,
): Promise<T> {
  const deadlineMs = Date.now() + timeoutMs;
  let last: unknown;
  while (Date.now() < deadlineMs) {
    signal.throwIfAborted();
    const answer = await ask().catch((error: unknown) => {
      last = error;
      return undefined;
    });
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what}: not within ${timeoutMs / 1_000} s. ${last instanceof Error ? last.message : ''}`);
}
