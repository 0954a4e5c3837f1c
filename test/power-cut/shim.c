/*
 * Records what a process does to the files below one directory, in the order in which it does it. Preloaded into the
 * process (LD_PRELOAD): it stands between SQLite, Node and the C library. STELE_RECORD_BELOW names the directory,
 * STELE_RECORD the file that takes the record. One lock is held over each call and its record, so the order is exact.
 *
 * Nothing is synced in truth: what would be on the disk after a power cut is worked out from the record.
 *
 * A record: the kind (1 byte), inode, offset (8 each), lengths of two paths and of the data (4 each), and those three.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES_MAX 4096
#define REAL(name) ((__typeof__(&name))real(#name))

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *paths[FILES_MAX];
static const char *below;
static int record = -1;
static ssize_t (*real_writev)(int, const struct iovec *, int);

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void start(void) {
  const char *to = getenv("STELE_RECORD");
  below = getenv("STELE_RECORD_BELOW");
  if (to == NULL || below == NULL) return;
  real_writev = REAL(writev);
  record = REAL(open64)(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int is_watched(const char *path) {
  return record != -1 && path != NULL && strncmp(path, below, strlen(below)) == 0;
}

static const char *path_of(int fd) { return fd >= 0 && fd < FILES_MAX ? paths[fd] : NULL; }

static void fail(const char *what) {
  fprintf(stderr, "the recording shim cannot record %s\n", what);
  abort();
}

static void note(char kind, uint64_t inode, uint64_t offset, const char *a, const char *b, const void *data, uint32_t bytes) {
  uint32_t lengths[3] = {a ? strlen(a) : 0, b ? strlen(b) : 0, bytes};
  struct iovec parts[7] = {{&kind, 1}, {&inode, 8}, {&offset, 8}, {lengths, 12}, {(void *)a, lengths[0]}, {(void *)b, lengths[1]}, {(void *)data, bytes}};
  ssize_t all = 29 + (ssize_t)lengths[0] + lengths[1] + bytes;
  if (real_writev(record, parts, 7) != all) fail("any more: its file takes no more");
}

static uint64_t inode_of(int fd) {
  struct stat64 about;
  if (fstat64(fd, &about) != 0) fail("a file without an inode");
  return about.st_ino;
}

static int open_and_note(const char *path, int flags, mode_t mode) {
  pthread_mutex_lock(&lock);
  int is_new = is_watched(path) && access(path, F_OK) != 0;
  int fd = REAL(open64)(path, flags, mode);
  if (!is_watched(path)) {
    if (path_of(fd) != NULL) fail("a file that was closed in another way");
    pthread_mutex_unlock(&lock);
    return fd;
  }
  if (fd >= FILES_MAX) fail("so many open files");
  if (fd >= 0) {
    free(paths[fd]);
    paths[fd] = strdup(path);
    if (is_new) note('c', inode_of(fd), 0, path, NULL, NULL, 0);
    else if (flags & O_TRUNC) note('t', inode_of(fd), 0, path, NULL, NULL, 0);
  }
  pthread_mutex_unlock(&lock);
  return fd;
}

int open64(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(more, mode_t) : 0;
  va_end(more);
  return open_and_note(path, flags, mode);
}

int open(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(more, mode_t) : 0;
  va_end(more);
  return open_and_note(path, flags, mode);
}

int close(int fd) {
  if (path_of(fd) == NULL) return REAL(close)(fd);
  pthread_mutex_lock(&lock);
  free(paths[fd]);
  paths[fd] = NULL;
  int result = REAL(close)(fd);
  pthread_mutex_unlock(&lock);
  return result;
}

/* How libuv closes files. */
long syscall(long number, ...) {
  va_list more;
  va_start(more, number);
  long a = va_arg(more, long), b = va_arg(more, long), c = va_arg(more, long);
  long d = va_arg(more, long), e = va_arg(more, long), f = va_arg(more, long);
  va_end(more);
  return number == SYS_close ? close(a) : REAL(syscall)(number, a, b, c, d, e, f);
}

ssize_t pwrite64(int fd, const void *data, size_t bytes, off64_t at) {
  if (path_of(fd) == NULL) return REAL(pwrite64)(fd, data, bytes, at);
  pthread_mutex_lock(&lock);
  ssize_t done = REAL(pwrite64)(fd, data, bytes, at);
  if (done > 0) note('w', inode_of(fd), at, path_of(fd), NULL, data, done);
  pthread_mutex_unlock(&lock);
  return done;
}

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t at) { return pwrite64(fd, data, bytes, at); }

ssize_t write(int fd, const void *data, size_t bytes) {
  if (path_of(fd) == NULL) return REAL(write)(fd, data, bytes);
  pthread_mutex_lock(&lock);
  ssize_t done = REAL(write)(fd, data, bytes);
  if (done > 0) note('w', inode_of(fd), lseek64(fd, 0, SEEK_CUR) - done, path_of(fd), NULL, data, done);
  pthread_mutex_unlock(&lock);
  return done;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  if (path_of(fd) != NULL) fail("writev");
  return REAL(writev)(fd, parts, count);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) {
  if (path_of(fd) != NULL) fail("pwritev");
  return REAL(pwritev64)(fd, parts, count, at);
}

int ftruncate64(int fd, off64_t bytes) {
  if (path_of(fd) == NULL) return REAL(ftruncate64)(fd, bytes);
  pthread_mutex_lock(&lock);
  int result = REAL(ftruncate64)(fd, bytes);
  if (result == 0) note('t', inode_of(fd), bytes, path_of(fd), NULL, NULL, 0);
  pthread_mutex_unlock(&lock);
  return result;
}

int ftruncate(int fd, off_t bytes) { return ftruncate64(fd, bytes); }

int fsync(int fd) {
  if (path_of(fd) == NULL) return REAL(fsync)(fd);
  struct stat64 about;
  pthread_mutex_lock(&lock);
  if (fstat64(fd, &about) != 0) fail("a file without an inode");
  note(S_ISDIR(about.st_mode) ? 'd' : 's', about.st_ino, 0, path_of(fd), NULL, NULL, 0);
  pthread_mutex_unlock(&lock);
  return 0;
}

int fdatasync(int fd) { return path_of(fd) == NULL ? REAL(fdatasync)(fd) : fsync(fd); }

/* A call that changes names, which fails or is noted. */
#define NAMES(kind, watched, call, a, b)            \
  if (!is_watched(watched)) return call;            \
  pthread_mutex_lock(&lock);                        \
  int result = call;                                \
  if (result == 0) note(kind, 0, 0, a, b, NULL, 0); \
  pthread_mutex_unlock(&lock);                      \
  return result;

int unlink(const char *path) { NAMES('u', path, REAL(unlink)(path), path, NULL) }
int rmdir(const char *path) { NAMES('u', path, REAL(rmdir)(path), path, NULL) }
int mkdir(const char *path, mode_t mode) { NAMES('m', path, REAL(mkdir)(path, mode), path, NULL) }
int rename(const char *from, const char *to) { NAMES('r', to, REAL(rename)(from, to), from, to) }
int link(const char *from, const char *to) { NAMES('l', to, REAL(link)(from, to), from, to) }
