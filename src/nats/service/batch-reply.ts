import { parseJsonBytes } from '../../contract/json-bytes.ts';
import { NAME_BYTES_MAX, OP_ID_LENGTH_MAX } from '../../contract/names.ts';
import type { ReadResult, WriteResult } from '../../contract/outcomes.ts';
import { formatBallot } from '../../protocol/ballot.ts';
import { base64Of } from './batch-fields.ts';
import { type Problem, problemOf, problemWithoutValue } from './problems.ts';

/** What became of one entry of an envelope. */
export interface EntryResult {
  /** The register as the entry named it, in whatever form. */
  readonly register: unknown;
  readonly result: WriteResult | ReadResult;
  readonly opId: string | undefined;
  /** The JSON that the entry brought as its value, in both forms: a value that won is not looked at a second time. */
  readonly sent: { readonly bytes: Uint8Array; readonly text: string } | undefined;
}

/** How much is said of an entry: less of it where the reply would be too large. */
export type Detail = 'all' | 'no value' | 'no sentence';

export interface Body {
  readonly payload: Buffer;
  /** The least that is said of any entry. */
  readonly detail: Detail;
}

const OMITTED = 'The value does not fit in this reply: read the register by itself, in the subject form.';
/** More than the headers of a reply that has a value for its payload. */
const VALUE_HEADERS_BYTES_MAX = 1_024;
/** More than the headers of a reply to a single entry, which may have a long sentence. A batch is answered without headers. */
const ENTRY_HEADERS_BYTES_MAX = 2_048;

/** How many bytes the body of a reply may have, in a message of `bytesMax`. */
export function bodyBytesMax(batch: boolean, bytesMax: number): number {
  return batch ? bytesMax : bytesMax - ENTRY_HEADERS_BYTES_MAX;
}

/**
 * The body of a reply in a message of `bytesMax`. Where it would not fit it leaves out values, the largest first, and says so, and
 * then the sentences; outcomes and codes stay.
 * @param batch whether the body is to be an array.
 * @returns undefined when it does not fit even so.
 */
export function formatEnvelope(results: readonly EntryResult[], batch: boolean, bytesMax: number): Body | undefined {
  const room = bodyBytesMax(batch, bytesMax);
  const format = (detail: Detail) => (result: EntryResult) => formatEntry(result, detail, bytesMax);
  const texts = results.map(format('all'));
  const whole = join(texts, batch);
  if (whole.length <= room) return { payload: whole, detail: 'all' };
  const sizes = texts.map((text) => Buffer.byteLength(text));
  let bytes = whole.length;
  const largestFirst = sizes.map((_, index) => index).sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0));
  for (const index of largestFirst) {
    const entry = results[index];
    if (bytes <= room || entry === undefined || !('decision' in entry.result)) continue;
    const text = format('no value')(entry);
    texts[index] = text;
    bytes += Buffer.byteLength(text) - (sizes[index] ?? 0);
  }
  if (bytes <= room) return { payload: join(texts, batch), detail: 'no value' };
  const least = join(results.map(format('no sentence')), batch);
  return least.length <= room ? { payload: least, detail: 'no sentence' } : undefined;
}

/** The most bytes that the body of a reply can come to, without values and sentences, whatever becomes of the entries. */
export function leastReplyBytes(entries: readonly Pick<EntryResult, 'register' | 'opId'>[]): number {
  return entries.reduce((sum, entry) => sum + leastEntryBytes(entry), BRACKETS_BYTES);
}

function leastEntryBytes({ register, opId }: Pick<EntryResult, 'register' | 'opId'>): number {
  const opIdBytes = opId === undefined ? OP_ID_LENGTH_MAX : Buffer.byteLength(JSON.stringify(opId));
  return ENTRY_BYTES_MAX + opIdBytes + (isShown(register) ? Buffer.byteLength(JSON.stringify(register)) : 0);
}

const BRACKETS_BYTES = 2;
/** The longest of everything beside the names of the register and of the operation; and a comma. */
const ENTRY_BYTES_MAX =
  '{"register":,"outcome":"unavailable","code":504,"valueOmitted":true,"ballot":"//","winner":"","opId":""},'.length +
  // A ballot is two numbers of 15 digits and the id of a member; in the id of an operation each character may be escaped.
  (15 + 32 + 15) +
  2 * OP_ID_LENGTH_MAX;

function join(texts: readonly string[], batch: boolean): Buffer {
  return Buffer.from(batch ? `[${texts.join(',')}]` : texts.join());
}

function formatEntry({ register, result, opId, sent }: EntryResult, detail: Detail, bytesMax: number): string {
  let text = '{';
  if (isShown(register)) {
    // A name that was not refused is a good one, and holds nothing to escape.
    text += `"register":${result.outcome === 'refused' ? JSON.stringify(register) : `"${register}"`},`;
  }
  text += `"outcome":"${result.outcome}"`;
  const { code, error } = problemOfEntry({ result, opId }, detail, bytesMax) ?? {};
  if (code !== undefined) text += `,"code":${code}`;
  if ('decision' in result) {
    const { ballot, proposal } = result.decision;
    text += detail === 'all' ? formatValue(proposal.value, sent) : ',"valueOmitted":true';
    text += `,"ballot":"${formatBallot(ballot)}","winner":${JSON.stringify(proposal.opId)}`;
  }
  if (opId !== undefined) text += `,"opId":${JSON.stringify(opId)}`;
  if (error !== undefined && detail !== 'no sentence') text += `,"error":${JSON.stringify(error)}`;
  return `${text}}`;
}

function isShown(register: unknown): register is string {
  return typeof register === 'string' && register.length <= NAME_BYTES_MAX;
}

/** What to tell of an entry, of which the reply has so much. */
export function problemOfEntry(
  { result, opId }: Pick<EntryResult, 'result' | 'opId'>,
  detail: Detail,
  bytesMax: number,
): Partial<Problem> | undefined {
  const problem = problemOf(result, opId);
  if (detail === 'all' || !('decision' in result)) return problem;
  const { length } = result.decision.proposal.value;
  // What the subject form does not carry either cannot be read by itself.
  if (length + VALUE_HEADERS_BYTES_MAX > bytesMax) return problemWithoutValue(result.outcome, length, bytesMax);
  return { ...problem, error: OMITTED };
}

/** JSON goes in as it is, so that it comes out as it was written. */
function formatValue(bytes: Uint8Array, sent: EntryResult['sent']): string {
  const text = bytes === sent?.bytes ? sent.text : parseJsonBytes(bytes)?.text;
  return text === undefined ? `,"base64":"${base64Of(bytes)}"` : `,"value":${text}`;
}
