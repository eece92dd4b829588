#include "tool/output/Patch.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <fmt/format.h>
#include <vector>

namespace interlock {
namespace {

using Lines = std::vector<llvm::StringRef>;

/// One line of the script: ' ' kept, '-' removed, '+' added.
struct Change {
  char Sign;
  llvm::StringRef Line;
};

/// Lines with their ends, so that CRLF and a missing last newline survive.
Lines splitLines(llvm::StringRef Text) {
  Lines Result;
  while (!Text.empty()) {
    size_t End = std::min(Text.find('\n'), Text.size() - 1) + 1;
    Result.push_back(Text.take_front(End));
    Text = Text.drop_front(End);
  }
  return Result;
}

/// Shortest edit script by Myers' greedy algorithm over what differs between
/// the common head and tail. Repairs insert few lines, so it is fast; a
/// script beyond `Limit` edits is written as one block, valid if not shortest.
void shortestScript(llvm::ArrayRef<llvm::StringRef> A,
                    llvm::ArrayRef<llvm::StringRef> B,
                    std::vector<Change> &Script) {
  constexpr int Limit = 4000;
  const int N = static_cast<int>(A.size()), M = static_cast<int>(B.size());
  const int Max = std::min(N + M, Limit);
  std::vector<std::vector<int>> Trace;
  std::vector<int> Furthest(2 * Max + 3, 0);
  const int Zero = Max + 1;
  int Edits = -1;
  for (int D = 0; D <= Max && Edits < 0; ++D) {
    Trace.push_back(Furthest);
    for (int K = -D; K <= D; K += 2) {
      int X =
          K == -D || (K != D && Furthest[Zero + K - 1] < Furthest[Zero + K + 1])
              ? Furthest[Zero + K + 1]
              : Furthest[Zero + K - 1] + 1;
      int Y = X - K;
      while (X < N && Y < M && A[X] == B[Y])
        ++X, ++Y;
      Furthest[Zero + K] = X;
      if (X >= N && Y >= M) {
        Edits = D;
        break;
      }
    }
  }
  if (Edits < 0) {
    for (llvm::StringRef Line : A)
      Script.push_back({'-', Line});
    for (llvm::StringRef Line : B)
      Script.push_back({'+', Line});
    return;
  }
  std::vector<Change> Backwards;
  int X = N, Y = M;
  for (int D = Edits; D > 0; --D) {
    const std::vector<int> &V = Trace[D];
    int K = X - Y;
    bool Down = K == -D || (K != D && V[Zero + K - 1] < V[Zero + K + 1]);
    int PreviousK = Down ? K + 1 : K - 1;
    int PreviousX = V[Zero + PreviousK], PreviousY = PreviousX - PreviousK;
    while (X > PreviousX && Y > PreviousY && X > 0 && Y > 0 &&
           A[X - 1] == B[Y - 1]) {
      Backwards.push_back({' ', A[X - 1]});
      --X, --Y;
    }
    if (Down)
      Backwards.push_back({'+', B[--Y]});
    else
      Backwards.push_back({'-', A[--X]});
  }
  while (X > 0 && Y > 0) {
    Backwards.push_back({' ', A[X - 1]});
    --X, --Y;
  }
  Script.insert(Script.end(), Backwards.rbegin(), Backwards.rend());
}

std::vector<Change> script(const Lines &A, const Lines &B) {
  size_t Head = 0;
  while (Head < A.size() && Head < B.size() && A[Head] == B[Head])
    ++Head;
  size_t Tail = 0;
  while (Tail < A.size() - Head && Tail < B.size() - Head &&
         A[A.size() - 1 - Tail] == B[B.size() - 1 - Tail])
    ++Tail;
  std::vector<Change> Script;
  Script.reserve(A.size());
  for (size_t I = 0; I < Head; ++I)
    Script.push_back({' ', A[I]});
  llvm::ArrayRef<llvm::StringRef> From(A), To(B);
  shortestScript(From.slice(Head, A.size() - Head - Tail),
                 To.slice(Head, B.size() - Head - Tail), Script);
  for (size_t I = A.size() - Tail; I < A.size(); ++I)
    Script.push_back({' ', A[I]});
  return Script;
}

std::string quotedPath(llvm::StringRef Prefix, llvm::StringRef Path) {
  const auto IsOdd = [](char C) {
    return !llvm::isPrint(C) || C == '"' || C == '\\';
  };
  // A tab ends a name with blanks, which `patch` takes for its end otherwise.
  if (llvm::none_of(Path, IsOdd))
    return (Prefix + Path + (Path.contains(' ') ? "\t" : "")).str();
  std::string Out = "\"" + Prefix.str();
  for (const char C : Path)
    Out += IsOdd(C) ? fmt::format("\\{:03o}", static_cast<unsigned char>(C))
                    : std::string(1, C);
  return Out + "\"";
}

/// `12,3` of a hunk's head; a range without lines names the line before it.
std::string range(size_t Start, size_t Count) {
  if (Count == 1)
    return std::to_string(Start + 1);
  return fmt::format("{},{}", Count ? Start + 1 : Start, Count);
}

} // namespace

std::string unifiedDiff(llvm::StringRef Path, llvm::StringRef Before,
                        llvm::StringRef After) {
  if (Before == After)
    return {};
  constexpr size_t Context = 3;
  const Lines A = splitLines(Before), B = splitLines(After);
  const std::vector<Change> Script = script(A, B);
  std::string Out = fmt::format("--- {}\n+++ {}\n", quotedPath("a/", Path),
                                quotedPath("b/", Path));
  size_t LineA = 0, LineB = 0, I = 0;
  while (I < Script.size()) {
    if (Script[I].Sign == ' ') {
      ++LineA, ++LineB, ++I;
      continue;
    }
    // Up to where more than twice the context is unchanged.
    size_t Begin = I - std::min(I, Context), End = I;
    while (Begin < I && Script[Begin].Sign != ' ')
      ++Begin;
    for (size_t J = I, Same = 0; J < Script.size() && Same <= 2 * Context;
         ++J) {
      Same = Script[J].Sign == ' ' ? Same + 1 : 0;
      if (!Same)
        End = J + 1;
    }
    End = std::min(End + Context, Script.size());
    size_t StartA = LineA - (I - Begin), StartB = LineB - (I - Begin);
    size_t CountA = 0, CountB = 0;
    std::string Body;
    for (size_t J = Begin; J < End; ++J) {
      CountA += Script[J].Sign != '+';
      CountB += Script[J].Sign != '-';
      Body += Script[J].Sign + Script[J].Line.str();
      if (!Script[J].Line.ends_with("\n"))
        Body += "\n\\ No newline at end of file\n";
    }
    Out += fmt::format("@@ -{} +{} @@\n", range(StartA, CountA),
                       range(StartB, CountB)) +
           Body;
    LineA = StartA + CountA;
    LineB = StartB + CountB;
    I = End;
  }
  return Out;
}

} // namespace interlock
