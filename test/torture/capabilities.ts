import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What this machine lets the torture do; the rest is skipped, and said to be. */
export interface Capabilities {
  /** A file system of its own, for a disk that can be filled. */
  readonly mounts: boolean;
  /** System calls of a running process made to fail. */
  readonly strace: boolean;
}

export function findCapabilities(say: (sentence: string) => void): Capabilities {
  const mounts = canMount();
  const strace = canTrace();
  if (!mounts) say('skipped: a full disk. It takes a small tmpfs, which only root may mount.');
  if (!strace) say('skipped: EIO on fsync, write and read. It takes strace, and leave to attach it to a process.');
  say('wall clock jumps: of the clock that members see (Date). Their time-outs use the monotonic one.');
  return { mounts, strace };
}

/** Mounts a file system of so many bytes, in memory. @returns whether it is there. */
export function mountTmpfs(directory: string, bytes: number): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', directory]).status === 0;
}

/** Lets go of it, even while a process that is about to end still has a file of it open. */
export function unmount(directory: string): boolean {
  return spawnSync('umount', ['--lazy', directory]).status === 0;
}

function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const directory = mkdtempSync(join(tmpdir(), 'stele-mount-'));
  const mounted = mountTmpfs(directory, 65_536);
  if (mounted) unmount(directory);
  rmdirSync(directory);
  return mounted;
}

function canTrace(): boolean {
  if (process.platform !== 'linux') return false;
  // A process that is traced is the tracer's child here; that a running one may be attached to, root's may.
  const tried = spawnSync('strace', ['-f', '-o', '/dev/null', '-e', 'inject=fdatasync:error=EIO', 'true']);
  return tried.status === 0 && (process.getuid?.() === 0 || ptraceScope() === '0');
}

function ptraceScope(): string {
  return spawnSync('cat', ['/proc/sys/kernel/yama/ptrace_scope']).stdout.toString().trim();
}
