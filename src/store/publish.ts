import { link, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StoreExistsError, StoreLockedError } from '../contract/errors.ts';
import { exists, syncToDisk } from './files.ts';
import { LockedFile } from './lock/store-lock.ts';
import { isErrno } from './sqlite/codes.ts';

/** What a file system says that has no second names for files, or no more of them. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL', 'EXDEV'];

/**
 * Gives a finished draft its name, unless another process was faster, and puts the name on the disk.
 * @throws The system's `EEXIST`, or StoreExistsError, where it was.
 */
export async function publish(draft: string, file: string): Promise<void> {
  try {
    // Unlike a rename, it fails where the name is taken.
    await link(draft, file);
  } catch (error) {
    if (!isErrno(error) || !NO_LINKS.includes(error.code)) throw error;
    await renameAlone(draft, file);
  }
  try {
    await syncToDisk(dirname(file), 'directory');
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

/** A rename would take the place of what is there, so only who has a lock looks and renames. A crash lets the lock go. */
async function renameAlone(draft: string, file: string): Promise<void> {
  const path = `${file}.draft-lock`;
  const turn = await LockedFile.open(path, 'w');
  try {
    await turn.lock(file);
    // A lock on a file that another has taken away by now would keep nobody out.
    if (!(await turn.isStillThere())) throw tooLate(file);
    try {
      if (await exists(file)) throw tooLate(file);
      await rename(draft, file);
    } finally {
      await rm(path, { force: true });
    }
  } catch (error) {
    throw error instanceof StoreLockedError ? tooLate(file) : error;
  } finally {
    await turn.close();
  }
}

function tooLate(file: string): StoreExistsError {
  return new StoreExistsError(
    `Another process made, or is making, the store ${file} at this moment. It was left as it is: start the member on it, or give another directory.`,
  );
}
