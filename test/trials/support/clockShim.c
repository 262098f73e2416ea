/*
 * A wall clock that is wrong by as many seconds as a file says that is shared with the test. Monotonic clocks are left
 * alone, as the system leaves them. Loaded before the C library (LD_PRELOAD).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *offset_seconds;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("CLOCK_CONTROL");
  int file = path ? open(path, O_RDWR) : -1;
  if (file < 0) return;
  void *shared = mmap(NULL, sizeof *offset_seconds, PROT_READ, MAP_SHARED, file, 0);
  if (shared != MAP_FAILED) offset_seconds = shared;
  close(file);
}

static int64_t offset(void) {
  return offset_seconds ? *offset_seconds : 0;
}

#define NEXT(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))

int clock_gettime(clockid_t clock, struct timespec *now) {
  static typeof(&clock_gettime) next;
  if (!next) next = NEXT(clock_gettime);
  int result = next(clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += offset();
  return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  static typeof(&gettimeofday) next;
  if (!next) next = NEXT(gettimeofday);
  int result = next(now, zone);
  if (result == 0) now->tv_sec += offset();
  return result;
}

time_t time(time_t *now) {
  struct timespec seen;
  if (clock_gettime(CLOCK_REALTIME, &seen) != 0) return -1;
  if (now) *now = seen.tv_sec;
  return seen.tv_sec;
}
