/** What a process said of itself, in the order of what it did to its files. */
export type Said =
  | { readonly type: 'made' }
  | { readonly type: 'opened'; readonly incarnation: number; readonly commits: number }
  | { readonly type: 'enrolled' }
  | { readonly type: 'begins' | 'saved'; readonly save: number };

/** One thing that a process did to the files of a directory. Paths are relative to it. */
export type Operation =
  | { readonly type: 'create'; readonly inode: bigint; readonly path: string }
  | { readonly type: 'write'; readonly inode: bigint; readonly at: number; readonly bytes: Buffer }
  | { readonly type: 'truncate'; readonly inode: bigint; readonly size: number }
  | { readonly type: 'sync'; readonly inode: bigint }
  | { readonly type: 'syncDirectory' | 'makeDirectory' | 'remove'; readonly path: string }
  | { readonly type: 'rename' | 'link'; readonly path: string; readonly to: string }
  | { readonly type: 'say'; readonly said: Said };

/** The file that a process says things in: it is no part of the disk. */
export const SAID_FILE = 'said';

const HEADER_BYTES = 29;

/** Reads what the shim recorded of one directory, see `shim.c`. */
export function parseRecord(record: Buffer, directory: string): Operation[] {
  const operations: Operation[] = [];
  for (let at = 0; at < record.length; ) {
    const kind = record.toString('latin1', at, at + 1);
    const inode = record.readBigUInt64LE(at + 1);
    const offset = Number(record.readBigUInt64LE(at + 9));
    const pathAt = at + HEADER_BYTES;
    const toAt = pathAt + record.readUInt32LE(at + 17);
    const bytesAt = toAt + record.readUInt32LE(at + 21);
    const end = bytesAt + record.readUInt32LE(at + 25);
    const path = relative(record.toString('utf8', pathAt, toAt), directory);
    const to = relative(record.toString('utf8', toAt, bytesAt), directory);
    const operation = operationOf({ kind, inode, offset, path, to, bytes: record.subarray(bytesAt, end) });
    if (operation !== undefined) operations.push(operation);
    at = end;
  }
  return operations;
}

interface Entry {
  readonly kind: string;
  readonly inode: bigint;
  readonly offset: number;
  readonly path: string;
  readonly to: string;
  readonly bytes: Buffer;
}

function operationOf({ kind, inode, offset, path, to, bytes }: Entry): Operation | undefined {
  if (path === SAID_FILE) return kind === 'w' ? { type: 'say', said: JSON.parse(bytes.toString()) } : undefined;
  switch (kind) {
    case 'c':
      return { type: 'create', inode, path };
    case 'w':
      return { type: 'write', inode, at: offset, bytes };
    case 't':
      return { type: 'truncate', inode, size: offset };
    case 's':
      return { type: 'sync', inode };
    case 'd':
      return { type: 'syncDirectory', path };
    case 'm':
      return { type: 'makeDirectory', path };
    case 'u':
      return { type: 'remove', path };
    case 'r':
      return { type: 'rename', path, to };
    case 'l':
      return { type: 'link', path, to };
    default:
      throw new Error(`The record has an operation of the kind ${JSON.stringify(kind)}`);
  }
}

function relative(path: string, directory: string): string {
  if (path === directory || path === '') return '';
  if (!path.startsWith(`${directory}/`)) throw new Error(`${path} is not in ${directory}`);
  return path.slice(directory.length + 1);
}
