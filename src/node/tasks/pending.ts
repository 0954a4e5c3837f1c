/** The operations of clients that are under way at a member, within bounds. */
export class PendingOperations {
  readonly #operationsMax: number;
  readonly #bytesMax: number;
  #operations = 0;
  #bytes = 0;

  /** @param bytesMax of the values that they bring along. */
  constructor(operationsMax: number, bytesMax: number) {
    this.#operationsMax = operationsMax;
    this.#bytesMax = bytesMax;
  }

  get count(): number {
    return this.#operations;
  }

  get isFull(): boolean {
    return this.#operations >= this.#operationsMax || this.#bytes >= this.#bytesMax;
  }

  begin(bytes: number): void {
    this.#operations += 1;
    this.#bytes += bytes;
  }

  end(bytes: number): void {
    this.#operations -= 1;
    this.#bytes -= bytes;
  }
}
