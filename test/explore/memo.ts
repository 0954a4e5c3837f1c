/** A function of one small whole number, from -1 up, worked out once for each. */
export class Memo<T extends NonNullable<unknown> | null> {
  readonly #work: (number: number) => T;
  readonly #known: (T | undefined)[] = [];

  constructor(work: (number: number) => T) {
    this.#work = work;
  }

  get(number: number): T {
    const known = this.#known[number + 1];
    if (known !== undefined) return known;
    const worked = this.#work(number);
    // Filled up in order, for an array with large holes is a slow one.
    while (this.#known.length <= number) this.#known.push(undefined);
    this.#known[number + 1] = worked;
    return worked;
  }
}
