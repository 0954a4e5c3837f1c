import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endedOf, startServer } from '../servers.ts';
import { type Site, until } from '../site.ts';
import type { Contender } from './contender.ts';
import { startNatsCluster } from './nats-cluster.ts';

const MEMBERS = 3;
const MAIN = fileURLToPath(new URL('../floor/member.ts', import.meta.url));
const READY_TIMEOUT_MS = 300;

/** The messages and commits of stele without its protocol: see `floor/member.ts`. */
export async function startFloor(site: Site, natsServer: string): Promise<Contender> {
  const nats = await startNatsCluster(site, { binary: natsServer, name: 'floor' });
  const members = nats.addresses.map((address, place) => {
    const told = [
      String(place),
      String(MEMBERS),
      `nats://${address}`,
      join(site.directory, 'floor', `${place}.sqlite`),
    ];
    return startServer(site, `floor ${place}`, process.execPath, [
      '--import',
      import.meta.resolve('tsx'),
      MAIN,
      ...told,
    ]);
  });
  await until('floor: three members', site.signal, async () => {
    const ended = endedOf(members);
    if (ended !== undefined) throw new Error(ended);
    const asked = members.map((_, place) =>
      nats.connection.request(`floor.${place}.ready`, '', { timeout: READY_TIMEOUT_MS }),
    );
    return (await Promise.allSettled(asked)).every(({ status }) => status === 'fulfilled') || undefined;
  });
  return {
    id: 'floor',
    label: 'no protocol at all',
    note: 'the same messages and commits as stele, batched in the same way, by members that do nothing else: it loses data',
    servers: [...nats.servers, ...members],
    load: { system: 'stele', servers: nats.addresses },
  };
}
