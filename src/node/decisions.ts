import { LRUCache } from 'lru-cache';
import { assertSameDecision } from '../protocol/acceptor.ts';
import type { Decision } from '../protocol/register.ts';

/** What an entry costs beyond its name and value, about. */
const ENTRY_BYTES = 200;

/** The decisions that a member knows by heart. A decided value never changes, so none of them can be out of date. */
export class Decisions {
  readonly #known: LRUCache<string, Decision>;

  constructor(bytesMax: number) {
    this.#known = new LRUCache<string, Decision>({
      maxSize: bytesMax,
      sizeCalculation: ({ proposal }, name) => ENTRY_BYTES + name.length + proposal.value.length,
    });
  }

  get(name: string): Decision | undefined {
    return this.#known.get(name);
  }

  learn(name: string, decision: Decision): void {
    const known = this.#known.get(name);
    if (known === undefined) this.#known.set(name, decision);
    else assertSameDecision(name, known, decision);
  }
}
