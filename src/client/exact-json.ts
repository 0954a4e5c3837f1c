import { parseJsonBytes } from '../contract/json-bytes.ts';

/**
 * Parses bytes that are JSON, unless JavaScript would make another value of them: a number that a double cannot hold
 * (12345678901234567890, 1e400), or a name that comes twice in one object.
 */
export function parseExactly(bytes: Uint8Array): { readonly value: unknown } | undefined {
  const json = parseJsonBytes(bytes);
  if (json === undefined) return undefined;
  return isAsWritten(json.text, json.value) || isExact(json.text, json.value) ? json : undefined;
}

function isAsWritten(text: string, value: unknown): boolean {
  try {
    return JSON.stringify(value) === text;
  } catch {
    return false; // It is nested too deep for that.
  }
}

const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*|:/g;

function isExact(text: string, value: unknown): boolean {
  let members = 0;
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === ':') members += 1;
    else if (!token.startsWith('"') && !isExactNumber(token)) return false;
  }
  return members === countMembers(value);
}

/** Whether the shortest text of the double that a number is read as stands for the same number. */
function isExactNumber(text: string): boolean {
  const number = Number(text);
  return Number.isFinite(number) && normalForm(text) === normalForm(String(number));
}

const NUMBER = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** The digits of a number without zeros at either end, and the power of ten that they are multiplied by. */
function normalForm(text: string): string {
  const [, whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const power = Number(exponent) - fraction.length + digits.length - significant.length;
  return `${text.startsWith('-') ? '-' : ''}${significant}e${power}`;
}

/** How many members all the objects in a value have. */
function countMembers(value: unknown): number {
  let members = 0;
  const left: unknown[] = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next !== 'object' || next === null) continue;
    const parts = Object.values(next);
    if (!Array.isArray(next)) members += parts.length;
    for (const part of parts) left.push(part);
  }
  return members;
}
