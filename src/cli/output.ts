/** Writes to standard output; resolves once it is handed to the system, also when nobody reads it any more. */
export function writeOut(data: string | Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(data, () => resolve());
  });
}

/** Writes a line for a person to read, on standard error: standard output is for data. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/**
 * Calls back once nobody reads standard output any more (`stele watch | head`). Node throws such an error where nobody
 * listens; whoever prints data has nothing better to do then than to end.
 */
export function onReaderGone(callback: () => void): void {
  process.stdout.on('error', callback);
}
