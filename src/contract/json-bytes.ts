const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A JSON text and what it stands for. */
export interface Json {
  readonly text: string;
  readonly value: unknown;
}

/** Reads bytes that are JSON: valid UTF-8 that JSON.parse accepts. Undefined for any other bytes. */
export function parseJsonBytes(bytes: Uint8Array): Json | undefined {
  // An exception costs thirty times as much as reading a short text, and most bytes that are no JSON give no need of one.
  if (!BEGINS_JSON.has(bytes[0] ?? 0)) return undefined;
  try {
    const text = decodeUtf8(bytes);
    return { text, value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** @throws TypeError for bytes that are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  return STRICT_UTF8.decode(bytes);
}

/** RFC 8259 §2, §3: white space, or the first character of a value. */
const BEGINS_JSON = new Set(Buffer.from(' \t\n\r{["-0123456789tfn'));
