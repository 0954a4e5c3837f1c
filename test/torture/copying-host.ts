import { copyFileSync, cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/*
 * Loaded into a member before anything else: with every SIGURG the member's own process copies the files of its store, as a
 * host does for a backup. Each is opened and closed thereby, which takes all POSIX locks of the process off it.
 */
const options = { data: { type: 'string' } } as const;
const { data } = parseArgs({ options, strict: false, allowPositionals: true }).values;

process.on('SIGURG', () => {
  if (typeof data !== 'string') return;
  const target = mkdtempSync(join(tmpdir(), 'stele-copy-'));
  try {
    for (const name of readdirSync(data)) copyFileSync(join(data, name), join(target, name));
    cpSync(data, join(target, 'all'), { recursive: true });
    console.error('copied the files of the store');
  } catch (error) {
    // A file may go while it is copied; a full disk takes no copies.
    console.error(`did not copy all files of the store: ${String(error)}`);
  } finally {
    rmSync(target, { recursive: true });
  }
});
