import type { Random } from '../../ports.ts';

/** Draws the token that tells one process from all others: 64 random bits, in hex. */
export function newSession(random: Random): string {
  const word = () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return word() + word();
}
