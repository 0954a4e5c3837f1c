import type { ReadResult, WriteResult } from '../../contract/outcomes.ts';

/** What went wrong, as in HTTP, and a sentence that says so and what to do. */
export interface Problem {
  readonly code: number;
  readonly error: string;
}

/**
 * What to tell a client about an outcome that is not the one it asked for; undefined where all is well.
 * @param opId that of the client's own operation.
 */
export function problemOf(result: WriteResult | ReadResult, opId: string | undefined): Problem | undefined {
  switch (result.outcome) {
    case 'won':
    case 'decided':
    case 'empty':
      return undefined;
    case 'lost':
      return result.decision.proposal.opId === opId ? ONE_ID_TWO_VALUES : LOST;
    case 'unknown':
      return { code: 504, error: unknownSentence(opId) };
    case 'unavailable':
      return { code: 504, error: result.heldBytes === undefined ? UNAVAILABLE : heldSentence(result.heldBytes) };
    case 'refused':
      return { code: result.code, error: result.error };
  }
}

const UNAVAILABLE =
  'No majority of the members answered in time, so the register could not be read. Reading again is safe.';

const LOST: Problem = {
  code: 409,
  error:
    'The register already has the value of another operation, which this reply carries with the id of that operation; it keeps it for ever.',
};

const ONE_ID_TWO_VALUES: Problem = {
  code: 422,
  error:
    'The register already has another value under this same operation id, which this reply carries; it keeps it for ever. An id stands for one value, byte for byte (blanks in JSON count): either this operation won earlier in another wording, or two operations share an id. Give each its own, and retry with the very same bytes.',
};

const KNOWN: Readonly<Record<'won' | 'lost' | 'decided', string>> = {
  won: 'The write won',
  lost: 'The write lost to another operation',
  decided: 'The register is decided',
};

/** What to tell about a value that no reply can carry: the outcome is known all the same. */
export function problemWithoutValue(outcome: 'won' | 'lost' | 'decided', bytes: number, bytesMax: number): Problem {
  return {
    code: 413,
    error: `${KNOWN[outcome]}, but the value of ${bytes} bytes does not fit in a reply: NATS carries ${bytesMax} bytes (its max_payload). The register keeps it: raise max_payload of the NATS servers, and read again.`,
  };
}

function heldSentence(bytes: number): string {
  return `The register could not be read: the member that was asked holds a value of ${bytes} bytes for it, more than NATS carries between members now (its max_payload), so they cannot find out whether it is decided. Nothing is lost: raise max_payload of the NATS servers, and read again.`;
}

function unknownSentence(opId: string | undefined): string {
  const retry = opId === undefined ? 'the same operation id' : `the operation id ${opId}`;
  return `No majority of the members answered in time: the write may or may not take effect. Send the same write with ${retry} to settle it.`;
}
