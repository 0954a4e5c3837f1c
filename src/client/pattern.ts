import { NAME_BYTES_MAX } from '../contract/names.ts';

const TOKEN = /^(?:\*|[A-Za-z0-9_=/-]+)$/;

/** What is wrong with a pattern, as a sentence that helps; undefined for a good one. */
export function problemWithPattern(pattern: unknown): string | undefined {
  const rule =
    'use the name of a register, with * for any one token and > at the end for all that follow, such as "orders.>".';
  if (typeof pattern !== 'string' || pattern === '') return `The pattern is empty: ${rule}`;
  if (pattern.length > NAME_BYTES_MAX) return `The pattern is longer than ${NAME_BYTES_MAX} characters: ${rule}`;
  const tokens = pattern.split('.');
  if (tokens.at(-1) === '>') tokens.pop();
  if (!tokens.every((token) => TOKEN.test(token))) return `The pattern is ill-formed: ${rule}`;
  if (pattern.startsWith('_'))
    return `Names that start with _ are reserved, and no decision is ever about one: ${rule}`;
  return undefined;
}
