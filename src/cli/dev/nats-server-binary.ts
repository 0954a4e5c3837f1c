import { execFile, spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { SteleError } from '../../contract/errors.ts';

const run = promisify(execFile);
/** Debian puts servers where a plain user's PATH does not look. */
const MORE_PLACES = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin'];

/** There is no `nats-server` on this machine, and it could not be installed. */
class NatsServerMissingError extends SteleError {
  readonly code = 'STELE_NATS_SERVER_MISSING';
}

const HOW_TO_GET_IT =
  'There is no nats-server on this machine: get it with `sudo apt-get install nats-server` (Debian, Ubuntu), `brew install nats-server` (macOS), `choco install nats-server` (Windows), or from https://github.com/nats-io/nats-server/releases; or run one with `docker run -p 4222:4222 nats` and start the members against it with `stele node`.';

/**
 * The path of `nats-server`. Where it is missing, it is installed with `apt-get`, if that is there and this process may:
 * as root, or with a `sudo` that asks for no password.
 * @param tell is told what is about to be done, a sentence each.
 * @throws NatsServerMissingError, which says how to get it.
 */
export async function ensureNatsServer(tell: (sentence: string) => void): Promise<string> {
  const found = await find('nats-server');
  if (found !== undefined) return found;
  const asRoot = await howToBecomeRoot();
  if (asRoot === undefined || (await find('apt-get')) === undefined) throw new NatsServerMissingError(HOW_TO_GET_IT);
  tell('There is no nats-server on this machine yet: installing the package nats-server with apt-get.');
  try {
    await install(asRoot, tell);
  } catch (cause) {
    throw new NatsServerMissingError(`Installing nats-server with apt-get failed. ${HOW_TO_GET_IT}`, cause);
  }
  const installed = await find('nats-server');
  if (installed === undefined) throw new NatsServerMissingError(HOW_TO_GET_IT);
  return installed;
}

async function install(asRoot: readonly string[], tell: (sentence: string) => void): Promise<void> {
  await runAloud([...asRoot, 'apt-get', 'update', '-qq']);
  await runAloud([
    ...asRoot,
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'apt-get',
    'install',
    '-qq',
    '-y',
    'nats-server',
  ]);
  if (!(await exists('/run/systemd/system'))) return;
  // The package starts a server of its own on port 4222, which nobody here asked for.
  tell('Stopping the NATS service that the package has started: stele starts its own server when it needs one.');
  await runAloud([...asRoot, 'systemctl', 'disable', '--now', 'nats-server']);
}

/** What to put before a command so that root runs it: nothing, or `sudo -n`; undefined where neither will do. */
async function howToBecomeRoot(): Promise<readonly string[] | undefined> {
  if (process.platform !== 'linux') return undefined;
  if (process.getuid?.() === 0) return [];
  try {
    await run('sudo', ['-n', 'true']);
    return ['sudo', '-n'];
  } catch {
    return undefined;
  }
}

/** Runs a command whose output the user sees, on standard error. */
function runAloud([command = '', ...args]: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', process.stderr, 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ${args.join(' ')} ended with exit code ${code}`));
    });
  });
}

async function find(program: string): Promise<string | undefined> {
  const file = process.platform === 'win32' ? `${program}.exe` : program;
  const places = [...(process.env.PATH ?? '').split(delimiter), ...MORE_PLACES].filter((place) => place !== '');
  for (const place of places) {
    const path = join(place, file);
    if (await exists(path)) return path;
  }
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
