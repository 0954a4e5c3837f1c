import type { PeerStatus } from '../../contract/status.ts';
import type { MemberId } from '../../protocol/ballot.ts';
import type { Credentials, KnownStore, PeerRecord, Refusal } from '../../protocol/membership.ts';
import type { MemberContext } from '../context.ts';

/** The state of another member, as far as it is known. */
export interface Peer {
  /** Undefined until the peer was met for the first time. */
  record: PeerRecord | undefined;
  /** Whether it has said that it listens to this member. */
  welcomed: boolean;
  refusal: Refusal | undefined;
  heardMs: number | undefined;
  up: boolean;
}

/** The other members: by which store and process each is known, and which are up. */
export class KnownPeers {
  readonly #context: MemberContext;
  readonly #peers: ReadonlyMap<MemberId, Peer>;

  constructor(context: MemberContext) {
    const { identity, peers } = context.store;
    this.#context = context;
    this.#peers = new Map(
      identity.members
        .filter((member) => member !== identity.member)
        .map((member) => {
          const record = peers.get(member);
          return [member, { record, welcomed: false, refusal: undefined, heardMs: undefined, up: false }];
        }),
    );
  }

  get(member: MemberId): Peer | undefined {
    return this.#peers.get(member);
  }

  count(holds: (peer: Peer) => boolean): number {
    return [...this.#peers.values()].filter(holds).length;
  }

  /** Whether the process that sent a message is the one that is listened to. Notes that it was heard. */
  trusts(sender: Credentials): boolean {
    const peer = this.#peers.get(sender.member);
    if (peer?.record === undefined) return false;
    const { storeId, incarnation, session } = peer.record;
    if (session !== sender.session || storeId !== sender.storeId || incarnation !== sender.incarnation) return false;
    if (sender.commits > peer.record.commits) {
      peer.record = { ...peer.record, commits: sender.commits };
      this.#context.store.notePeerCommits(sender.member, sender.commits);
    }
    this.heard(sender.member, peer);
    return true;
  }

  heard(member: MemberId, peer: Peer): void {
    peer.heardMs = this.#context.clock.now();
    if (peer.up) return;
    peer.up = true;
    this.#context.emit({ type: 'peer-up', member, incarnation: peer.record?.incarnation ?? 0 });
  }

  /** Takes peers for down that have been silent for too long. */
  noticeSilence(): void {
    const { clock, settings, emit } = this.#context;
    const nowMs = clock.now();
    for (const [member, peer] of this.#peers) {
      if (!peer.up || peer.heardMs === undefined || nowMs - peer.heardMs < settings.peerSilentMs) continue;
      peer.up = false;
      emit({ type: 'peer-down', member, silentMs: Math.round(nowMs - peer.heardMs) });
    }
  }

  /** Lists the members that have not welcomed this one. */
  strangers(): MemberId[] {
    return [...this.#peers].filter(([, { welcomed }]) => !welcomed).map(([member]) => member);
  }

  /** Lists the stores by which the peers are known. */
  stores(): KnownStore[] {
    return [...this.#peers].flatMap(([member, { record }]) =>
      record === undefined ? [] : [{ member, storeId: record.storeId, enrolled: record.enrolled }],
    );
  }

  statuses(): PeerStatus[] {
    const nowMs = this.#context.clock.now();
    return Array.from(this.#peers, ([member, { up, record, heardMs }]) => ({
      member,
      up,
      incarnation: record?.incarnation ?? null,
      silentMs: heardMs === undefined ? null : Math.round(nowMs - heardMs),
    }));
  }
}
