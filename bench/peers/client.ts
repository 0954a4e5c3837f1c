import { z } from 'zod';
import { startChild } from '../../test/torture/children.ts';

const BIN = z.object({ operations: z.number(), maxMs: z.number() });
const FIGURE = z.object({
  operations: z.number().positive(),
  seconds: z.number(),
  perSecond: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  maxMs: z.number(),
  retries: z.number(),
  clientCpu: z.number(),
  timeline: z.array(BIN).optional(),
});

/** What one run of the load client came to; the timeline has a bin for each tenth of a second. */
export type Figure = z.infer<typeof FIGURE>;

export type Operation = 'create' | 'read' | 'batch' | 'race' | 'burst';

/** What the load client is to do; see `bench/peers/client/main.go`. */
export interface Load {
  readonly system: string;
  readonly servers: readonly string[];
  readonly operation: Operation;
  readonly inFlight: number;
  readonly warmup?: string;
  readonly duration?: string;
  readonly count?: number;
  readonly prefix: string;
  readonly keys?: number;
  readonly valueBytes?: number;
  readonly batch?: number;
  readonly bucket?: string;
  readonly sessions?: number;
  readonly retry?: true;
  readonly tryTimeout?: string;
  readonly timeline?: true;
}

/**
 * Runs the load client to its end.
 * @param onProgress is told every second how many operations have ended.
 * @throws Error with what the client said, when one answer was wrong or missing.
 */
export async function drive(
  binary: string,
  load: Load,
  signal: AbortSignal,
  onProgress?: (operations: number) => void,
): Promise<Figure> {
  signal.throwIfAborted();
  const flags = Object.entries({ ...load, progress: onProgress !== undefined });
  const args = flags.filter(([, value]) => value !== undefined).map(([name, value]) => `-${kebab(name)}=${value}`);
  const child = startChild(binary, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const abort = () => child.process.kill('SIGKILL');
  signal.addEventListener('abort', abort);
  let said = '';
  let complaint = '';
  child.process.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.process.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (/^\d+\n$/.test(text)) onProgress?.(Number(text));
    else complaint += text;
  });
  const closed = new Promise((resolve) => child.process.once('close', resolve));
  const exit = await child.exit;
  await closed;
  signal.removeEventListener('abort', abort);
  signal.throwIfAborted();
  if (exit !== 0) throw new Error(`${load.system}, ${load.operation}, ${load.inFlight} in flight: ${complaint}`);
  return FIGURE.parse(JSON.parse(said));
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
