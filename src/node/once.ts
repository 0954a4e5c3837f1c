/** Keys that are remembered. The oldest is forgotten first, and counts as new when it comes again. */
const KEPT_MAX = 256;

/** Tells what is new from what was there before, so that what repeats with every message is said once. */
export class Once {
  readonly #seen = new Set<string>();

  has(key: string): boolean {
    return this.#seen.has(key);
  }

  /** Whether this is the first time. */
  isNew(key: string): boolean {
    if (this.#seen.has(key)) return false;
    const [oldest] = this.#seen;
    if (oldest !== undefined && this.#seen.size === KEPT_MAX) this.#seen.delete(oldest);
    this.#seen.add(key);
    return true;
  }
}
