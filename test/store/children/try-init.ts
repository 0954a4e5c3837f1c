import { initStore } from '../../../src/store/init.ts';

/** Makes a store in the directory that it is given, and prints what came of it as JSON. */
const [, , dataDir = ''] = process.argv;
try {
  await initStore({ dataDir, member: 'n1', members: ['n1', 'n2', 'n3'] });
  console.log(JSON.stringify({ code: 'made' }));
} catch (error) {
  const code = error instanceof Error && 'code' in error ? error.code : 'other';
  console.log(JSON.stringify({ code, message: String(error) }));
}
