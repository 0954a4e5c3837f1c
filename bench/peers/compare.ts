import type { Client } from './client-build.ts';
import { cpuSeconds } from './cpu.ts';
import { gather, type SystemId, type Where } from './gather.ts';
import { machineWords } from './machine.ts';
import { type CommonOptions, extentOf } from './options.ts';
import { peersMarkdown } from './report/peers-markdown.ts';
import { peersPlots } from './report/peers-plots.ts';
import { ECHO, type PeersReport } from './report/peers-report.ts';
import { json, save } from './save.ts';
import type { Site } from './site.ts';
import type { Contender } from './systems/contender.ts';
import { pidsOf, prepareReads, takeTurns, warmUp } from './turns.ts';

const IDLE_MS = 3_000;
const BATCH = 100;
/** Requests of a batch each: with a hundred registers in each one, more would only wait. */
const BATCHES_IN_FLIGHT_MAX = 256;
export async function comparePeers(
  site: Site,
  { binary, speaksEtcd }: Client,
  options: CommonOptions & Omit<Where, 'speaksEtcd'> & { readonly only: readonly SystemId[] },
): Promise<void> {
  const startedAt = new Date().toISOString();
  const extent = extentOf(options);
  const gathered = await gather(site, options.only, { ...options, speaksEtcd });
  const ready = await prepare(site, binary, gathered.contenders, options.quick);
  const { contenders } = ready;
  const missing = [...gathered.missing, ...ready.missing];
  const idle = await idleCores(contenders);
  for (const { id, label } of contenders)
    site.tell(`${label}, idle: ${((idle.get(id) ?? 0) * 100).toFixed(1)} % of a core`);
  const plan = { site, client: binary, contenders, everyone: contenders, ...extent };
  const batching = contenders.filter(({ load }) => load.system === 'stele');
  const batches = extent.inFlight.filter((inFlight) => inFlight <= BATCHES_IN_FLIGHT_MAX);
  const cells = [
    ...(await takeTurns({ ...plan, contenders: echoOver(contenders), operation: 'create', rounds: 1 })),
    ...(await takeTurns({ ...plan, operation: 'create' })),
    ...(await takeTurns({ ...plan, operation: 'read' })),
    ...(await takeTurns({ ...plan, contenders: batching, inFlight: batches, operation: 'batch', batch: BATCH })),
  ];
  const described = contenders.map(({ id, label, note }) => ({ id, label, note, idleCores: idle.get(id) ?? 0 }));
  const report: PeersReport = { startedAt, machine: machineWords(), extent, contenders: described, missing, cells };
  await save(options.out, { ...peersPlots(report), 'peers.md': peersMarkdown(report), 'peers.json': json(report) });
  site.tell(`\n${peersMarkdown(report)}\nSaved in ${options.out}`);
  if (cells.some(({ failure }) => failure !== undefined))
    throw new Error('Some figures are missing: see above, Failed.');
}

/** Makes contenders ready. One that does not answer is left out, and the others are measured all the same. */
async function prepare(site: Site, client: string, all: readonly Contender[], isQuick: boolean) {
  const contenders: Contender[] = [];
  const missing: string[] = [];
  for (const contender of all) {
    try {
      await prepareReads(site, client, contender);
      if (!isQuick) await warmUp(site, client, contender);
      contenders.push(contender);
    } catch (error) {
      site.signal.throwIfAborted();
      missing.push(`No ${contender.label}: it did not answer: ${error instanceof Error ? error.message : error}`);
      site.tell(missing.at(-1) ?? '');
    }
  }
  return { contenders, missing };
}

/** The client with a responder of its own, over the NATS servers that are there already. */
function echoOver(contenders: readonly Contender[]): Contender[] {
  const onNats = contenders.find(({ load }) => load.system === 'stele' || load.system === 'jetstream');
  if (onNats === undefined) return [];
  const load = { system: 'echo', servers: onNats.load.servers };
  return [{ id: ECHO, label: 'the client alone (echo)', note: '', servers: onNats.servers, load }];
}

/** How many cores each system is busy with while nobody asks it anything. */
async function idleCores(contenders: readonly Contender[]): Promise<Map<string, number>> {
  const now = () => contenders.map((contender) => cpuSeconds(pidsOf([contender])));
  const before = now();
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const after = now();
  const used = (index: number) => ((after[index] ?? 0) - (before[index] ?? 0)) / (IDLE_MS / 1_000);
  return new Map(contenders.map(({ id }, index) => [id, used(index)]));
}
