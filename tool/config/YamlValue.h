#pragma once

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <string>
#include <vector>

/// config/ turns `.interlock.yaml` and flags into options. One description of
/// the options (Schema.h) serves the reader, `--dump-config`, the reference
/// page and the JSON schema.
namespace interlock {

/// A place in a configuration file, for messages; counts from 1.
struct YamlPlace {
  unsigned Line = 0;
  unsigned Column = 0;
};

/// A YAML node as a value: LLVM's parser reads a stream once, in order, which
/// is no way to look keys up.
struct YamlValue {
  enum class Kind { Null, Scalar, Sequence, Mapping };
  struct Entry;

  Kind What = Kind::Null;
  YamlPlace At;
  std::string Text;             ///< scalar
  std::vector<YamlValue> Items; ///< sequence
  std::vector<Entry> Entries;   ///< mapping, in the order of the file
};

struct YamlValue::Entry {
  std::string Key;
  YamlPlace At;
  YamlValue Value;
};

/// Something that is wrong with a configuration.
struct ConfigProblem {
  std::string File;
  YamlPlace At;
  std::string Message;
  /// `file:line:column: error: message`
  std::string str() const;
};

/// Parses one YAML document; reports syntax errors, a second document and
/// nesting that is deeper than any configuration needs.
YamlValue parseYaml(llvm::StringRef File, llvm::StringRef Text,
                    std::vector<ConfigProblem> &Problems);

} // namespace interlock
