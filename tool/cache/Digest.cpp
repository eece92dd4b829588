#include "tool/cache/Digest.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/xxhash.h"

namespace fs = llvm::sys::fs;

namespace interlock {

Hasher &Hasher::add(llvm::StringRef Text) {
  const std::uint64_t Size = Text.size();
  std::array<std::uint8_t, 8> Bytes;
  for (unsigned I = 0; I < 8; ++I)
    Bytes[I] = static_cast<std::uint8_t>(Size >> (8 * I));
  State.update(Bytes);
  State.update(Text);
  return *this;
}

Hasher &Hasher::add(const std::vector<std::string> &Texts) {
  add(std::to_string(Texts.size()));
  for (const std::string &Text : Texts)
    add(Text);
  return *this;
}

Digest Hasher::finish() {
  return llvm::toHex(State.final<16>(), /*LowerCase=*/true);
}

Digest digestOf(llvm::StringRef Text) { return Hasher().add(Text).finish(); }

const Digest &toolIdentity() {
  static const Digest Identity = [] {
    static int Here = 0;
    const std::string Program = fs::getMainExecutable("interlock", &Here);
    const auto Buffer = llvm::MemoryBuffer::getFile(Program);
    // Not a digest that must resist an attacker, so the fast one will do.
    return Hasher()
        .add(LLVM_VERSION_STRING)
        .add(Buffer ? std::to_string(llvm::xxh3_64bits((*Buffer)->getBuffer()))
                    : Program)
        .finish();
  }();
  return Identity;
}

static FileDigests::Entry read(llvm::StringRef File) {
  fs::file_status Status;
  if (fs::status(File, Status))
    return {"absent", {}};
  if (!fs::is_regular_file(Status)) // which may have become a pipe
    return {fs::is_directory(Status) ? "folder" : "no file", {}};
  const auto Buffer = llvm::MemoryBuffer::getFile(
      File, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!Buffer)
    return {"unreadable", Status.getLastModificationTime()};
  return {digestOf((*Buffer)->getBuffer()), Status.getLastModificationTime()};
}

FileDigests::Entry FileDigests::of(llvm::StringRef File) {
  Part &P = Parts[llvm::xxh3_64bits(File) % Parts.size()];
  {
    std::lock_guard<std::mutex> Held(P.Lock);
    const auto Found = P.Known.find(File);
    if (Found != P.Known.end())
      return Found->second;
  }
  Entry New = read(File);
  std::lock_guard<std::mutex> Held(P.Lock);
  return P.Known.try_emplace(File, std::move(New)).first->second;
}

} // namespace interlock
