import { problemWithMemberId } from '../contract/names.ts';
import type { Ballot, MemberId } from '../protocol/ballot.ts';
import { isNameAt, isOpIdAt } from './checks.ts';
import { Malformed } from './malformed.ts';
import { NumberReader } from './varint.ts';
import { SEPARATOR } from './writer.ts';

const LINE_FEED = SEPARATOR.charCodeAt(0);

/** Reads one record, field by field, in the order in which a `Writer` wrote it. Nothing of what it gives changes with the bytes. */
export class Reader {
  readonly #bytes: Buffer;
  readonly #numbers: NumberReader;
  /** All texts; undefined where most of them are passed over. */
  readonly #texts: readonly string[] | undefined;
  readonly #textsEnd: number;
  readonly #valuesAt: number;
  /** A copy of all values, made for the first that is given out. */
  #values: Uint8Array | undefined;
  #text = 0;
  #textAt: number;
  #valueAt = 0;
  readonly #ballots: Ballot[] = [];

  /**
   * @param at where the record begins; it goes on to the end of the bytes.
   * @param isScanned whether most texts will be passed over, so that not all of them are made.
   * @throws Malformed where the columns do not fit into the bytes.
   */
  constructor(bytes: Buffer, at: number, isScanned = false) {
    this.#bytes = bytes;
    this.#numbers = new NumberReader(bytes, at);
    const numbersBytes = this.#numbers.next();
    const textBytes = this.#numbers.next();
    this.#textAt = this.#numbers.at + numbersBytes;
    const valuesAt = this.#textAt + textBytes;
    if (valuesAt > bytes.length) throw new Malformed('it is shorter than it says');
    this.#numbers.endAt(this.#textAt);
    this.#textsEnd = valuesAt;
    if (!isScanned)
      this.#texts = textBytes === 0 ? [] : bytes.toString('latin1', this.#textAt, valuesAt).split(SEPARATOR);
    this.#valuesAt = valuesAt;
  }

  /** Whether any number is left: every entry of a list begins with one. */
  get hasMore(): boolean {
    return !this.#numbers.isAtEnd;
  }

  /** @throws Malformed where anything is left over. */
  end(): void {
    if (this.hasMore) throw new Malformed('its numbers do not fit its type');
    const isTextLeft = this.#texts === undefined ? this.#textAt < this.#textsEnd : this.#text !== this.#texts.length;
    if (isTextLeft) throw new Malformed('it has more texts than fit its type');
    if (this.#valuesAt + this.#valueAt !== this.#bytes.length)
      throw new Malformed('it has more bytes of values than its entries say');
  }

  number(): number {
    return this.#numbers.next();
  }

  text(what: string): string {
    if (this.#texts === undefined) return this.#bytes.toString('latin1', this.skipText(), this.#textAt - 1);
    const text = this.#texts[this.#text];
    if (text === undefined) throw new Malformed(`${what} is missing`);
    this.#text += 1;
    this.#textAt += text.length + 1;
    return text;
  }

  /** Passes over a text of a record that is scanned. @returns where it begins; the next one begins after a line feed. */
  skipText(): number {
    const start = this.#textAt;
    let at = start;
    while (at < this.#textsEnd && this.#bytes[at] !== LINE_FEED) at += 1;
    if (at === start) throw new Malformed('a text is missing');
    this.#textAt = at + 1;
    return start;
  }

  /** Where the column of texts ends. */
  get textsEnd(): number {
    return this.#textsEnd;
  }

  name(): string {
    const start = this.#textAt;
    const text = this.text('the name of a register');
    if (!isNameAt(this.#bytes, start, start + text.length)) throw new Malformed('the name of a register is ill-formed');
    return text;
  }

  opId(): string {
    const start = this.#textAt;
    const text = this.text('an operation id');
    if (!isOpIdAt(this.#bytes, start, start + text.length)) throw new Malformed('an operation id is ill-formed');
    return text;
  }

  member(): MemberId {
    const text = this.text('the id of a member');
    if (problemWithMemberId(text) !== undefined) throw new Malformed('the id of a member is ill-formed');
    return text;
  }

  ballot(): Ballot {
    const back = this.number();
    if (back > 0) {
      const known = this.#ballots[this.#ballots.length - back];
      if (known === undefined) throw new Malformed('it refers to a ballot that it has not spelled out before');
      return known;
    }
    const round = this.number();
    const ballot = { round, node: this.member(), incarnation: this.number() };
    if (ballot.incarnation === 0) throw new Malformed("a ballot's incarnation is below 1");
    this.#ballots.push(ballot);
    return ballot;
  }

  value(): Uint8Array {
    const start = this.skipValue();
    this.#values ??= copyFrom(this.#bytes, this.#valuesAt);
    const values = this.#values;
    if (this.#valueAt - start === values.length) return values;
    return new Uint8Array(values.buffer, values.byteOffset + start, this.#valueAt - start);
  }

  /** Passes over a value. @returns where it begins, for `copyValue`. */
  skipValue(): number {
    const start = this.#valueAt;
    this.#valueAt += this.number();
    if (this.#valuesAt + this.#valueAt > this.#bytes.length) throw new Malformed('a value is cut off');
    return start;
  }

  /** Where the next value begins. */
  get valueAt(): number {
    return this.#valueAt;
  }

  /** Copies a value that was passed over. */
  copyValue(start: number, end: number): Uint8Array {
    return new Uint8Array(this.#bytes.subarray(this.#valuesAt + start, this.#valuesAt + end));
  }
}

/**
 * The values get memory of their own, all of a record together: one that is kept for long then keeps the others of its
 * record, but neither the rest of it nor what else was read from the network or the disk along with it.
 */
function copyFrom(bytes: Buffer, start: number): Uint8Array {
  const copy = new Uint8Array(bytes.length - start);
  copy.set(bytes.subarray(start));
  return copy;
}
