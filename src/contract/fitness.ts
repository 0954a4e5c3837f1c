/** The part of a NATS server's description of itself that matters here; the NATS library calls it its info. */
interface ServerInfo {
  readonly headers?: boolean;
}

/** Tells what a NATS server lacks that stele cannot do without, as a sentence; undefined for one that will do. */
export function problemWithServer(info: ServerInfo | undefined): string | undefined {
  // Of an older server that does not say: it has none either.
  if (info === undefined || info.headers === true) return undefined;
  return 'This NATS server does not support headers, in which stele says how an operation ended. Take `no_header_support` out of its configuration, or run nats-server 2.2 or later.';
}
