import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { type LifeOrder, live, type Source } from '../life.ts';
import { SAID_FILE } from '../operations.ts';

/** One line of the standard input: a life to live, in a directory, with a copy of the source. */
export interface Order extends LifeOrder {
  readonly directory: string;
  readonly source: string;
}

/** Lives one life after the other, as it is told to, and answers each with a line: what went wrong, or nothing. */
for await (const line of createInterface({ input: process.stdin })) {
  const order: Order = JSON.parse(line);
  const said = openSync(join(order.directory, SAID_FILE), 'a');
  let problem: string | undefined;
  try {
    // One write each, so that its place in the record is when it was said.
    await live(await load(order.source), join(order.directory, 'data', 'n1'), order, (one) => {
      writeSync(said, JSON.stringify(one));
    });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? `${error.code}: ` : '';
    problem = `${code}${error instanceof Error ? error.message : String(error)}`;
  }
  closeSync(said);
  process.stdout.write(`${JSON.stringify({ problem })}\n`);
}

async function load(folder: string): Promise<Source> {
  const [{ initStore }, { openStore }] = await Promise.all(
    ['init', 'open'].map((name) => import(pathToFileURL(join(folder, 'src', 'store', `${name}.ts`)).href)),
  );
  return { initStore, openStore };
}
