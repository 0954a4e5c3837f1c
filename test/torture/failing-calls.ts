import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild } from './children.ts';
import type { Running } from './member.ts';
import type { World } from './world.ts';

export interface FailingCalls {
  /** Ends it. @returns how many syncs of the write-ahead log were made to fail. */
  end(): Promise<number>;
}

let traces = 0;

/**
 * Makes system calls of a running process on its database fail with EIO from now on, by strace attached to it.
 * @returns undefined where the process cannot be attached to.
 */
export async function failCalls(
  world: World,
  running: Running,
  dataDir: string,
  calls: string,
): Promise<FailingCalls | undefined> {
  traces += 1;
  const output = join(world.options.directory, `strace-${traces}`);
  const file = join(dataDir, 'stele.sqlite');
  const paths = ['-P', file, '-P', `${file}-wal`];
  const args = ['-f', '-y', '-o', output, '-p', String(running.child.pid), ...paths];
  const inject = ['-e', `trace=${calls}`, '-e', `inject=${calls}:error=EIO:when=1+`];
  const tracer = startChild('strace', [...args, ...inject], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  tracer.process.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  let hasEnded = false;
  void tracer.exit.then(() => {
    hasEnded = true;
  });
  await world.until(() => hasEnded || said.includes(' attached'), 5_000);
  if (!said.includes(' attached')) {
    world.say(`${running.id}: strace did not attach: ${said.trim()}`);
    tracer.process.kill('SIGKILL');
    await tracer.exit;
    return undefined;
  }
  return {
    async end() {
      // It lets the process go when asked to end; killed, it might leave it stopped.
      if (!hasEnded) tracer.process.kill('SIGINT');
      await tracer.exit;
      const lines = (await readFile(output, 'utf8')).split('\n');
      await rm(output, { force: true });
      return lines.filter((line) => /sync\(.*-wal>.*INJECTED/.test(line)).length;
    },
  };
}
