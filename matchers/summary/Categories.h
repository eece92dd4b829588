#pragma once

#include "matchers/base/Options.h"
#include "matchers/facts/Facts.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Regex.h"

namespace interlock {

/// The categories of guarded state, and which of them a member belongs to by
/// its name, its record and its type.
class Categories {
public:
  /// The built-in ones, then the user's, which go first.
  explicit Categories(const Options &Opts);

  /// Empty where nothing names the member.
  std::string of(const FieldInfo &Info) const;
  /// What the name of a number suggests that it is, by those words of the
  /// vocabulary that may as well mean something else.
  std::string suggestedBy(const FieldInfo &Info) const;
  bool keyed(llvm::StringRef Category) const { return Keyed.count(Category); }
  bool own(llvm::StringRef Category) const { return Own.count(Category); }

private:
  /// Patterns of one kind as one expression, and what it said of names: many
  /// classes call their members the same.
  class Patterns {
  public:
    explicit Patterns(const std::vector<std::string> &Each);
    bool match(llvm::StringRef Text) const;

  private:
    llvm::Regex Any;
    bool None;
    mutable llvm::StringMap<bool> Known;
  };
  struct Category {
    explicit Category(const CategoryOption &From);
    std::string Name;
    Patterns Members, Qualified, Words, Types, Numbers;
  };

  std::vector<Category> Each; ///< the more specific ones first
  llvm::StringSet<> Keyed, Own;
};

} // namespace interlock
