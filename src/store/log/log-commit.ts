import { open } from 'node:fs/promises';
import { HEADER_BYTES, readFrame, readHeader } from './log-frames.ts';

/**
 * Tells whether a write-ahead log holds a commit, which is a change that the file beside it does not have: its first
 * transaction is whole.
 * @param log the path of the log; it may be absent.
 */
export async function holdsCommit(log: string): Promise<boolean> {
  const handle = await open(log, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (handle === undefined) return false;
  const read = async (at: number, length: number) => {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(length), 0, length, at);
    return bytesRead === length ? new DataView(buffer.buffer) : undefined;
  };
  try {
    const start = await read(0, HEADER_BYTES);
    const header = start === undefined ? undefined : readHeader(start);
    if (header === undefined) return false;
    let { sum } = header;
    for (let at = HEADER_BYTES; ; at += header.frameBytes) {
      const view = await read(at, header.frameBytes);
      const frame = view === undefined ? undefined : readFrame(header, view, sum);
      if (frame === undefined || !frame.follows) return false;
      if (frame.isCommit) return true;
      ({ sum } = frame);
    }
  } finally {
    await handle.close();
  }
}
