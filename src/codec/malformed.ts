/** Bytes that are not what a codec writes, or a value that it cannot write. Who uses the codec says what that means. */
export class Malformed extends Error {
  override readonly name = 'Malformed';
}

/** The most entries of a list. */
export const ENTRIES_MAX = 10_000;
/** The highest number: what a ballot's text can hold, see `parseBallot`. */
export const NUMBER_MAX = 999_999_999_999_999;
