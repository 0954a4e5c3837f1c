import { join } from 'node:path';
import { Database } from '../../../src/store/sqlite/database.ts';

/** Has the store open as stele did before there was a lock of its own, says so with a line, and keeps it open. */
const [, , dataDir = ''] = process.argv;
const database = await Database.open(join(dataDir, 'stele.sqlite'), 'existing');
await database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; BEGIN EXCLUSIVE; COMMIT');
await database.exec('CREATE TABLE note (text TEXT); DROP TABLE note');
console.log('open');
process.stdin.resume();
