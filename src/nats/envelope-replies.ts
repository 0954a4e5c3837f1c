import { NAME_BYTES_MAX } from '../names.ts';
import type { ReadResult, WriteResult } from '../outcomes.ts';
import { formatBallot } from '../protocol/ballot.ts';
import { parseJsonBytes } from './json-bytes.ts';
import { problemOf } from './problems.ts';
import { base64Of } from './wire-fields.ts';

/** What became of one entry of an envelope. */
export interface EntryResult {
  /** The register as the entry named it, in whatever form. */
  readonly register: unknown;
  readonly result: WriteResult | ReadResult;
  readonly opId: string | undefined;
}

const OMITTED = 'The value does not fit in this reply: read the register by itself.';

/**
 * The body of a reply. What would pass `bytesMax` leaves out values, the largest first, and says so; the outcomes stay.
 * @param batch whether the body is to be an array.
 * @returns undefined when it does not fit even so.
 */
export function formatEnvelope(results: readonly EntryResult[], batch: boolean, bytesMax: number): Buffer | undefined {
  const texts = results.map((result) => formatEntry(result, false));
  const sizes = texts.map((text) => Buffer.byteLength(text));
  // A comma or bracket for each, and one more bracket.
  let bytes = sizes.reduce((sum, size) => sum + size + 1, 1);
  if (bytes > bytesMax) {
    const largestFirst = sizes.map((_, index) => index).sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0));
    for (const index of largestFirst) {
      const entry = results[index];
      if (bytes <= bytesMax || entry === undefined || !('decision' in entry.result)) continue;
      const text = formatEntry(entry, true);
      texts[index] = text;
      bytes += Buffer.byteLength(text) - (sizes[index] ?? 0);
    }
    if (bytes > bytesMax) return undefined;
  }
  return Buffer.from(batch ? `[${texts.join(',')}]` : texts.join());
}

function formatEntry({ register, result, opId }: EntryResult, omitValue: boolean): string {
  const fields: string[] = [];
  const add = (key: string, value: unknown) => fields.push(`"${key}":${JSON.stringify(value)}`);
  if (typeof register === 'string' && register.length <= NAME_BYTES_MAX) add('register', register);
  add('outcome', result.outcome);
  const problem = problemOf(result, opId);
  if (problem !== undefined) add('code', problem.code);
  if ('decision' in result) {
    if (omitValue) fields.push('"valueOmitted":true');
    else fields.push(formatValue(result.decision.proposal.value));
    add('ballot', formatBallot(result.decision.ballot));
  }
  if (opId !== undefined) add('opId', opId);
  const error = 'decision' in result && omitValue ? OMITTED : problem?.error;
  if (error !== undefined) add('error', error);
  return `{${fields.join(',')}}`;
}

/** JSON goes in as it is, so that it comes out as it was written. */
function formatValue(bytes: Uint8Array): string {
  const json = parseJsonBytes(bytes);
  return json === undefined ? `"base64":"${base64Of(bytes)}"` : `"value":${json.text}`;
}
