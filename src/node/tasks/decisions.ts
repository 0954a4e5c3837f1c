import { assertSameDecision } from '../../protocol/acceptor.ts';
import type { Decision } from '../../protocol/register.ts';

/** The bytes that an entry costs beside its name and value, about. */
const ENTRY_BYTES = 200;

/**
 * The decisions that a member was asked for, and so may be asked for again. A decided value never changes, so none of them can be
 * out of date. Not every decision passes here: the store finds those as well, and to keep each of them for a while was a third of
 * what a write cost, in lookups and in objects for the garbage collector to carry about. They are forgotten a generation at a
 * time, the older half first.
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

  /** Somebody was answered with it. */
  keep(name: string, decision: Decision): void {
    if (this.get(name) === undefined) this.#add(name, decision);
  }

  /** Stops on a decision that contradicts one that is kept. */
  check(name: string, decision: Decision): void {
    const known = this.#young.get(name) ?? this.#old.get(name);
    if (known !== undefined) assertSameDecision(name, known, decision);
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
