import { problemWithMemberId } from '../contract/names.ts';
import type { Credentials } from '../protocol/membership.ts';
import { malformed, SEPARATOR } from './wire-format.ts';

/*
 * Who sends comes with every message, and but for the commits it is the same for the whole life of a process. So those parts are
 * lines of text that are made once, and read once.
 */

/** A sender as its messages carry it. */
export interface SenderBytes {
  /** Cluster, member, store id, session, incarnation. */
  readonly lines: Uint8Array;
  readonly commits: number;
}

/** More than the members of any cluster. */
const SENDERS_MAX = 16;
const TOKEN = /^[\x20-\x7e]{1,128}$/;
const INCARNATION = /^[1-9]\d{0,14}$/;

/** A process that sends: everything but the commits. */
type Process = Omit<Credentials, 'commits'>;

/** The own sender, as bytes. */
export class SenderWriter {
  #last: { readonly process: Process; readonly lines: Uint8Array } | undefined;

  bytesOf(sender: Credentials): SenderBytes {
    if (this.#last === undefined || !sameProcess(this.#last.process, sender)) {
      this.#last = { process: sender, lines: Buffer.from(textOf(sender), 'latin1') };
    }
    return { lines: this.#last.lines, commits: sender.commits };
  }
}

/** Others, from bytes. */
export class SenderReader {
  #known: { readonly lines: Uint8Array; readonly process: Process }[] = [];

  /** @throws BadInputError where the bytes from `start` up to, not including, `end` are no sender. */
  at(bytes: Buffer, start: number, end: number): Process {
    for (const { lines, process } of this.#known) {
      if (areAt(lines, bytes, start, end)) return process;
    }
    const process = processOf(bytes.toString('latin1', start, end));
    if (this.#known.length === SENDERS_MAX) this.#known = [];
    this.#known.push({ lines: Uint8Array.prototype.slice.call(bytes, start, end), process });
    return process;
  }
}

/** The lines of a process. */
export function textOf({ cluster, member, storeId, session, incarnation }: Process): string {
  return [cluster, member, storeId, session, incarnation].join(SEPARATOR);
}

/** @throws BadInputError for anything that `textOf` does not make. */
export function processOf(text: string): Process {
  const [cluster, member, storeId, session, incarnation, ...rest] = text.split(SEPARATOR);
  if (member === undefined || problemWithMemberId(member) !== undefined)
    throw malformed("the sender's id is ill-formed");
  if (incarnation === undefined || !INCARNATION.test(incarnation) || rest.length > 0) {
    throw malformed("the sender's incarnation is ill-formed");
  }
  return {
    cluster: tokenOf(cluster, "the sender's cluster"),
    member,
    storeId: tokenOf(storeId, "the sender's store id"),
    incarnation: Number(incarnation),
    session: tokenOf(session, "the sender's session"),
  };
}

/** @throws BadInputError for what cannot name a cluster, a store or a session. */
export function tokenOf(text: string | undefined, what: string): string {
  if (text !== undefined && TOKEN.test(text)) return text;
  throw malformed(`${what} is not 1 to 128 printable ASCII characters`);
}

function sameProcess(a: Process, b: Process): boolean {
  return (
    a.session === b.session &&
    a.storeId === b.storeId &&
    a.incarnation === b.incarnation &&
    a.member === b.member &&
    a.cluster === b.cluster
  );
}

/** By hand: the lines are few, and a call into the engine costs as much as the comparison. */
function areAt(lines: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (lines.length !== end - start) return false;
  for (let at = 0; at < lines.length; at += 1) {
    if (lines[at] !== bytes[start + at]) return false;
  }
  return true;
}
