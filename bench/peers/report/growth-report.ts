import type { Failover } from '../growth/failover.ts';
import type { RegistersPart } from '../growth/registers.ts';
import type { Part } from '../growth/shapes.ts';
import type { Extent } from '../options.ts';

/** A part is there if it was asked for. */
export interface GrowthReport {
  readonly startedAt: string;
  readonly machine: string;
  readonly extent: Extent;
  readonly natsServer: string;
  registers?: RegistersPart;
  members?: Part;
  values?: Part;
  failover?: Failover;
  writers?: Part;
}
