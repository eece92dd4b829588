#pragma once

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace clang {
class LangOptions;
}

namespace interlock {

/// The language of texts that are read token by token.
const clang::LangOptions &rawLanguage();

/// What a file says to the preprocessor that matters for shared prefixes, in
/// the order of the text.
struct ShapeEvent {
  enum class Kind : unsigned char {
    Include,
    Macro,  ///< a name is defined or undefined
    Unclear ///< an include whose name only the preprocessor knows
  };
  Kind What;
  std::string Name;
  bool Angled = false;  ///< Include: <name>
  bool Certain = false; ///< Include: under no condition and in no braces
};

/// Reads files without preprocessing them; each once. Safe to call from
/// several threads.
class SourceShapes {
public:
  struct Shape {
    std::unique_ptr<llvm::MemoryBuffer> Text; ///< null: cannot be read
    std::vector<ShapeEvent> Events;
  };
  const Shape &of(llvm::StringRef File);

private:
  std::mutex Lock;
  llvm::StringMap<std::unique_ptr<Shape>> Known;
};

} // namespace interlock
