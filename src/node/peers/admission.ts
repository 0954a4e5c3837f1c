import type { Admission as Admitted, Credentials, Foreign, Hello, Refusal } from '../../protocol/membership.ts';
import type { MemberContext } from '../context.ts';
import { Once } from '../once.ts';
import type { KnownPeers, Peer } from './known-peers.ts';

/** Decides on each process that says hello: a peer is remembered on the disk before anything that it says counts. */
export class Admission {
  readonly #context: MemberContext;
  readonly #peers: KnownPeers;
  readonly #onMet: () => void;
  readonly #told = new Once();
  #last: Promise<unknown> = Promise.resolve();
  #isStopped = false;

  /** @param onMet called for each process that was met for the first time. */
  constructor(context: MemberContext, peers: KnownPeers, onMet: () => void) {
    this.#context = context;
    this.#peers = peers;
    this.#onMet = onMet;
  }

  /** Takes no more: the store of a member that has left must not be written to. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Says why a process belongs to another cluster; undefined where nothing says so. */
  foreign(hello: Hello): Foreign | undefined {
    const { rules, store } = this.#context;
    const { cluster, members, member, storeId } = store.identity;
    const own = { member, storeId, enrolled: store.enrolled };
    return rules.foreignTo({ cluster, members, own, peers: this.#peers.stores() }, hello);
  }

  /** Decides on one hello at a time: a decision is on the disk before the next hello is looked at. */
  consider(sender: Credentials, hello: Hello): Promise<Refusal | 'no-store' | undefined> {
    const considered = this.#last.then(async () => {
      const refusal = await this.#admit(hello);
      // A hello counts as the store was opened; its sender counts as of now, which is what an old copy must not be below.
      if (refusal === undefined) this.#peers.trusts(sender);
      return refusal;
    });
    this.#last = considered;
    return considered;
  }

  async #admit(hello: Hello): Promise<Refusal | 'no-store' | undefined> {
    if (this.#isStopped) return 'no-store';
    const { store, fail } = this.#context;
    const { member, session } = hello.credentials;
    const peer = this.#peers.get(member);
    const admission = this.#judge(peer, hello);
    if (!admission.admitted || peer === undefined) {
      const refusal = admission.admitted ? 'second-process' : admission.refusal;
      this.#tellOfRefused(hello.credentials, refusal);
      return refusal;
    }
    const { record } = admission;
    // Another store of this member does not remember whom the one before it welcomed.
    if (peer.record !== undefined && peer.record.storeId !== record.storeId) peer.welcomed = false;
    const isNew = peer.heardMs === undefined || peer.record?.session !== session;
    if (peer.record?.session !== session || peer.record.enrolled !== record.enrolled) {
      try {
        await store.savePeer(member, record);
      } catch (error) {
        fail(error);
        return 'no-store';
      }
    }
    // While it was saved, the same process may have been heard further on.
    const heard = peer.record?.session === session ? peer.record.commits : 0;
    peer.record = { ...record, commits: Math.max(record.commits, heard) };
    this.#peers.heard(member, peer);
    if (isNew) this.#onMet();
    return undefined;
  }

  #judge(peer: Peer | undefined, hello: Hello): Admitted {
    const foreign = this.foreign(hello);
    if (foreign === 'other-stores') return { admitted: false, refusal: foreign };
    return this.#context.rules.admit(this.#context.store.identity, peer?.record, hello);
  }

  /** Tells of a process once, however often it says hello. */
  #tellOfRefused({ member, session }: Credentials, refusal: Refusal): void {
    if (this.#told.isNew(`${session} ${refusal}`)) this.#context.emit({ type: 'peer-refused', member, refusal });
  }
}
