import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes files with these contents into a directory. */
export async function save(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
}

export function json(report: unknown): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
