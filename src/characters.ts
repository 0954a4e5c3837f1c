/*
 * Says which character of a text is wrong, where it stands, and which text says the same in allowed ones. People name things as
 * they please; a refusal should cost them one more try.
 */

/** Control, format, surrogate, private, unassigned and combining characters, and every kind of blank: none can be seen alone. */
const INVISIBLE = /[\p{C}\p{M}\p{Z}]/u;
const SURROGATE = /\p{Cs}/u;

/**
 * Names the first character of a text that is not allowed, such as `":" (character 5)`.
 * @param allowed tests one character.
 * @returns undefined where all are.
 */
export function firstNotAllowed(text: string, allowed: RegExp): string | undefined {
  let position = 0;
  for (const character of text) {
    position += 1;
    if (!allowed.test(character)) return `${describe(character)} (character ${position})`;
  }
  return undefined;
}

/** Puts a text into `A-Z a-z 0-9 _ -` in the two usual ways, as examples for whoever has to. Undefined where neither fits. */
export function encodingsOf(text: string, lengthMax: number): string | undefined {
  // A lone surrogate has no bytes in UTF-8, so it would be encoded as another text.
  if (text === '' || text.length > lengthMax || SURROGATE.test(text)) return undefined;
  const bytes = Buffer.from(text);
  const fitting = (['base64url', 'hex'] as const)
    .map((way) => ({ way, encoded: bytes.toString(way) }))
    .filter(({ encoded }) => encoded.length <= lengthMax)
    .map(({ way, encoded }) => `${way} (${encoded})`);
  return fitting.length === 0 ? undefined : fitting.join(' or ');
}

function describe(character: string): string {
  const codePoint = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  if (character === ' ') return `a blank, ${codePoint}`;
  if (INVISIBLE.test(character)) return codePoint;
  return character < '\x7f' ? `"${character}"` : `"${character}", ${codePoint}`;
}
