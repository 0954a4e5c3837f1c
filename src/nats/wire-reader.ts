import { problemWithMemberId } from '../contract/names.ts';
import type { Ballot, MemberId } from '../protocol/ballot.ts';
import type { Accepted, Proposal } from '../protocol/register.ts';
import { ENTRIES_MAX, malformed, NUMBER_MAX, SEPARATOR } from './wire-format.ts';
import { isNameAt, isOpIdAt } from './wire-text.ts';

/** Reads one payload, column by column: see wire-format.ts. Every field is checked as it is read. */
export class WireReader {
  readonly #bytes: Buffer;
  #numberAt: number;
  #numbersEnd = 0;
  #texts: readonly string[] = [];
  #text = 0;
  #textAt = 0;
  #values: Uint8Array = NO_BYTES;
  #valueAt = 0;
  /** Those that this payload spelled out, see `WireWriter.ballot`. */
  readonly #ballots: Ballot[] = [];

  /** @param at where the numbers begin that come before the columns. */
  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#numberAt = at;
  }

  /** Goes over so many bytes; @returns where they begin. */
  skip(bytes: number): number {
    const start = this.#numberAt;
    this.#numberAt += bytes;
    if (this.#numberAt > this.#bytes.length) throw malformed('it ends too early');
    return start;
  }

  /** Reads where the columns are: from here on, fields of the body are read. */
  columns(): void {
    const numbersBytes = this.number(0, 'the length of its numbers');
    const textBytes = this.number(0, 'the length of its texts');
    this.#textAt = this.#numberAt + numbersBytes;
    const valuesAt = this.#textAt + textBytes;
    if (valuesAt > this.#bytes.length) throw malformed('it ends too early');
    this.#numbersEnd = this.#textAt;
    if (textBytes > 0) this.#texts = this.#bytes.toString('latin1', this.#textAt, valuesAt).split(SEPARATOR);
    if (valuesAt < this.#bytes.length) this.#values = copyFrom(this.#bytes, valuesAt);
  }

  /** Whether any number is left: every entry of a list begins with one. */
  get hasMore(): boolean {
    return this.#numberAt < this.#numbersEnd;
  }

  /** @throws BadInputError where anything is left over, or was read past its column. */
  end(): void {
    if (this.#numberAt !== this.#numbersEnd) throw malformed('its numbers do not fit its type');
    if (this.#text !== this.#texts.length) throw malformed('it has more texts than fit its type');
    if (this.#valueAt !== this.#values.length) throw malformed('it has more bytes of values than its entries say');
  }

  number(min: number, what: string): number {
    const byte = this.#bytes[this.#numberAt];
    if (byte === undefined || byte > 0x7f) return this.#longNumber(min, what);
    this.#numberAt += 1;
    if (byte < min) throw malformed(`${what} is below ${min}`);
    return byte;
  }

  /** How many entries there are of something. */
  count(what: string): number {
    const count = this.number(0, `the count of ${what}`);
    if (count > ENTRIES_MAX) throw malformed(`there are ${count} ${what}, and ${ENTRIES_MAX} is the most`);
    return count;
  }

  text(what: string): string {
    const text = this.#texts[this.#text];
    if (text === undefined) throw malformed(`${what} is missing`);
    this.#text += 1;
    this.#textAt += text.length + 1;
    return text;
  }

  name(): string {
    const start = this.#textAt;
    const text = this.text('the name of a register');
    if (!isNameAt(this.#bytes, start, start + text.length)) throw malformed('the name of a register is ill-formed');
    return text;
  }

  member(): MemberId {
    const text = this.text('the id of a member');
    if (problemWithMemberId(text) !== undefined) throw malformed('the id of a member is ill-formed');
    return text;
  }

  ballot(): Ballot {
    const back = this.number(0, 'a ballot');
    if (back > 0) {
      const known = this.#ballots[this.#ballots.length - back];
      if (known === undefined) throw malformed('it means a ballot that it has not told');
      return known;
    }
    const round = this.number(0, "a ballot's round");
    const ballot = { round, node: this.member(), incarnation: this.number(1, "a ballot's incarnation") };
    this.#ballots.push(ballot);
    return ballot;
  }

  proposal(): Proposal {
    const start = this.#textAt;
    const opId = this.text('an operation id');
    if (!isOpIdAt(this.#bytes, start, start + opId.length)) throw malformed('an operation id is ill-formed');
    return { opId, value: this.#value() };
  }

  accepted(): Accepted {
    return { ballot: this.ballot(), proposal: this.proposal() };
  }

  #value(): Uint8Array {
    const start = this.#valueAt;
    this.#valueAt += this.number(0, 'the length of a value');
    const values = this.#values;
    if (this.#valueAt > values.length) throw malformed('a value is cut off');
    if (this.#valueAt - start === values.length) return values;
    return new Uint8Array(values.buffer, values.byteOffset + start, this.#valueAt - start);
  }

  #longNumber(min: number, what: string): number {
    let value = 0;
    for (let weight = 1; weight <= NUMBER_MAX; weight *= 0x80) {
      const byte = this.#bytes[this.#numberAt];
      if (byte === undefined) throw malformed('it ends too early');
      this.#numberAt += 1;
      value += (byte & 0x7f) * weight;
      if (byte > 0x7f) continue;
      if (byte === 0) throw malformed(`${what} is not written in the shortest way`);
      if (value < min || value > NUMBER_MAX) break;
      return value;
    }
    throw malformed(`${what} is not a whole number from ${min} to ${NUMBER_MAX}`);
  }
}

const NO_BYTES = new Uint8Array(0);

/**
 * The values get memory of their own, all of a payload together: one that is kept for long then keeps the others of its message,
 * but neither the rest of the message nor what else NATS read from the network along with it.
 */
function copyFrom(bytes: Buffer, start: number): Uint8Array {
  const copy = new Uint8Array(bytes.length - start);
  copy.set(bytes.subarray(start));
  return copy;
}
