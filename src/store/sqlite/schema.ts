import { StoreCorruptError, StoreVersionError } from '../../contract/errors.ts';
import type { Database } from './database.ts';

/** `STEL`: tells a stele store from any other SQLite file. */
const APPLICATION_ID = 0x5354454c;
/** Raised by one with every change of the tables. */
const SCHEMA_VERSION = 3;

/**
 * Compared with what the file says, to the letter. Each checksum is over all other columns of its row; a block of the
 * journal has its own in it, over its id as well. `noted` is the commit up to which a peer's row has what blocks noted of it.
 */
const TABLES = [
  `CREATE TABLE identity (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  cluster TEXT NOT NULL,
  member TEXT NOT NULL,
  members TEXT NOT NULL,
  store_id TEXT NOT NULL,
  incarnation INTEGER NOT NULL,
  commits INTEGER NOT NULL,
  enrolled INTEGER NOT NULL,
  checksum INTEGER NOT NULL
) STRICT`,
  `CREATE TABLE journal (
  id INTEGER PRIMARY KEY,
  block BLOB NOT NULL
) STRICT`,
  `CREATE TABLE peers (
  member TEXT NOT NULL PRIMARY KEY,
  store_id TEXT NOT NULL,
  incarnation INTEGER NOT NULL,
  session TEXT NOT NULL,
  enrolled INTEGER NOT NULL,
  commits INTEGER NOT NULL,
  noted INTEGER NOT NULL,
  checksum INTEGER NOT NULL
) STRICT, WITHOUT ROWID`,
];

/** Makes the tables of an empty database. To be called within a transaction. */
export async function createSchema(database: Database): Promise<void> {
  for (const table of TABLES) await database.exec(table);
  await database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`);
}

/**
 * @throws StoreCorruptError for a file that is not a stele store, or whose tables are not as they were made.
 * @throws StoreVersionError for one that a later stele made, or one from before the first release.
 */
export async function checkSchema(database: Database, file: string): Promise<void> {
  const applicationId = await headerNumber(database, 'application_id');
  if (applicationId !== APPLICATION_ID) {
    throw new StoreCorruptError(
      `${file} is an SQLite file, but not a stele store. Nothing was changed in it. Give the directory that "stele init" made for this member.`,
    );
  }
  const version = await headerNumber(database, 'user_version');
  if (version > SCHEMA_VERSION) {
    throw new StoreVersionError(
      `${file} was written by a later version of stele (schema ${version}; this one knows up to ${SCHEMA_VERSION}). Nothing was changed in it. Start the member with that later version.`,
    );
  }
  if (version > 0 && version < SCHEMA_VERSION) {
    throw new StoreVersionError(
      `${file} was written by an earlier version of stele, before its first release (schema ${version}; this one knows ${SCHEMA_VERSION}). Nothing was changed in it. Read it with the version that wrote it, and make new stores for all members with "stele init".`,
    );
  }
  const found = await database.all(
    "SELECT sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
  );
  if (version !== SCHEMA_VERSION || found.length !== TABLES.length || found.some(({ sql }, at) => sql !== TABLES[at])) {
    throw new StoreCorruptError(
      `The tables of ${file} are not those of a stele store of schema ${SCHEMA_VERSION}: something else changed the file. The member does not start on it; keep it stopped while the others serve, and find out what wrote to the file.`,
    );
  }
}

async function headerNumber(database: Database, name: 'application_id' | 'user_version'): Promise<number> {
  return Number((await database.all(`PRAGMA ${name}`))[0]?.[name]);
}
