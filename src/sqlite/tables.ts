import { CommitStatement } from './commit.ts';
import type { Database } from './database.ts';
import { IdentityTable } from './identity.ts';
import { PeerTable } from './peers.ts';
import { RegisterTable } from './registers.ts';

/** Every statement that a store runs while it is open, prepared once. */
export interface Tables {
  readonly commit: CommitStatement;
  readonly identity: IdentityTable;
  readonly peers: PeerTable;
  readonly registers: RegisterTable;
}

export async function prepareTables(database: Database): Promise<Tables> {
  return {
    commit: await CommitStatement.prepare(database),
    identity: await IdentityTable.prepare(database),
    peers: await PeerTable.prepare(database),
    registers: await RegisterTable.prepare(database),
  };
}
