import { type Logger, pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import type { LogFormat, LogLevel } from './choices.ts';

/**
 * A member's log, on standard output: one line an event, as JSON for machines or as text for people. Lines are written in
 * the process itself, in order, so that the last words of a member that fails are not lost.
 */
export function createLog({ level, format }: { level: LogLevel; format: LogFormat }): Logger {
  // The log is worth nothing to a reader who has gone, and the member goes on without one.
  process.stdout.on('error', () => undefined);
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (format === 'json') return pino(options, { write: (line) => void process.stdout.write(line) });
  const colorize = process.stdout.isTTY === true;
  const pretty = prettyFactory({ translateTime: 'SYS:HH:MM:ss.l', hideObject: true, colorize });
  return pino(options, { write: (line) => void process.stdout.write(pretty(line)) });
}

/** Text where a person looks on, JSON elsewhere. */
export function defaultLogFormat(): LogFormat {
  return process.stdout.isTTY ? 'text' : 'json';
}
