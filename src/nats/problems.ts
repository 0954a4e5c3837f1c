import type { ReadResult, WriteResult } from '../outcomes.ts';

/** What went wrong, as in HTTP, and a sentence that says so and what to do. */
export interface Problem {
  readonly code: number;
  readonly error: string;
}

/** What to tell a client about an outcome that is not the one it asked for; undefined where all is well. */
export function problemOf(result: WriteResult | ReadResult, opId: string | undefined): Problem | undefined {
  switch (result.outcome) {
    case 'won':
    case 'decided':
    case 'empty':
      return undefined;
    case 'lost':
      return {
        code: 409,
        error:
          'The register already has the value of another operation, which this reply carries; it keeps it for ever.',
      };
    case 'unknown':
      return { code: 504, error: unknownSentence(opId) };
    case 'unavailable':
      return {
        code: 504,
        error: 'No majority of the members answered in time, so the register could not be read. Reading again is safe.',
      };
    case 'refused':
      return { code: result.code, error: result.error };
  }
}

function unknownSentence(opId: string | undefined): string {
  const retry = opId === undefined ? 'the same operation id' : `the operation id ${opId}`;
  return `No majority of the members answered in time: the write may or may not take effect. Send the same write with ${retry} to settle it.`;
}
