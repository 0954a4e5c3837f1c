import { decodeUtf8, parseJsonBytes } from '../contract/json-bytes.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above, without tab and the ends of lines.
const BINARY = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;
const MARKED = /^(?:text|base64):/;

/**
 * A value in one line of a terminal: the text itself where it can be printed; with line breaks or tabs, `text:` and the text
 * as a JSON string; else `base64:` and its base64.
 */
export function showValue(bytes: Uint8Array): string {
  const text = utf8(bytes);
  if (text === undefined || BINARY.test(text)) return `base64:${Buffer.from(bytes).toString('base64')}`;
  return UNPRINTABLE.test(text) || MARKED.test(text) ? `text:${JSON.stringify(text)}` : text;
}

/**
 * One line of JSON: these fields, and then the value as the envelope form gives it: `value` where the bytes are valid
 * JSON, else `base64`. The value's own text is taken over, so that no number in it loses digits.
 */
export function jsonLine(fields: Readonly<Record<string, unknown>>, bytes: Uint8Array): string {
  const json = parseJsonBytes(bytes);
  if (json === undefined) return JSON.stringify({ ...fields, base64: Buffer.from(bytes).toString('base64') });
  // Line breaks in a JSON text stand between its tokens only.
  return `${JSON.stringify(fields).slice(0, -1)},"value":${json.text.trim().replace(/[\r\n]+/g, ' ')}}`;
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return decodeUtf8(bytes);
  } catch {
    return undefined;
  }
}
