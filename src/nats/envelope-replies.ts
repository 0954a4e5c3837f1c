import { NAME_BYTES_MAX } from '../names.ts';
import type { ReadResult, WriteResult } from '../outcomes.ts';
import { formatBallot } from '../protocol/ballot.ts';
import { base64Of } from './base64.ts';
import { parseJsonBytes } from './json-bytes.ts';
import { problemOf } from './problems.ts';

/** What became of one entry of an envelope. */
export interface EntryResult {
  /** The register as the entry named it, in whatever form. */
  readonly register: unknown;
  readonly result: WriteResult | ReadResult;
  readonly opId: string | undefined;
  /** The JSON that the entry brought as its value, in both forms: a value that won is not looked at a second time. */
  readonly sent: { readonly bytes: Uint8Array; readonly text: string } | undefined;
}

const OMITTED = 'The value does not fit in this reply: read the register by itself.';

/**
 * The body of a reply. What would pass `bytesMax` leaves out values, the largest first, and says so; the outcomes stay.
 * @param batch whether the body is to be an array.
 * @returns undefined when it does not fit even so.
 */
export function formatEnvelope(results: readonly EntryResult[], batch: boolean, bytesMax: number): Buffer | undefined {
  const texts = results.map((result) => formatEntry(result, false));
  const whole = join(texts, batch);
  if (whole.length <= bytesMax) return whole;
  const sizes = texts.map((text) => Buffer.byteLength(text));
  let bytes = whole.length;
  const largestFirst = sizes.map((_, index) => index).sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0));
  for (const index of largestFirst) {
    const entry = results[index];
    if (bytes <= bytesMax || entry === undefined || !('decision' in entry.result)) continue;
    const text = formatEntry(entry, true);
    texts[index] = text;
    bytes += Buffer.byteLength(text) - (sizes[index] ?? 0);
  }
  return bytes <= bytesMax ? join(texts, batch) : undefined;
}

function join(texts: readonly string[], batch: boolean): Buffer {
  return Buffer.from(batch ? `[${texts.join(',')}]` : texts.join());
}

function formatEntry({ register, result, opId, sent }: EntryResult, omitValue: boolean): string {
  let text = '{';
  if (typeof register === 'string' && register.length <= NAME_BYTES_MAX) {
    // A name that was not refused is a good one, and holds nothing to escape.
    text += `"register":${result.outcome === 'refused' ? JSON.stringify(register) : `"${register}"`},`;
  }
  text += `"outcome":"${result.outcome}"`;
  const problem = problemOf(result, opId);
  if (problem !== undefined) text += `,"code":${problem.code}`;
  if ('decision' in result) {
    const { ballot, proposal } = result.decision;
    text += omitValue ? ',"valueOmitted":true' : formatValue(proposal.value, sent);
    text += `,"ballot":"${formatBallot(ballot)}"`;
  }
  if (opId !== undefined) text += `,"opId":${JSON.stringify(opId)}`;
  const error = 'decision' in result && omitValue ? OMITTED : problem?.error;
  if (error !== undefined) text += `,"error":${JSON.stringify(error)}`;
  return `${text}}`;
}

/** JSON goes in as it is, so that it comes out as it was written. */
function formatValue(bytes: Uint8Array, sent: EntryResult['sent']): string {
  const text = bytes === sent?.bytes ? sent.text : parseJsonBytes(bytes)?.text;
  return text === undefined ? `,"base64":"${base64Of(bytes)}"` : `,"value":${text}`;
}
