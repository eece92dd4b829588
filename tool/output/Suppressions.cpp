#include "tool/output/Suppressions.h"

#include "tool/config/CheckIds.h"

#include "llvm/ADT/STLExtras.h"

#include <climits>

namespace interlock {
namespace {

enum class Form { Line, NextLine, Begin, End };

struct Marker {
  Form What;
  Suppression Found;
};

/// Splits the list behind NOLINT; false where the parenthesis is not closed.
bool readGlobs(llvm::StringRef &Rest, std::vector<std::string> &Globs) {
  if (!Rest.starts_with("(")) {
    Globs = {"*"};
    return true;
  }
  size_t Close = Rest.find(')');
  if (Close == llvm::StringRef::npos)
    return false;
  Globs = splitList(Rest.slice(1, Close));
  Rest = Rest.drop_front(Close + 1);
  return true;
}

void scanLine(llvm::StringRef Line, unsigned Number,
              std::vector<Marker> &Markers) {
  for (size_t At = Line.find("NOLINT"); At != llvm::StringRef::npos;
       At = Line.find("NOLINT", At + 1)) {
    llvm::StringRef Rest = Line.drop_front(At + 6);
    Marker M;
    M.What = Rest.consume_front("NEXTLINE") ? Form::NextLine
             : Rest.consume_front("BEGIN")  ? Form::Begin
             : Rest.consume_front("END")    ? Form::End
                                            : Form::Line;
    // NOLINTX is another word.
    if (!Rest.empty() && (llvm::isAlnum(Rest.front()) || Rest.front() == '_'))
      continue;
    if (!readGlobs(Rest, M.Found.Globs))
      continue;
    M.Found.Line = Number;
    M.Found.Column = At + 1;
    M.Found.Text = Line.slice(At, Line.size() - Rest.size()).str();
    Markers.push_back(std::move(M));
  }
}

} // namespace

std::vector<Suppression> findSuppressions(llvm::StringRef Text) {
  std::vector<Suppression> Result;
  if (!Text.contains("NOLINT"))
    return Result;
  std::vector<Marker> Markers;
  unsigned Number = 0;
  for (llvm::StringRef Rest = Text; !Rest.empty();) {
    auto [Line, Tail] = Rest.split('\n');
    scanLine(Line, ++Number, Markers);
    Rest = Tail;
  }
  std::vector<Suppression> Open;
  for (Marker &M : Markers) {
    Suppression &S = M.Found;
    switch (M.What) {
    case Form::Line:
      S.First = S.Last = S.Line;
      Result.push_back(std::move(S));
      break;
    case Form::NextLine:
      S.First = S.Last = S.Line + 1;
      Result.push_back(std::move(S));
      break;
    case Form::Begin:
      S.First = S.Line;
      Open.push_back(std::move(S));
      break;
    case Form::End: {
      auto Begin =
          llvm::find_if(llvm::reverse(Open), [&](const Suppression &B) {
            return B.Globs == S.Globs;
          });
      if (Begin == Open.rend())
        break;
      Begin->Last = S.Line;
      Result.push_back(*Begin);
      Open.erase(std::next(Begin).base());
      break;
    }
    }
  }
  for (Suppression &S : Open) {
    S.Last = UINT_MAX;
    Result.push_back(std::move(S));
  }
  llvm::sort(Result, [](const Suppression &A, const Suppression &B) {
    return std::tie(A.Line, A.Column) < std::tie(B.Line, B.Column);
  });
  return Result;
}

bool hides(const Suppression &S, llvm::StringRef Check) {
  bool Hidden = false;
  std::string Full = "interlock-" + Check.str();
  for (llvm::StringRef Glob : S.Globs) {
    bool Positive = !Glob.consume_front("-");
    if (matchesGlob(Glob, Full))
      Hidden = Positive;
  }
  return Hidden;
}

void SuppressionIndex::add(llvm::StringRef File, llvm::StringRef Text) {
  auto [It, New] = Files.try_emplace(File);
  if (New)
    It->second = findSuppressions(Text);
}

void SuppressionIndex::apply(Report &R, Sources &Text) {
  for (ReportedFinding &F : R.Findings)
    if (const SourceSpan &At = F.What.At;
        suppressed(At.File, Text.text(At.File), At.Line, F.What.Check))
      F.State = Disposition::Suppressed;
}

bool SuppressionIndex::suppressed(llvm::StringRef File, llvm::StringRef Text,
                                  unsigned Line, llvm::StringRef Check) {
  add(File, Text);
  bool Hidden = false;
  for (Suppression &S : Files[File])
    if (S.First <= Line && Line <= S.Last && hides(S, Check))
      Hidden = S.Used = true;
  return Hidden;
}

std::vector<UnusedSuppression> SuppressionIndex::unused() const {
  std::vector<UnusedSuppression> Result;
  for (const auto &Entry : Files)
    for (const Suppression &S : Entry.second)
      if (!S.Used && llvm::any_of(S.Globs, [](llvm::StringRef Glob) {
            return Glob.starts_with("interlock-");
          }))
        Result.push_back({Entry.first().str(), S.Line, S.Column, S.Text});
  llvm::sort(Result,
             [](const UnusedSuppression &A, const UnusedSuppression &B) {
               return std::tie(A.File, A.Line, A.Column) <
                      std::tie(B.File, B.Line, B.Column);
             });
  return Result;
}

} // namespace interlock
