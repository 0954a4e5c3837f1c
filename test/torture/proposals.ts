import { createHash } from 'node:crypto';
import type { Seen } from '../simulation/history/history.ts';

/*
 * A reply carries a value, and not whose it is. So every value says so itself: `<operation id>/<serial>|xxxx…`, where the
 * serial tells apart two values that were sent under one operation id. The bytes are its JSON text, so that a write by
 * subject and one in an envelope are the same bytes. Histories keep it short: `<operation id>/<serial>|4`.
 */
const VALUE = /^"(([^"|]*)\/\d+)\|(x*)"$/;

/** A proposal, and the text whose JSON it is written as. */
export interface Proposed {
  readonly proposal: Seen;
  readonly text: string;
}

export function propose(opId: string, serial: number, fillerBytes: number): Proposed {
  const token = `${opId}/${serial}|`;
  return { proposal: { opId, value: `${token}${fillerBytes}` }, text: token + 'x'.repeat(fillerBytes) };
}

/** What bytes that came back say: a text that nobody can have proposed where they are not as any client sends them. */
export function seenIn(bytes: Uint8Array): Seen {
  const text = Buffer.from(bytes).toString('latin1');
  const [, token, opId, filler] = VALUE.exec(text) ?? [];
  if (token === undefined || opId === undefined || filler === undefined) {
    const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
    return { opId: 'nobody', value: `${bytes.length} bytes, sha256 ${digest}` };
  }
  return { opId, value: `${token}|${filler.length}` };
}
