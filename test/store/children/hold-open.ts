import { openStore } from '../../../src/store/open.ts';

/** Opens the store in the directory that it is given, says so with a line, and keeps it open until it is killed. */
const [, , dataDir = ''] = process.argv;
await openStore({ dataDir });
console.log('open');
process.stdin.resume();
