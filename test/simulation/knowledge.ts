import type { PeerMessage } from '../../src/ports.ts';
import type { Disk } from './disk.ts';
import type { Violation } from './history/history.ts';
import type { Life } from './life.ts';

/**
 * What each member has been told of how far every other's store is, by messages of processes that it listens to. The judge
 * counts it by itself: a member that drops what it is told has nothing on its disk to be found missing.
 */
export class Knowledge {
  readonly #flag: (violation: Violation) => void;
  /** By who knows and of whom. */
  readonly #commits = new Map<string, number>();
  /** Which session of a peer a member has welcomed last, and so listens to. */
  readonly #welcomed = new Map<string, string>();

  constructor(flag: (violation: Violation) => void) {
    this.#flag = flag;
  }

  /** A member that answers a hello with a welcome has noted the count that came with it. */
  onAnswered(life: Life, to: Life, answer: PeerMessage, asked: PeerMessage): void {
    if (answer.type !== 'welcome' || !isTold(life, to)) return;
    this.#welcomed.set(key(life.address, to.address), asked.sender.session);
    this.#note(life, to, asked);
  }

  /** A message was handed to a member. A hello or a welcome it has to think about first. */
  onHeard(life: Life, from: Life, message: PeerMessage): void {
    if (message.type === 'hello' || message.type === 'welcome' || !isTold(life, from)) return;
    if (this.#welcomed.get(key(life.address, from.address)) === message.sender.session) this.#note(life, from, message);
  }

  /** In a crash a member forgets all that its disk does not hold. */
  onCrash(life: Life, disk: Disk): void {
    if (!life.isGenuine) return;
    for (const [peer, { commits }] of disk.peers) this.#lower(key(life.address, peer), commits);
    for (const peer of disk.members) if (!disk.peers.has(peer)) this.#lower(key(life.address, peer), 0);
  }

  /** A member that leaves in order forgets nothing. */
  onLeave(life: Life, disk: Disk): void {
    if (!life.isGenuine) return;
    for (const peer of disk.members) {
      const commits = this.commitsOf(life.address, peer);
      const kept = disk.peers.get(peer)?.commits ?? 0;
      if (kept >= commits) continue;
      const detail = `${life} was told that ${peer} has ${commits} commits, and left with ${kept} on its disk`;
      this.#flag({ property: 'what is known of a peer outlasts an orderly stop', register: null, detail });
    }
  }

  /** How many commits a member knows another's store to have. */
  commitsOf(member: string, peer: string): number {
    return this.#commits.get(key(member, peer)) ?? 0;
  }

  #note(life: Life, from: Life, { sender }: PeerMessage): void {
    const id = key(life.address, from.address);
    this.#commits.set(id, Math.max(this.#commits.get(id) ?? 0, sender.commits));
  }

  #lower(id: string, commits: number): void {
    this.#commits.set(id, Math.min(this.#commits.get(id) ?? 0, commits));
  }
}

function isTold(life: Life, from: Life): boolean {
  return life.isAlive && life.isOpen && life.cluster === from.cluster && life.isGenuine && from.isGenuine;
}

function key(member: string, peer: string): string {
  return `${member} of ${peer}`;
}
