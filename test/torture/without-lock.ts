import { createRequire } from 'node:module';

/* A mistake, planted into a process: it takes every lock of the store for its own. Only SQLite's are left. */
const locks = createRequire(import.meta.url)('fs-native-extensions') as { tryLock: unknown };
locks.tryLock = () => true;
