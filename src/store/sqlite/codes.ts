import { constants } from 'node:os';

/** SQLite's primary result codes (https://sqlite.org/rescode.html). */
export const RESULT = Object.freeze({
  ERROR: 1,
  BUSY: 5,
  READONLY: 8,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  NOTADB: 26,
});

/** The primary code, which is the lowest byte; undefined for errors of others. */
export function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errno' in error) || typeof error.errno !== 'number') return undefined;
  return 'code' in error && String(error.code).startsWith('SQLITE_') ? error.errno & 0xff : undefined;
}

/** Whether the system refused a call. */
export function isErrno(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  return systemCode(error) !== undefined;
}

/** The system's code for why it refused a call, such as `EACCES`; undefined for errors of others. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const code = String(error.code);
  if (/^E[A-Z0-9]+$/.test(code)) return code;
  // Node has no names for some, such as EDQUOT and ENOLCK.
  const [, number] = /^Unknown system error -(\d+)$/.exec(code) ?? [];
  return Object.entries(constants.errno).find(([, value]) => value === Number(number))?.[0];
}
