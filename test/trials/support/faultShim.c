/*
 * A disk that fails: writing calls on paths that contain a text fail with an error, as a file that is shared with the
 * test says. Loaded before the C library (LD_PRELOAD).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

/* 256 bytes, as test/trials/support/faults.ts writes them */
static volatile struct control {
  int error; /* 0: all is well */
  int hits;
  char part[248];
} *control;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("FAULT_CONTROL");
  int file = path ? open(path, O_RDWR) : -1;
  if (file < 0) return;
  void *shared = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (shared != MAP_FAILED) control = shared;
  close(file);
}

static int fails(const char *path) {
  if (!control || control->error == 0 || !path || !strstr(path, (const char *)control->part)) return 0;
  __sync_fetch_and_add((int *)&control->hits, 1);
  errno = control->error;
  return 1;
}

static int fails_on(int file) {
  char link[32], path[4096];
  if (!control || control->error == 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return fails(path);
}

#define NEXT(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))
#define ON_FILE(result, name, parameters, arguments)          \
  result name parameters {                                    \
    static typeof(&name) next;                                \
    if (!next) next = NEXT(name);                             \
    return fails_on(file) ? -1 : next arguments;              \
  }
#define ON_PATH(name, parameters, arguments)                  \
  int name parameters {                                       \
    static typeof(&name) next;                                \
    if (!next) next = NEXT(name);                             \
    return fails(path) ? -1 : next arguments;                 \
  }

ON_FILE(ssize_t, write, (int file, const void *data, size_t size), (file, data, size))
ON_FILE(ssize_t, pwrite, (int file, const void *data, size_t size, off_t at), (file, data, size, at))
ON_FILE(ssize_t, pwrite64, (int file, const void *data, size_t size, off64_t at), (file, data, size, at))
ON_FILE(ssize_t, writev, (int file, const struct iovec *parts, int count), (file, parts, count))
ON_FILE(ssize_t, pwritev, (int file, const struct iovec *parts, int count, off_t at), (file, parts, count, at))
ON_FILE(ssize_t, pwritev64, (int file, const struct iovec *parts, int count, off64_t at), (file, parts, count, at))
ON_FILE(int, fsync, (int file), (file))
ON_FILE(int, fdatasync, (int file), (file))
ON_FILE(int, ftruncate, (int file, off_t size), (file, size))
ON_FILE(int, ftruncate64, (int file, off64_t size), (file, size))
ON_PATH(rename, (const char *from, const char *path), (from, path))
ON_PATH(mkdir, (const char *path, mode_t mode), (path, mode))
ON_PATH(link, (const char *from, const char *path), (from, path))

#define OPENING(name)                                                          \
  int name(const char *path, int flags, ...) {                                 \
    static typeof(&name) next;                                                 \
    if (!next) next = NEXT(name);                                              \
    mode_t mode = 0;                                                           \
    if (flags & (O_CREAT | O_TMPFILE)) {                                       \
      va_list rest;                                                            \
      va_start(rest, flags);                                                   \
      mode = va_arg(rest, mode_t);                                             \
      va_end(rest);                                                            \
    }                                                                          \
    if ((flags & (O_WRONLY | O_RDWR | O_CREAT)) && fails(path)) return -1;     \
    return next(path, flags, mode);                                            \
  }

OPENING(open)
OPENING(open64)
