import { type Ballot, sameBallot } from '../protocol/ballot.ts';
import { invariant } from '../protocol/invariant.ts';
import { NUMBER_BYTES_MAX, numberBytes, putNumber } from './varint.ts';

/*
 * How a record lies in bytes, on the wire and in the journal:
 *
 *   bytes of numbers, bytes of texts     two numbers
 *   numbers                              one after the other
 *   texts                                latin1, a line feed between each two
 *   values                               one after the other, to the end
 *
 * The fields of a record are dealt out to the three columns in the order in which they are declared, and read back in the
 * same order. A record thus costs one string and one copy each way, however many registers it speaks of.
 */

/** Between two texts. No text has one: names and ids are printable. */
export const SEPARATOR = '\n';
/** How far back a ballot is looked for, see `ballot`. */
const BALLOTS_BACK_MAX = 8;

/** Gathers one record after another, in three columns. */
export class Writer {
  #numbers = new Uint8Array(1_024);
  #numbersBytes = 0;
  #text = '';
  #values: Uint8Array[] = [];
  #valuesBytes = 0;
  /** Those that this record spells out. */
  #ballots: Ballot[] = [];
  readonly #mark = { numbersBytes: 0, text: '', values: 0, valuesBytes: 0 };

  number(value: number): void {
    if (this.#numbersBytes + NUMBER_BYTES_MAX > this.#numbers.length) this.#grow();
    this.#numbersBytes = putNumber(this.#numbers, this.#numbersBytes, value);
  }

  /** Writes at least one character, all of them printable ASCII. */
  text(text: string): void {
    this.#text = this.#text === '' ? text : `${this.#text}${SEPARATOR}${text}`;
  }

  value(value: Uint8Array): void {
    this.number(value.length);
    this.#values.push(value);
    this.#valuesBytes += value.length;
  }

  /**
   * Writes a ballot. Most entries of a record share one or two: a ballot is spelled out once, after a 0; from then on it is
   * 1 for the last that was spelled out, 2 for the one before, and so on.
   */
  ballot(ballot: Ballot): void {
    const back = this.#ballotsBack(ballot);
    this.number(back);
    if (back > 0) return;
    this.#ballots.push(ballot);
    this.number(ballot.round);
    this.text(ballot.node);
    this.number(ballot.incarnation);
  }

  /** The bytes of the record as it is now. */
  get bytes(): number {
    const text = this.#text.length;
    return numberBytes(this.#numbersBytes) + numberBytes(text) + this.#numbersBytes + text + this.#valuesBytes;
  }

  /** Notes how far the record is, for `rewind`. */
  mark(): void {
    const mark = this.#mark;
    mark.numbersBytes = this.#numbersBytes;
    mark.text = this.#text;
    mark.values = this.#values.length;
    mark.valuesBytes = this.#valuesBytes;
  }

  /** Forgets what was written since `mark`; `finish` is all that may follow. */
  rewind(): void {
    const mark = this.#mark;
    this.#numbersBytes = mark.numbersBytes;
    this.#text = mark.text;
    this.#values.length = mark.values;
    this.#valuesBytes = mark.valuesBytes;
  }

  /**
   * Gives the record, and is empty afterwards.
   * @param before how many bytes are left for the caller before it.
   */
  finish(before: number): Buffer {
    // Not from the shared pool: a record may be kept for a while, and would keep others' bytes with it.
    const record = Buffer.allocUnsafeSlow(before + this.bytes);
    let at = putNumber(record, before, this.#numbersBytes);
    at = putNumber(record, at, this.#text.length);
    record.set(this.#numbers.subarray(0, this.#numbersBytes), at);
    at += this.#numbersBytes;
    at += record.write(this.#text, at, 'latin1');
    for (const value of this.#values) {
      record.set(value, at);
      at += value.length;
    }
    invariant(at === record.length, `A record of ${record.length} bytes was filled with ${at}`);
    this.clear();
    return record;
  }

  /** Forgets what was written. */
  clear(): void {
    this.#numbersBytes = 0;
    this.#text = '';
    if (this.#values.length > 0) this.#values = [];
    this.#valuesBytes = 0;
    if (this.#ballots.length > 0) this.#ballots = [];
  }

  /** Gives 0 for a ballot that is not among the last. */
  #ballotsBack(ballot: Ballot): number {
    const told = this.#ballots.length;
    for (let back = 1; back <= BALLOTS_BACK_MAX && back <= told; back += 1) {
      const known = this.#ballots[told - back];
      if (known !== undefined && (known === ballot || sameBallot(known, ballot))) return back;
    }
    return 0;
  }

  #grow(): void {
    const larger = new Uint8Array(2 * this.#numbers.length);
    larger.set(this.#numbers);
    this.#numbers = larger;
  }
}
