import type { FileHandle } from 'node:fs/promises';
import { HEADER_BYTES } from './log-frames.ts';

/** Frames read at once. */
const STEP_FRAMES = 256;

/** All frames of a log, of so many bytes each. */
export async function* framesOf(handle: FileHandle, frameBytes: number): AsyncGenerator<DataView> {
  for (let at = HEADER_BYTES; ; at += STEP_FRAMES * frameBytes) {
    const step = await viewOf(handle, at, STEP_FRAMES * frameBytes);
    const frames = Math.floor(step.byteLength / frameBytes);
    for (let frame = 0; frame < frames; frame += 1) {
      yield new DataView(step.buffer, step.byteOffset + frame * frameBytes, frameBytes);
    }
    if (frames < STEP_FRAMES) return;
  }
}

/** So many bytes of the file from there on, or as many as there are. */
export async function viewOf(handle: FileHandle, at: number, length: number): Promise<DataView> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, at + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return new DataView(bytes.buffer, 0, filled);
}
