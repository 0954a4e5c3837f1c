import { type Ballot, sameBallot } from '../protocol/ballot.ts';
import { invariant } from '../protocol/invariant.ts';
import type { Accepted, Proposal } from '../protocol/register.ts';
import { NUMBER_BYTES_MAX, SEPARATOR, VERSION } from './wire-format.ts';
import { numberBytes, putNumber } from './wire-numbers.ts';
import type { SenderBytes } from './wire-sender.ts';

/** How far back a ballot is looked for, see `ballot`. */
const BALLOTS_BACK_MAX = 8;

/** Gathers the body of one payload after another, in three columns: see wire-format.ts. */
export class WireWriter {
  #numbers = new Uint8Array(1_024);
  #numbersBytes = 0;
  #text = '';
  #values: Uint8Array[] = [];
  #valuesBytes = 0;
  /** Those that this payload spells out. */
  #ballots: Ballot[] = [];
  readonly #mark = { numbersBytes: 0, text: '', values: 0, valuesBytes: 0 };

  number(value: number): void {
    if (this.#numbersBytes + NUMBER_BYTES_MAX > this.#numbers.length) this.#grow();
    this.#numbersBytes = putNumber(this.#numbers, this.#numbersBytes, value);
  }

  /** At least one character, all of them printable ASCII. */
  text(text: string): void {
    this.#text = this.#text === '' ? text : `${this.#text}${SEPARATOR}${text}`;
  }

  value(value: Uint8Array): void {
    this.number(value.length);
    this.#values.push(value);
    this.#valuesBytes += value.length;
  }

  /**
   * Most entries of a message share one ballot or two: a ballot is spelled out once, after a 0; from then on it is 1 for the last
   * that was spelled out, 2 for the one before, and so on.
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

  proposal({ opId, value }: Proposal): void {
    this.text(opId);
    this.value(value);
  }

  accepted({ ballot, proposal }: Accepted): void {
    this.ballot(ballot);
    this.proposal(proposal);
  }

  /** The payload that it would make now, in bytes. */
  payloadBytes(sender: SenderBytes): number {
    const { lines, commits } = sender;
    const text = this.#text.length;
    return (
      2 + // Version and type.
      numberBytes(lines.length) +
      lines.length +
      numberBytes(commits) +
      numberBytes(this.#numbersBytes) +
      numberBytes(text) +
      this.#numbersBytes +
      text +
      this.#valuesBytes
    );
  }

  /** Notes how far it is, for `finishAtMark`. */
  mark(): void {
    const mark = this.#mark;
    mark.numbersBytes = this.#numbersBytes;
    mark.text = this.#text;
    mark.values = this.#values.length;
    mark.valuesBytes = this.#valuesBytes;
  }

  /** The payload of what was written before `mark`; the writer is empty afterwards. */
  finishAtMark(code: number, sender: SenderBytes): Buffer {
    const mark = this.#mark;
    this.#numbersBytes = mark.numbersBytes;
    this.#text = mark.text;
    this.#values.length = mark.values;
    this.#valuesBytes = mark.valuesBytes;
    return this.finish(code, sender);
  }

  /** The payload; the writer is empty afterwards. */
  finish(code: number, sender: SenderBytes): Buffer {
    const payload = Buffer.allocUnsafe(this.payloadBytes(sender));
    payload[0] = VERSION;
    payload[1] = code;
    let at = putNumber(payload, 2, sender.lines.length);
    payload.set(sender.lines, at);
    at = putNumber(payload, at + sender.lines.length, sender.commits);
    at = putNumber(payload, at, this.#numbersBytes);
    at = putNumber(payload, at, this.#text.length);
    payload.set(this.#numbers.subarray(0, this.#numbersBytes), at);
    at += this.#numbersBytes;
    at += payload.write(this.#text, at, 'latin1');
    for (const value of this.#values) {
      payload.set(value, at);
      at += value.length;
    }
    invariant(at === payload.length, `A payload of ${payload.length} bytes was filled with ${at}`);
    this.clear();
    return payload;
  }

  /** Forgets what was written. */
  clear(): void {
    this.#numbersBytes = 0;
    this.#text = '';
    if (this.#values.length > 0) this.#values = [];
    this.#valuesBytes = 0;
    if (this.#ballots.length > 0) this.#ballots = [];
  }

  /** 0 for a ballot that is not among the last. */
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
