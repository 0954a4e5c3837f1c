import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { editedSource } from '../support/edited-source.ts';
import type { Control } from './control.ts';
import type { World } from './world.ts';

/**
 * The member as a control wants it: from a copy of the source with the control's edits, which is gone once it is loaded.
 * @throws Error when an edit does not fit the source any more.
 */
export async function memberUnder({ name, edits = [] }: Control): Promise<World['Member']> {
  const folder = editedSource(name, edits);
  try {
    const module: { Member: World['Member'] } = await import(pathToFileURL(join(folder, 'src/node/member.ts')).href);
    return module.Member;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
