/* Preloaded: the process dies before its KILLED_AT-th call that changes what
   lies on the disk. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static void count(void) {
  static int Calls;
  const char *At = getenv("KILLED_AT");
  if (At && ++Calls == atoi(At))
    kill(getpid(), SIGKILL);
}

#define COUNTED(Type, Name, Parameters, Arguments)                             \
  Type Name Parameters {                                                       \
    Type(*Real) Parameters = (Type(*) Parameters)dlsym(RTLD_NEXT, #Name);      \
    count();                                                                   \
    return Real Arguments;                                                     \
  }

COUNTED(int, rename, (const char *From, const char *To), (From, To))
COUNTED(int, link, (const char *From, const char *To), (From, To))
COUNTED(int, unlink, (const char *Path), (Path))
COUNTED(int, fsync, (int Handle), (Handle))
COUNTED(int, fchmod, (int Handle, mode_t Mode), (Handle, Mode))
COUNTED(ssize_t, write, (int Handle, const void *From, size_t Size),
        (Handle, From, Size))
