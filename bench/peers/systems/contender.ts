import type { Load } from '../client.ts';
import type { Server } from '../servers.ts';

/** So many keys that begin so, numbered from 0. */
export interface Keys {
  readonly prefix: string;
  readonly keys: number;
}

/** A system that is up and can be measured. */
export interface Contender {
  /** What `--only` calls it, and the JSON. */
  readonly id: string;
  /** What tables and plots call it, with its version. */
  readonly label: string;
  /** What a reader must know to read its figures right: is it durable, are its reads linearizable. */
  readonly note: string;
  /** Its processes, and those that are there for it alone. */
  readonly servers: readonly Server[];
  /** What the load client needs to know of it. */
  readonly load: Pick<Load, 'system' | 'servers'> & Partial<Load>;
  /** The keys that its reads ask for. */
  readonly reads?: Keys;
}
