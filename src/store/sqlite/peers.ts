import { StoreCorruptError, StoreFailedError } from '../../contract/errors.ts';
import type { MemberId } from '../../protocol/ballot.ts';
import type { PeerRecord } from '../../protocol/membership.ts';
import type { Block } from '../journal/block.ts';
import { checksumOf } from './checksum.ts';
import type { Database, Row, Statement } from './database.ts';

const READ = 'SELECT * FROM peers';
const WRITE = `
INSERT INTO peers (member, store_id, incarnation, session, enrolled, commits, noted, checksum)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7
FROM json_each(?) WHERE true
ON CONFLICT (member) DO UPDATE SET
  store_id = excluded.store_id, incarnation = excluded.incarnation, session = excluded.session,
  enrolled = excluded.enrolled, commits = excluded.commits, noted = excluded.noted, checksum = excluded.checksum`;

/** A peer's record, and the commit up to which it has what was noted in blocks: an older block does not speak of it. */
export interface PeerRow {
  readonly record: PeerRecord;
  readonly noted: number;
}

/** What this store remembers of the other members' stores. */
export class PeerTable {
  readonly #write: Statement;

  private constructor(write: Statement) {
    this.#write = write;
  }

  static async prepare(database: Database): Promise<PeerTable> {
    return new PeerTable(await database.prepare(WRITE));
  }

  /** @param noted the last commit that is finished. */
  async write(records: ReadonlyMap<MemberId, PeerRecord>, noted: number): Promise<void> {
    const rows = [...records].map(([member, { storeId, incarnation, session, enrolled, commits }]) => {
      const row = [member, storeId, incarnation, session, enrolled ? 1 : 0, commits, noted];
      return [...row, peerChecksum(row)];
    });
    const written = await this.#write.run(JSON.stringify(rows));
    if (written !== records.size) throw new StoreFailedError(`SQLite wrote ${written} peers of ${records.size}`);
  }
}

/** Takes over what a block noted of peers, unless a later record took its place. */
export function applyNotes(peers: Map<MemberId, PeerRow>, block: Block): void {
  for (const { member, commits } of block.peers) {
    const row = peers.get(member);
    if (row === undefined || block.commit <= row.noted || commits <= row.record.commits) continue;
    peers.set(member, { ...row, record: { ...row.record, commits } });
  }
}

/** @throws StoreCorruptError when any of the rows fails its checksum. */
export async function readPeers(database: Database, file: string): Promise<Map<MemberId, PeerRow>> {
  const peers = new Map<MemberId, PeerRow>();
  for (const row of await database.all(READ)) {
    const parsed = parse(row);
    if (parsed === undefined) {
      throw new StoreCorruptError(
        `What ${file} remembers of member ${String(row.member)} is damaged. The member does not start on it, since it could no longer tell a peer that lost its disk; the registers are safe with a majority of the others. Check the disk. Do not put an older copy of the store in its place, nor a new one under the same id.`,
      );
    }
    peers.set(...parsed);
  }
  return peers;
}

function parse(row: Row): [MemberId, PeerRow] | undefined {
  const { member, store_id: storeId, incarnation, session, enrolled, commits, noted, checksum } = row;
  if (peerChecksum([member, storeId, incarnation, session, enrolled, commits, noted]) !== checksum) return;
  if (typeof member !== 'string' || typeof storeId !== 'string' || typeof session !== 'string') return;
  if (typeof incarnation !== 'number' || typeof commits !== 'number' || typeof noted !== 'number') return;
  return [member, { record: { storeId, incarnation, session, commits, enrolled: enrolled === 1 }, noted }];
}

function peerChecksum(row: readonly unknown[]): number {
  return checksumOf(['peer', ...row]);
}
