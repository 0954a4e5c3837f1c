import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BadInputError } from '../../contract/errors.ts';
import { connectClient } from '../connect/connection.ts';
import type { Supervised } from './supervisor.ts';
import { supervise } from './supervisor.ts';

export const LOOPBACK = '127.0.0.1';
const START_TIMEOUT_MS = 15_000;
const POLL_MS = 100;

/** @throws BadInputError when something listens on the port already. */
export async function requireFreePort(port: number): Promise<void> {
  const problem = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen(port, LOOPBACK, () => server.close(() => resolve(undefined)));
  });
  if (problem === undefined) return;
  if (problem.code === 'EADDRINUSE') {
    throw new BadInputError(
      `Port ${port} is in use on this machine, by another \`stele dev\` or NATS server perhaps: stop that, or choose another port with --port (STELE_PORT). To use the NATS server that is there, run members with \`stele node\`.`,
    );
  }
  throw new BadInputError(
    `Port ${port} cannot be used (${problem.message}): choose another one with --port (STELE_PORT).`,
  );
}

/** Starts a NATS server on the loopback interface, with the configuration that comes with stele. */
export function startNats(binary: string, port: number, tell: (line: string) => void): Supervised {
  const config = fileURLToPath(new URL('../../../nats-server.conf', import.meta.url));
  const configFlags = existsSync(config) ? ['--config', config] : [];
  return supervise(
    'nats',
    ['keep', '--', binary, ...configFlags, '--addr', LOOPBACK, '--port', String(port)],
    // Of the server's chatter, what one would want to know: warnings, errors, fatal errors; and all that is not its own.
    (line) => {
      if (!/\[(INF|DBG|TRC)\]/.test(line)) tell(line);
    },
  );
}

/** @throws the last failure to connect, when the server does not answer in time. */
export async function untilNatsAnswers(url: string, signal: AbortSignal): Promise<void> {
  const deadlineMs = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      const connection = await connectClient({ nats: url }, 'stele dev');
      return await connection.close();
    } catch (error) {
      if (Date.now() > deadlineMs) throw error;
    }
    await sleep(POLL_MS, undefined, { signal });
  }
}
