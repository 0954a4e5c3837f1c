import { openStore } from '../../../src/store/open.ts';

/** Opens the store in the directory that it is given, and prints what came of it as JSON. */
const [, , dataDir = ''] = process.argv;
try {
  const store = await openStore({ dataDir });
  await store.close();
  console.log(JSON.stringify({ code: 'opened', incarnation: store.identity.incarnation }));
} catch (error) {
  const code = error instanceof Error && 'code' in error ? error.code : 'other';
  console.log(JSON.stringify({ code, message: String(error) }));
}
