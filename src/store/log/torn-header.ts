import { type FileHandle, open } from 'node:fs/promises';
import { FRAME_HEADER_BYTES, headerBefore, readFrame, type Sum } from './log-frames.ts';
import { framesOf, viewOf } from './log-reading.ts';

/** In a file of SQLite's, two bytes say how large its pages are; 1 stands for 65,536, which they cannot hold. */
const PAGE_SIZE_AT = 16;
const PAGE_BYTES_MAX = 65_536;

/**
 * Whether a log whose header is not whole holds nothing that the file lacks. SQLite writes over the header once all of the log
 * is in the file, to use it again from its beginning, and a power cut may take half of that: then every page that the old
 * frames have is in the file to the byte. Where one is not, the frames were of use, and the header has changed since.
 * @param header the first bytes of the log, as they are.
 */
export async function isAllInFile(log: FileHandle, header: DataView, file: string): Promise<boolean> {
  const handle = await open(file, 'r');
  try {
    const start = await viewOf(handle, 0, PAGE_SIZE_AT + 2);
    if (start.byteLength < PAGE_SIZE_AT + 2) return false;
    const size = start.getUint16(PAGE_SIZE_AT);
    const pageBytes = size === 1 ? PAGE_BYTES_MAX : size;
    const pages = await committedPages(log, header, pageBytes);
    for (const [page, bytes] of pages) {
      const found = await viewOf(handle, (page - 1) * pageBytes, pageBytes);
      if (Buffer.compare(bytesOf(found), bytes) !== 0) return false;
    }
    return pages.size > 0;
  } finally {
    await handle.close();
  }
}

/** The last bytes of each page that the log commits (the file only ever grows): of the frames that were written one after the other, from the first on. */
async function committedPages(log: FileHandle, start: DataView, pageBytes: number): Promise<Map<number, Uint8Array>> {
  const committed = new Map<number, Uint8Array>();
  const begun = new Map<number, Uint8Array>();
  let header: ReturnType<typeof headerBefore> | undefined;
  let sum: Sum | undefined;
  for await (const view of framesOf(log, FRAME_HEADER_BYTES + pageBytes)) {
    header ??= headerBefore(view, start, pageBytes);
    const frame = readFrame(header, view, sum ?? [0, 0]);
    // Nothing tells what came before the first: it is taken for whole, and then its page is compared all the same.
    if (sum !== undefined && !frame.follows) break;
    sum = frame.sum;
    begun.set(frame.page, bytesOf(view).subarray(FRAME_HEADER_BYTES));
    if (!frame.isCommit) continue;
    for (const [page, bytes] of begun) committed.set(page, bytes);
    begun.clear();
  }
  return committed;
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
