import { StorageType } from 'nats';
import { type Site, until } from '../site.ts';
import type { Contender } from './contender.ts';
import { startNatsCluster } from './nats-cluster.ts';

const BUCKET = 'bench';
const REPLICAS = 3;

export interface JetStreamOptions {
  readonly binary: string;
  readonly version: string;
  /** Whether it is to be on the disk when it answers, which servers from 2.10 on can be told. */
  readonly isDurable: boolean;
}

/** A KV bucket with three replicas in files, made as the client library makes it. */
export async function startJetStream(site: Site, options: JetStreamOptions): Promise<Contender> {
  const { binary, version, isDurable } = options;
  const id = isDurable ? 'jetstream-durable' : 'jetstream';
  const jetstream = isDurable ? ['sync_interval: always'] : [];
  const { servers, addresses, connection } = await startNatsCluster(site, { binary, name: id, jetstream });
  const status = await until(`${id}: a KV bucket`, site.signal, async () => {
    const kv = await connection.jetstream().views.kv(BUCKET, { replicas: REPLICAS, storage: StorageType.File });
    return await kv.status();
  });
  const { config, cluster } = status.streamInfo;
  const isAsMeant = config.num_replicas === REPLICAS && config.storage === StorageType.File && config.allow_direct;
  if (!isAsMeant || cluster?.replicas?.length !== REPLICAS - 1) {
    throw new Error(`${id}: the bucket is not what was asked for: ${JSON.stringify(status.streamInfo)}`);
  }
  return {
    id,
    label: isDurable ? `JetStream KV ${version}, sync always` : `JetStream KV ${version}, default`,
    note: isDurable
      ? '`sync_interval: always`: durable when it answers; a get may be stale'
      : 'synced every two minutes: not durable when it answers; a get may be stale',
    servers,
    load: { system: 'jetstream', servers: addresses, bucket: BUCKET },
  };
}
