import type { SteleError } from '../contract/errors.ts';

type Explain = (error: unknown, file: string) => SteleError;

/** The first failure of a store is final: whatever is asked for after it fails with it. */
export class Finality {
  readonly #file: string;
  #failure: SteleError | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  get failure(): SteleError | undefined {
    return this.#failure;
  }

  fail(failure: SteleError): void {
    this.#failure ??= failure;
  }

  /** Does it, unless something has failed before; if it fails itself, that is final. */
  async guard<T>(work: () => Promise<T>, explain: Explain): Promise<T> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return await work();
    } catch (error) {
      this.#failure ??= explain(error, this.#file);
      throw this.#failure;
    }
  }
}
