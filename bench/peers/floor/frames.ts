/** One write on its way through the members. */
export interface Entry {
  /** The home's number for it. */
  readonly id: number;
  readonly name: string;
  readonly value: Uint8Array;
}

/** What members send each other, and what is saved. */
export interface Frame {
  readonly number: number;
  readonly entries: readonly Entry[];
}

const HEAD_BYTES = 8;
const ENTRY_BYTES = 10;

export function encodeFrame({ number, entries }: Frame): Buffer {
  const bytes = entries.reduce((sum, { name, value }) => sum + ENTRY_BYTES + name.length + value.length, HEAD_BYTES);
  const frame = Buffer.allocUnsafeSlow(bytes);
  frame.writeUInt32LE(number, 0);
  frame.writeUInt32LE(entries.length, 4);
  let at = HEAD_BYTES;
  for (const { id, name, value } of entries) {
    frame.writeUInt32LE(id, at);
    frame.writeUInt16LE(name.length, at + 4);
    frame.writeUInt32LE(value.length, at + 6);
    at += ENTRY_BYTES;
    at += frame.write(name, at, 'latin1');
    frame.set(value, at);
    at += value.length;
  }
  return frame;
}

/** Values are parts of a copy: what NATS hands over is a window on what it read. */
export function decodeFrame(payload: Uint8Array): Frame & { readonly bytes: Buffer } {
  const bytes = Buffer.from(payload);
  const entries: Entry[] = [];
  let at = HEAD_BYTES;
  for (let left = bytes.readUInt32LE(4); left > 0; left -= 1) {
    const nameAt = at + ENTRY_BYTES;
    const valueAt = nameAt + bytes.readUInt16LE(at + 4);
    const end = valueAt + bytes.readUInt32LE(at + 6);
    const name = bytes.toString('latin1', nameAt, valueAt);
    entries.push({ id: bytes.readUInt32LE(at), name, value: bytes.subarray(valueAt, end) });
    at = end;
  }
  return { number: bytes.readUInt32LE(0), entries, bytes };
}

/** Says that the opening of that number is saved. */
export function encodeVote(number: number): Buffer {
  const vote = Buffer.allocUnsafe(4);
  vote.writeUInt32LE(number, 0);
  return vote;
}

export function decodeVote(payload: Uint8Array): number {
  return new DataView(payload.buffer, payload.byteOffset, payload.length).getUint32(0, true);
}
