import { Undo } from '../../../test/support/undo.ts';
import { drive, type Load } from '../client.ts';
import type { Extent } from '../options.ts';
import type { Site } from '../site.ts';
import { type Stele, startStele } from '../systems/stele.ts';

/** What every part of the growth benchmark is given. */
export interface Setting {
  readonly site: Site;
  readonly client: string;
  readonly extent: Extent;
  readonly stele: string;
  readonly natsServer: string;
}

const PREFILL_BATCH = 1_000;
/** Enough to keep the members busy. */
const PREFILL_IN_FLIGHT = 6;
const PREFILL_TRY_TIMEOUT = '10s';
const PROGRESS_EVERY_S = 5;

/** Runs a part on a site of its own, whose clusters are gone before the next part begins. */
export async function aside<T>(setting: Setting, part: (setting: Setting) => Promise<T>): Promise<T> {
  const undo = new Undo();
  // However the whole run ends, nothing that the part started is left.
  setting.site.undo.add(() => undo.all());
  try {
    return await part({ ...setting, site: { ...setting.site, undo } });
  } finally {
    await undo.all();
  }
}

/** @param name never used before in this run. */
export async function startCluster(setting: Setting, name: string, members: number): Promise<Stele> {
  const { site, stele: main, natsServer } = setting;
  const cluster = await startStele(site, { name, main, natsServer, members });
  site.tell(`up: ${cluster.label} (${name})`);
  return cluster;
}

/** Writes so many registers, in batches, as fast as they are taken. Their names are `prefix` and a number. */
export async function prefill(
  { site, client }: Setting,
  { load, id }: Stele,
  prefix: string,
  registers: number,
): Promise<void> {
  const startedMs = performance.now();
  let seconds = 0;
  const progress = (batches: number) => {
    seconds += 1;
    if (seconds % PROGRESS_EVERY_S !== 0) return;
    const written = batches * PREFILL_BATCH;
    const rate = Math.round(written / ((performance.now() - startedMs) / 1_000));
    const left = rate > 0 ? `, about ${Math.round((registers - written) / rate)} s left` : '';
    site.tell(`${id}: ${written.toLocaleString('en')} registers, ${rate.toLocaleString('en')}/s${left}`);
  };
  const batch = Math.min(PREFILL_BATCH, registers);
  const count = Math.ceil(registers / batch);
  // Where a member is slow some are answered `unknown`: asked again with their operation ids they are settled.
  const patience = { retry: true, tryTimeout: PREFILL_TRY_TIMEOUT } as const;
  const work: Load = { ...load, operation: 'batch', prefix, batch, count, inFlight: PREFILL_IN_FLIGHT, ...patience };
  const { seconds: took } = await drive(client, work, site.signal, progress);
  site.tell(`${id}: ${registers.toLocaleString('en')} registers written in ${took.toFixed(1)} s`);
}
