import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Control } from './control.ts';
import type { World } from './world.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * The member as a control wants it: from a copy of the source with the control's edits, so that what is changed is the very
 * code that ships. The copy is gone once it is loaded.
 * @throws Error when an edit does not fit the source any more.
 */
export async function memberUnder({ name, edits = [] }: Control): Promise<World['Member']> {
  const folder = mkdtempSync(join(tmpdir(), 'stele-control-'));
  try {
    cpSync(join(PROJECT, 'src'), join(folder, 'src'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
    for (const { file, from, to } of edits) {
      const path = join(folder, 'src', file);
      const [before, after, ...more] = readFileSync(path, 'utf8').split(from);
      if (before === undefined || after === undefined || more.length > 0) {
        throw new Error(`The control "${name}" is out of date: src/${file} does not hold exactly once: ${from}`);
      }
      writeFileSync(path, `${before}${to}${after}`);
    }
    const module: { Member: World['Member'] } = await import(pathToFileURL(join(folder, 'src/node/member.ts')).href);
    return module.Member;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
