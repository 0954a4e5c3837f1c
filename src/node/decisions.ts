import { assertSameDecision } from '../protocol/acceptor.ts';
import type { Decision } from '../protocol/register.ts';

/** What an entry costs beyond its name and value, about. */
const ENTRY_BYTES = 200;

/**
 * The decisions that a member knows by heart. A decided value never changes, so none of them can be out of date. They are
 * forgotten a generation at a time, the older half first: every decided register passes here, and a queue of single
 * entries in the order of their use took a tenth of a member's time.
 */
export class Decisions {
  readonly #generationBytesMax: number;
  #young = new Map<string, Decision>();
  #old = new Map<string, Decision>();
  #youngBytes = 0;

  constructor(bytesMax: number) {
    this.#generationBytesMax = bytesMax / 2;
  }

  get(name: string): Decision | undefined {
    const young = this.#young.get(name);
    if (young !== undefined) return young;
    const old = this.#old.get(name);
    if (old !== undefined) this.#add(name, old);
    return old;
  }

  learn(name: string, decision: Decision): void {
    const known = this.get(name);
    if (known === undefined) this.#add(name, decision);
    else assertSameDecision(name, known, decision);
  }

  #add(name: string, decision: Decision): void {
    if (this.#youngBytes >= this.#generationBytesMax) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    this.#young.set(name, decision);
    this.#youngBytes += ENTRY_BYTES + name.length + decision.proposal.value.length;
  }
}
