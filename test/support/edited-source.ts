import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/** One place in the source where a copy of it says something else. */
export interface Edit {
  readonly file: string;
  /** Found in the file exactly once, or the edit is out of date. */
  readonly from: string;
  readonly to: string;
}

/**
 * Makes a copy of the source with these edits, so that what is changed is the very code that ships.
 * @returns the folder that has it, as `src`; the caller removes it.
 * @throws Error when an edit does not fit the source any more.
 */
export function editedSource(name: string, edits: readonly Edit[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'stele-source-'));
  cpSync(join(PROJECT, 'src'), join(folder, 'src'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  for (const { file, from, to } of edits) {
    const path = join(folder, 'src', file);
    const [before, after, ...more] = readFileSync(path, 'utf8').split(from);
    if (before === undefined || after === undefined || more.length > 0) {
      throw new Error(`The edit "${name}" is out of date: src/${file} does not hold exactly once: ${from}`);
    }
    writeFileSync(path, `${before}${to}${after}`);
  }
  return folder;
}
