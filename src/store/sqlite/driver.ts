import { createRequire } from 'node:module';
import type sqlite3 from 'sqlite3';
import { DriverMissingError } from '../../contract/errors.ts';

/** Locks of an open file, which last until it is closed, or its process ends (`F_OFD_SETLK`, `flock`, `LockFileEx`). */
interface FileLocks {
  /** @returns whether this opening of the file has the lock now, rather than another. */
  tryLock(descriptor: number, offset: number, length: number): boolean;
  unlock(descriptor: number, offset: number, length: number): void;
}

const require = createRequire(import.meta.url);

const BUILD = `Build it with "npm rebuild sqlite3 --ignore-scripts=false", "pnpm approve-builds" and then "pnpm rebuild sqlite3", "yarn rebuild sqlite3" (yarn 1: "npm rebuild sqlite3"), or "bun pm trust sqlite3": each is one that runs the package's install script. Where no binary can be fetched it is compiled, which takes a C++ compiler, make and Python 3.`;
const INSTALL = `Install it: it is an optional dependency, which is left out where its build failed or with --omit=optional: "npm install sqlite3", "pnpm add sqlite3", "yarn add sqlite3" or "bun add sqlite3". Its install script has to be allowed to run (npm: no --ignore-scripts; pnpm: "pnpm approve-builds"; bun: "trustedDependencies" in package.json).`;

/**
 * Loads the driver of SQLite. Not before a store is used: those who only read and write registers do without.
 * @throws DriverMissingError
 */
export function sqliteDriver(): typeof sqlite3 {
  return loaded(
    'sqlite3',
    () => require('sqlite3'),
    (isInstalled) => (isInstalled ? BUILD : INSTALL),
  );
}

/** Loads what locks files. @throws DriverMissingError */
export function fileLocks(): FileLocks {
  return loaded(
    'fs-native-extensions',
    () => require('fs-native-extensions'),
    () =>
      `It brings its binaries along, for Linux and Windows on x64 and arm64, and for macOS: install the package again, on such a machine. A store without a lock could be opened twice, and ruined, so there is no way around it.`,
  );
}

/** Looks whether a store could be used here. @throws DriverMissingError */
export function requireDrivers(): void {
  sqliteDriver();
  fileLocks();
}

function loaded<T>(name: string, load: () => T, nextStep: (isInstalled: boolean) => string): T {
  try {
    return load();
  } catch (error) {
    const isInstalled = !isMissing(error, name);
    const reason = isInstalled ? `does not load (${reasonOf(error)})` : 'is not installed';
    throw new DriverMissingError(
      `The package ${name}, which a member's store needs, ${reason}. Nothing was opened or changed; clients (createRegisters, stele write, read, watch, status) do without it. ${nextStep(isInstalled)}`,
      error,
    );
  }
}

function isMissing(error: unknown, name: string): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'MODULE_NOT_FOUND' && String(message).startsWith(`Cannot find module '${name}'`);
}

/** The first line: the others are paths that were looked at. */
function reasonOf(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  if (line.startsWith('Could not locate the bindings file')) return 'its binary was not built';
  return line.replace(/[.\s]+$/, '');
}
