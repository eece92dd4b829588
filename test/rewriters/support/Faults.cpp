#include "support/Faults.h"

#include <cerrno>
#include <cstdarg>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using interlock::test::Fault;

struct Plan {
  Fault Kind = Fault::None;
  int At = 0;
  int Error = EIO;
  int Calls = 0;
  bool Struck = false;
};

Plan Current;

enum : int { ExitGood = 0, ExitBad = 1, ExitUntouched = 2, ExitKilled = 4 };

/// Counts a call; whether it has to fail.
bool strikes() {
  if (Current.Kind == Fault::None)
    return false;
  const int Call = Current.Calls++;
  if (Call < Current.At ||
      (Call > Current.At && Current.Kind != Fault::OnAndOn))
    return false;
  Current.Struck = true;
  if (Current.Kind == Fault::Kill)
    ::_exit(ExitKilled);
  errno = Current.Error;
  return true;
}

} // namespace

/// Passes on to the next definition of the function, or fails.
#define NEXT(Name)                                                             \
  reinterpret_cast<decltype(&::Name)>(::dlsym(RTLD_NEXT, #Name))
#define FALLIBLE(Type, Name, Parameters, Arguments, Throws)                    \
  extern "C" Type Name Parameters Throws {                                     \
    static const auto Real = NEXT(Name);                                       \
    return strikes() ? Type(-1) : Real Arguments;                              \
  }

FALLIBLE(int, rename, (const char *From, const char *To), (From, To), noexcept)
FALLIBLE(int, link, (const char *From, const char *To), (From, To), noexcept)
FALLIBLE(int, unlink, (const char *Path), (Path), noexcept)
FALLIBLE(int, fsync, (int Handle), (Handle), )
FALLIBLE(int, fchmod, (int Handle, mode_t Mode), (Handle, Mode), noexcept)
FALLIBLE(int, fchown, (int Handle, uid_t User, gid_t Group),
         (Handle, User, Group), noexcept)
FALLIBLE(int, flock, (int Handle, int What), (Handle, What), noexcept)
FALLIBLE(int, ftruncate, (int Handle, off_t Size), (Handle, Size), noexcept)
FALLIBLE(ssize_t, read, (int Handle, void *To, size_t Size),
         (Handle, To, Size), )
FALLIBLE(ssize_t, pread, (int Handle, void *To, size_t Size, off_t At),
         (Handle, To, Size, At), )

static int openFlags(int Flags, va_list Rest) {
  return Flags & O_CREAT ? va_arg(Rest, int) : 0;
}

extern "C" int open(const char *Path, int Flags, ...) {
  static const auto Real = NEXT(open);
  va_list Rest;
  va_start(Rest, Flags);
  const int Mode = openFlags(Flags, Rest);
  va_end(Rest);
  return strikes() ? -1 : Real(Path, Flags, Mode);
}

extern "C" int open64(const char *Path, int Flags, ...) {
  static const auto Real = NEXT(open);
  va_list Rest;
  va_start(Rest, Flags);
  const int Mode = openFlags(Flags, Rest);
  va_end(Rest);
  return strikes() ? -1 : Real(Path, Flags, Mode);
}

/// A handle is gone even where closing it fails.
extern "C" int close(int Handle) {
  static const auto Real = NEXT(close);
  const bool Fails = strikes();
  const int Error = errno;
  const int Result = Real(Handle);
  if (!Fails)
    return Result;
  errno = Error;
  return -1;
}

/// Half of the bytes arrive where a write fails.
extern "C" ssize_t write(int Handle, const void *From, size_t Size) {
  static const auto Real = NEXT(write);
  if (Current.Kind != Fault::None && Current.Calls == Current.At)
    (void)!Real(Handle, From, Size / 2);
  return strikes() ? -1 : Real(Handle, From, Size);
}

namespace interlock::test {

Ending runWithFault(Fault Kind, int At, int Error,
                    llvm::function_ref<bool()> Work) {
  const pid_t Child = ::fork();
  if (Child == 0) {
    Current = {Kind, At, Error, 0, false};
    const bool Good = Work();
    Current.Kind = Fault::None;
    ::_exit((Good ? ExitGood : ExitBad) |
            (Current.Struck ? 0 : int(ExitUntouched)));
  }
  int Status = 0;
  while (::waitpid(Child, &Status, 0) < 0 && errno == EINTR)
    ;
  Ending End;
  const int Code = WIFEXITED(Status) ? WEXITSTATUS(Status) : ExitKilled;
  End.Killed = Code == ExitKilled;
  End.Struck = End.Killed || !(Code & ExitUntouched);
  End.Good = !End.Killed && !(Code & ExitBad);
  return End;
}

} // namespace interlock::test
