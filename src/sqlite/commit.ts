import type { MemberId } from '../protocol/ballot.ts';
import type { PeerRecord } from '../protocol/membership.ts';
import type { Database, Statement } from './database.ts';
import { checksumOfIdentity, type IdentityRow } from './identity.ts';
import { peerRows, savePeersFrom } from './peers.ts';
import { parametersOf, partsOf, saveRegistersFrom } from './registers.ts';
import type { EncodedRow } from './rows.ts';

/**
 * What one commit writes, in one statement, through a view that exists for this connection alone. A statement is atomic by
 * itself, so it needs no transaction around it: one hand-over to SQLite's thread and back, in place of five.
 */
const VIEW = `
CREATE TEMP VIEW batch (registers, registers_values, commits, registers_count, identity_checksum, peers)
AS SELECT NULL, NULL, NULL, NULL, NULL, NULL`;

const TRIGGER = `
CREATE TEMP TRIGGER save_batch INSTEAD OF INSERT ON batch BEGIN
  ${saveRegistersFrom('NEW.registers', 'NEW.registers_values')};
  UPDATE identity SET commits = NEW.commits, registers = NEW.registers_count, checksum = NEW.identity_checksum;
  ${savePeersFrom('NEW.peers')};
END`;

const SAVE = 'INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?)';

/** Saves a batch of registers along with the counters and what was noted of peers: all of it or nothing. */
export class CommitStatement {
  readonly #save: Statement;
  readonly #begin: Statement;
  readonly #commit: Statement;

  private constructor(save: Statement, begin: Statement, commit: Statement) {
    this.#save = save;
    this.#begin = begin;
    this.#commit = commit;
  }

  static async prepare(database: Database): Promise<CommitStatement> {
    await database.exec(VIEW);
    await database.exec(TRIGGER);
    return new CommitStatement(
      await database.prepare(SAVE),
      await database.prepare('BEGIN IMMEDIATE'),
      await database.prepare('COMMIT'),
    );
  }

  /** Resolves once it is on the disk. Where a name comes twice, the later row stands. */
  async run(
    rows: readonly EncodedRow[],
    identity: IdentityRow,
    peers: ReadonlyMap<MemberId, PeerRecord>,
  ): Promise<void> {
    const rest = [identity.commits, identity.registers, checksumOfIdentity(identity), peerRows(peers)];
    const [only = [], ...more] = partsOf(rows);
    if (more.length === 0) {
      await this.#save.run(...parametersOf(only), ...rest);
      return;
    }
    await this.#begin.run();
    for (const part of [only, ...more]) await this.#save.run(...parametersOf(part), ...rest);
    await this.#commit.run();
  }
}
