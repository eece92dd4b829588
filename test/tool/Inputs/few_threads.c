// Preloaded: only so many threads can be started as FEW_THREADS says.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

static int Started;

int pthread_create(pthread_t *Thread, const pthread_attr_t *How,
                   void *(*Run)(void *), void *With) {
  if (__sync_add_and_fetch(&Started, 1) > atoi(getenv("FEW_THREADS")))
    return EAGAIN;
  int (*Real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) =
      dlsym(RTLD_NEXT, "pthread_create");
  return Real(Thread, How, Run, With);
}
