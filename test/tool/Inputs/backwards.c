// A clock that runs backwards, and once jumps far: preloaded.
#define _GNU_SOURCE
#include <sys/time.h>
#include <time.h>

static long Now = 2000000000;

int clock_gettime(clockid_t Which, struct timespec *Time) {
  (void)Which;
  Time->tv_sec = __atomic_fetch_sub(&Now, 7, __ATOMIC_RELAXED);
  if (Time->tv_sec % 5 == 0)
    Time->tv_sec -= 1000000000;
  Time->tv_nsec = 999999999;
  return 0;
}

time_t time(time_t *Time) {
  struct timespec Now;
  clock_gettime(CLOCK_REALTIME, &Now);
  if (Time)
    *Time = Now.tv_sec;
  return Now.tv_sec;
}

int gettimeofday(struct timeval *Time, void *Zone) {
  (void)Zone;
  Time->tv_sec = time(0);
  Time->tv_usec = 0;
  return 0;
}
