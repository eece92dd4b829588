/* Preloaded: whoever puts a source in its place is told to end. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <string.h>

int rename(const char *from, const char *to) {
  int (*real)(const char *, const char *) =
      (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
  const char *end = strrchr(to, '.');
  if (end && strcmp(end, ".cpp") == 0) {
    signal(SIGTERM, SIG_DFL);
    raise(SIGTERM);
  }
  return real(from, to);
}
