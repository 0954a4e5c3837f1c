import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SOURCES = fileURLToPath(new URL('./client/', import.meta.url));
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/stele-bench/', import.meta.url));
/** Where Debian's packages put Go libraries. */
const GOPATH = '/usr/share/gocode';
const ETCD_LIBRARY = join(GOPATH, 'src/go.etcd.io/etcd/etcdserver/etcdserverpb');

export interface Client {
  readonly binary: string;
  /** Whether it can talk to etcd: for that it needs etcd's Go library. */
  readonly speaksEtcd: boolean;
}

/**
 * Builds the load client, unless it was built from the same sources before.
 * @throws Error that says how to get Go.
 */
export async function buildClient(tell: (line: string) => void): Promise<Client> {
  const speaksEtcd = existsSync(ETCD_LIBRARY);
  const binary = join(CACHE, `client-${await digest()}${speaksEtcd ? '-etcd' : ''}`);
  if (existsSync(binary)) return { binary, speaksEtcd };
  tell('building the load client (Go)…');
  const draft = `${binary}.${process.pid}`;
  try {
    const env = { ...process.env, GO111MODULE: 'off', GOPATH, GOFLAGS: '', GOCACHE: join(CACHE, 'go') };
    await run('go', ['build', ...(speaksEtcd ? ['-tags', 'etcd'] : []), '-o', draft, '.'], { cwd: SOURCES, env });
    await rename(draft, binary);
  } catch (error) {
    await rm(draft, { force: true });
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `The load client could not be built: ${why}\nIt wants Go 1.19 or later: apt-get install golang-go.`,
    );
  }
  return { binary, speaksEtcd };
}

async function digest(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of (await readdir(SOURCES)).sort()) hash.update(await readFile(join(SOURCES, file)));
  return hash.digest('hex').slice(0, 16);
}
