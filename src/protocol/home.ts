import type { MemberId } from './ballot.ts';

/**
 * Who the home of a register is: the member whose hash together with the name is the highest (rendezvous hashing), so that
 * names are spread evenly. Round 0 of a register belongs to its home alone, so all members must agree on this for ever:
 * neither the hash nor the list of members may change under a cluster that has opened registers.
 */
export function homesOf(members: readonly MemberId[]): (name: string) => MemberId {
  const seeded = [...members].sort().map((member) => ({ member, seed: hashOf(member) }));
  return (name) => {
    const hash = hashOf(name);
    let home = '';
    let highest = -1;
    for (const { member, seed } of seeded) {
      const weight = mix(hash ^ seed);
      if (weight <= highest) continue;
      highest = weight;
      home = member;
    }
    return home;
  };
}

/** FNV-1a, 32 bits. Names are ASCII. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}

/** MurmurHash3's finalizer: every bit of the input turns about half of the bits of the output. */
function mix(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
