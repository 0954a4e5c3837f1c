import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Operation } from './operations.ts';

export type ByteChange = Extract<Operation, { type: 'write' | 'truncate' }>;

/** A file: what is on the disk for sure, and what was done to it since, which the system may have written or not. */
export interface FileNode {
  readonly synced: Buffer;
  readonly pending: readonly ByteChange[];
}

/** A name's file, or that it is a directory; undefined where there is none. */
type Named = number | 'directory' | undefined;

/** Names that change together, in one directory. */
export interface NameChange {
  readonly directory: string;
  readonly names: readonly (readonly [path: string, named: Named])[];
}

/** What survives a power cut of all that is pending. */
export interface Survival {
  bytes(file: FileNode): Buffer;
  names(pending: readonly NameChange[]): readonly NameChange[];
}

/**
 * A directory as a system without favours keeps it: bytes are on the disk once their file was synced, names once their directory
 * was, and until then any of it may be there or not, in any order.
 */
export class Disk {
  #files = new Map<number, FileNode>();
  #names = new Map<string, Named>();
  #pendingNames: NameChange[] = [];
  /** Which file has an inode in the directory where a process works on it now. */
  #inodes = new Map<bigint, number>();
  #lastFile = 0;

  clone(): Disk {
    const clone = new Disk();
    clone.#files = new Map(this.#files);
    clone.#names = new Map(this.#names);
    clone.#pendingNames = [...this.#pendingNames];
    clone.#inodes = new Map(this.#inodes);
    clone.#lastFile = this.#lastFile;
    return clone;
  }

  apply(operation: Operation): void {
    switch (operation.type) {
      case 'create':
        this.#lastFile += 1;
        this.#files.set(this.#lastFile, { synced: Buffer.alloc(0), pending: [] });
        this.#inodes.set(operation.inode, this.#lastFile);
        this.#rename([operation.path, this.#lastFile]);
        return;
      case 'write':
      case 'truncate':
        this.#change(operation.inode, ({ synced, pending }) => ({ synced, pending: [...pending, operation] }));
        return;
      case 'sync':
        this.#change(operation.inode, (file) => ({ synced: contentOf(file), pending: [] }));
        return;
      case 'makeDirectory':
        this.#rename([operation.path, 'directory']);
        return;
      case 'remove':
        this.#rename([operation.path, undefined]);
        return;
      case 'link':
        this.#rename([operation.to, this.#liveNames().get(operation.path)]);
        return;
      case 'rename':
        this.#rename([operation.path, undefined], [operation.to, this.#liveNames().get(operation.path)]);
        return;
      case 'syncDirectory':
        this.#syncDirectory(operation.path);
        return;
      case 'say':
        return;
    }
  }

  /** The disk after a power cut: nothing is pending on it. */
  cut(survival: Survival): Disk {
    const disk = new Disk();
    disk.#lastFile = this.#lastFile;
    const names = new Map(this.#names);
    for (const change of survival.names(this.#pendingNames)) applyNames(names, change);
    for (const [path, named] of names) {
      if (named === undefined || !isReachable(names, path)) continue;
      disk.#names.set(path, named);
      const file = typeof named === 'number' ? this.#files.get(named) : undefined;
      if (typeof named !== 'number' || file === undefined || disk.#files.has(named)) continue;
      disk.#files.set(named, { synced: survival.bytes(file), pending: [] });
    }
    return disk;
  }

  /** Puts what a process would see into a directory that is empty, so that one can go on there. */
  writeTo(directory: string): void {
    this.#inodes = new Map();
    for (const [path, named] of this.#inOrder()) {
      const at = join(directory, path);
      if (named === 'directory') mkdirSync(at);
      const file = typeof named === 'number' ? this.#files.get(named) : undefined;
      if (typeof named !== 'number' || file === undefined) continue;
      writeFileSync(at, contentOf(file), { mode: 0o600 });
      this.#inodes.set(statSync(at, { bigint: true }).ino, named);
    }
  }

  /** Everything that a process would see, to tell whether two disks are alike. */
  *contents(): Generator<string | Buffer> {
    for (const [path, named] of this.#inOrder()) {
      yield `${path}:`;
      const file = typeof named === 'number' ? this.#files.get(named) : undefined;
      yield file === undefined ? String(named) : contentOf(file);
    }
  }

  #change(inode: bigint, change: (file: FileNode) => FileNode): void {
    const id = this.#inodes.get(inode);
    const file = id === undefined ? undefined : this.#files.get(id);
    if (id === undefined || file === undefined) throw new Error(`The record has a file that nobody made: ${inode}`);
    this.#files.set(id, change(file));
  }

  #rename(...names: NameChange['names']): void {
    this.#pendingNames.push({ directory: parentOf(names[0]?.[0] ?? ''), names });
  }

  #syncDirectory(path: string): void {
    for (const change of this.#pendingNames) if (change.directory === path) applyNames(this.#names, change);
    this.#pendingNames = this.#pendingNames.filter(({ directory }) => directory !== path);
  }

  /** Directories before what is in them. */
  #inOrder(): [string, Named][] {
    return [...this.#liveNames()].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  #liveNames(): Map<string, Named> {
    const names = new Map(this.#names);
    for (const change of this.#pendingNames) applyNames(names, change);
    return names;
  }
}

/** What a process reads of a file. */
export function contentOf({ synced, pending }: FileNode): Buffer {
  return changed(synced, pending);
}

export function changed(start: Buffer, changes: readonly ByteChange[]): Buffer {
  if (changes.length === 0) return start;
  const ends = changes.map((change) => (change.type === 'write' ? change.at + change.bytes.length : change.size));
  const bytes = Buffer.alloc(Math.max(start.length, ...ends));
  start.copy(bytes);
  let size = start.length;
  for (const change of changes) {
    if (change.type === 'write') {
      change.bytes.copy(bytes, change.at);
      size = Math.max(size, change.at + change.bytes.length);
    } else {
      if (change.size < size) bytes.fill(0, change.size, size);
      size = change.size;
    }
  }
  return bytes.subarray(0, size);
}

function applyNames(names: Map<string, Named>, { names: changes }: NameChange): void {
  for (const [path, named] of changes) {
    if (named === undefined) names.delete(path);
    else names.set(path, named);
  }
}

function isReachable(names: ReadonlyMap<string, Named>, path: string): boolean {
  for (let at = parentOf(path); at !== ''; at = parentOf(at)) if (names.get(at) !== 'directory') return false;
  return true;
}

function parentOf(path: string): string {
  const parent = dirname(path);
  return parent === '.' ? '' : parent;
}
