import { readFileSync } from 'node:fs';
import { BadInputError } from '../../contract/errors.ts';

/**
 * Reads a file that a flag names.
 * @throws BadInputError without the path: whoever pastes a key where its path belongs must not find it in a log.
 */
export function readNamedFile(flag: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new BadInputError(
      `The file that ${flag} names cannot be read: ${why(error)}. Nothing was sent. Give it the path of a file that this user may read.`,
    );
  }
}

/**
 * Gives the content of a file whenever it is asked for, so that a member finds new credentials when it reconnects. While the
 * file is away or half written, it gives the last content that was good.
 * @param problemWith says what is wrong with a content; undefined for a good one.
 * @throws BadInputError when the file is not good to begin with.
 */
export function followFile(
  flag: string,
  path: string,
  problemWith: (content: Uint8Array) => string | undefined,
): () => Uint8Array {
  let good: Uint8Array = readNamedFile(flag, path);
  const problem = problemWith(good);
  if (problem !== undefined) throw new BadInputError(`The file that ${flag} names ${problem}. Nothing was sent.`);
  return () => {
    try {
      const content = readFileSync(path);
      if (problemWith(content) === undefined) good = content;
    } catch {
      // What was read before still stands.
    }
    return good;
  };
}

function why(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EACCES':
    case 'EPERM':
      return `this process (user id ${process.getuid?.() ?? 'unknown'}) may not read it`;
    case 'EISDIR':
      return 'it is a directory';
    case 'EMFILE':
    case 'ENFILE':
      return 'too many files are open (see ulimit -n)';
    default:
      return String(code);
  }
}
