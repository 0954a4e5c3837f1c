/** Gives equal things one number, counted from 0, and keeps the first of them. */
export class Interner<T> {
  readonly #numbers = new Map<string, number>();
  readonly #things: T[] = [];
  readonly #keyOf: (thing: T) => string;

  /** @param keyOf two things are equal when their keys are. */
  constructor(keyOf: (thing: T) => string) {
    this.#keyOf = keyOf;
  }

  get size(): number {
    return this.#things.length;
  }

  numberOf(thing: T): number {
    const key = this.#keyOf(thing);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#things.push(thing) - 1;
    this.#numbers.set(key, number);
    return number;
  }

  get(number: number): T {
    const thing = this.#things[number];
    if (thing === undefined) throw new RangeError(`nothing has the number ${number}`);
    return thing;
  }
}
