import type { Extent } from '../options.ts';
import type { Cell } from '../turns.ts';

/** What stands for the client itself among the cells. */
export const ECHO = 'echo';
/** The messages and commits of stele without its protocol: see `floor/member.ts`. */
export const FLOOR = 'floor';

export interface PeersReport {
  readonly startedAt: string;
  readonly machine: string;
  readonly extent: Extent;
  readonly contenders: readonly { id: string; label: string; note: string; idleCores: number }[];
  readonly missing: readonly string[];
  readonly cells: readonly Cell[];
}
