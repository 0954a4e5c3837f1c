import { StoreCorruptError, StoreFailedError } from '../errors.ts';
import type { MemberId } from '../protocol/ballot.ts';
import type { PeerRecord } from '../protocol/membership.ts';
import { checksumOf } from './checksum.ts';
import type { Database, Row, Statement } from './database.ts';

const READ = 'SELECT * FROM peers';

/** Saves peers, which come as JSON: see `peerRows`. */
export function savePeersFrom(rows: string): string {
  return `
INSERT INTO peers (member, store_id, incarnation, session, enrolled, commits, checksum)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6
FROM json_each(${rows}) WHERE true
ON CONFLICT (member) DO UPDATE SET
  store_id = excluded.store_id, incarnation = excluded.incarnation, session = excluded.session,
  enrolled = excluded.enrolled,  commits = excluded.commits, checksum = excluded.checksum`;
}

/** What this store remembers of the other members' stores. */
export class PeerTable {
  readonly #write: Statement;

  private constructor(write: Statement) {
    this.#write = write;
  }

  static async prepare(database: Database): Promise<PeerTable> {
    return new PeerTable(await database.prepare(savePeersFrom('?')));
  }

  async write(records: ReadonlyMap<MemberId, PeerRecord>): Promise<void> {
    const written = await this.#write.run(peerRows(records));
    if (written !== records.size) throw new StoreFailedError(`SQLite wrote ${written} peers of ${records.size}`);
  }
}

export function peerRows(records: ReadonlyMap<MemberId, PeerRecord>): string {
  const rows = [...records].map(([member, { storeId, incarnation, session, enrolled, commits }]) => {
    const row = [member, storeId, incarnation, session, enrolled ? 1 : 0, commits];
    return [...row, peerChecksum(row)];
  });
  return JSON.stringify(rows);
}

/** @throws StoreCorruptError when any of the rows fails its checksum. */
export async function readPeers(database: Database, file: string): Promise<Map<MemberId, PeerRecord>> {
  const peers = new Map<MemberId, PeerRecord>();
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

function parse(row: Row): [MemberId, PeerRecord] | undefined {
  const { member, store_id: storeId, incarnation, session, enrolled, commits, checksum } = row;
  if (peerChecksum([member, storeId, incarnation, session, enrolled, commits]) !== checksum) return;
  if (typeof member !== 'string' || typeof storeId !== 'string' || typeof session !== 'string') return;
  if (typeof incarnation !== 'number' || typeof commits !== 'number') return;
  return [member, { storeId, incarnation, session, commits, enrolled: enrolled === 1 }];
}

function peerChecksum(row: readonly unknown[]): number {
  return checksumOf(['peer', ...row]);
}
