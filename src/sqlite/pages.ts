import { crc32 } from 'node:zlib';
import { copyEntry, ENTRY_WORDS, isAfter } from './entries.ts';

/*
 * A run lies in the index file in pages, each of them one row. A page is a checksum over the rest, its run, its number in
 * the run, how many entries it has, and the entries: words of 32 bits, in the order of bytes of this machine. On another
 * machine it would fail its checks, and the index be made anew from the journal.
 */

/** With its header and SQLite's own bytes it fills one SQLite page of 8 KiB. */
export const PAGE_ENTRIES = 508;
const HEADER_WORDS = 4;
const PAGE_WORDS = HEADER_WORDS + PAGE_ENTRIES * ENTRY_WORDS;
export const PAGE_BYTES = PAGE_WORDS * 4;

export function pagesFor(entries: number): number {
  return Math.ceil(entries / PAGE_ENTRIES);
}

/** Pages of one run, one behind the other. */
export class PageWriter {
  readonly #run: number;
  readonly #words: Uint32Array;
  readonly #pagesMax: number;
  #page: number;
  #pages = 0;
  #entries = 0;

  constructor(run: number, firstPage: number, pagesMax: number) {
    this.#run = run;
    this.#page = firstPage;
    this.#pagesMax = pagesMax;
    this.#words = new Uint32Array(pagesMax * PAGE_WORDS);
  }

  get isFull(): boolean {
    return this.#pages === this.#pagesMax;
  }

  add(from: Uint32Array, at: number): void {
    const to = this.#pages * PAGE_WORDS + HEADER_WORDS + this.#entries * ENTRY_WORDS;
    copyEntry(from, at, this.#words, to);
    this.#entries += 1;
    if (this.#entries === PAGE_ENTRIES) this.#endPage();
  }

  /** Ends the last page too, and gives all of them. */
  finish(): { readonly pages: number; readonly bytes: Uint8Array } {
    if (this.#entries > 0) this.#endPage();
    return { pages: this.#pages, bytes: new Uint8Array(this.#words.buffer, 0, this.#pages * PAGE_BYTES) };
  }

  #endPage(): void {
    const page = this.#words.subarray(this.#pages * PAGE_WORDS, (this.#pages + 1) * PAGE_WORDS);
    page[1] = this.#run;
    page[2] = this.#page;
    page[3] = this.#entries;
    page[0] = checksumOfPage(page);
    this.#page += 1;
    this.#pages += 1;
    this.#entries = 0;
  }
}

/** @returns the entries of the page; undefined unless it is, to the bit, this page of this run, with so many of them. */
export function entriesOfPage(page: unknown, run: number, number: number, entries: number): Uint32Array | undefined {
  if (!(page instanceof Uint8Array) || page.length !== PAGE_BYTES) return undefined;
  // Words of 32 bits cannot begin at any byte.
  const bytes = page.byteOffset % 4 === 0 ? page : new Uint8Array(page);
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, PAGE_WORDS);
  if (words[1] !== run || words[2] !== number || words[3] !== entries) return undefined;
  return words[0] === checksumOfPage(words)
    ? words.subarray(HEADER_WORDS, HEADER_WORDS + entries * ENTRY_WORDS)
    : undefined;
}

/** Whether no entry has a lower hash than the one before it. */
export function isInOrder(entries: Uint32Array): boolean {
  for (let at = ENTRY_WORDS; at < entries.length; at += ENTRY_WORDS) {
    if (isAfter(entries, at - ENTRY_WORDS, entries, at)) return false;
  }
  return true;
}

function checksumOfPage(words: Uint32Array): number {
  return crc32(new Uint8Array(words.buffer, words.byteOffset + 4, PAGE_BYTES - 4));
}
