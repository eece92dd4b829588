#pragma once

#include "llvm/ADT/STLExtras.h"

#include <utility>
#include <vector>

namespace interlock {

/// A map from indices in ascending order. States are copied and joined at every
/// block, and mostly hold a handful of entries: these lie side by side, which
/// makes a copy one allocation. Whoever keeps a reference inserts nothing
/// meanwhile.
template <class T> class ByIndex {
  using Entry = std::pair<unsigned, T>;

public:
  auto begin() { return Entries.begin(); }
  auto end() { return Entries.end(); }
  auto begin() const { return Entries.begin(); }
  auto end() const { return Entries.end(); }
  size_t size() const { return Entries.size(); }
  bool empty() const { return Entries.empty(); }
  size_t count(unsigned Index) const { return find(Index) != end(); }
  auto find(unsigned Index) const { return found(*this, Index); }
  auto find(unsigned Index) { return found(*this, Index); }

  T &operator[](unsigned Index) {
    const auto Place = place(*this, Index);
    if (Place != end() && Place->first == Index)
      return Place->second;
    return Entries.emplace(Place, Index, T())->second;
  }
  void erase(unsigned Index) {
    if (const auto Known = find(Index); Known != end())
      Entries.erase(Known);
  }
  template <class Predicate> void eraseIf(Predicate Gone) {
    llvm::erase_if(Entries, Gone);
  }

private:
  template <class Map> static auto place(Map &Self, unsigned Index) {
    return llvm::lower_bound(
        Self.Entries, Index,
        [](const Entry &E, unsigned Index) { return E.first < Index; });
  }
  template <class Map> static auto found(Map &Self, unsigned Index) {
    const auto Place = place(Self, Index);
    return Place != Self.end() && Place->first == Index ? Place : Self.end();
  }
  std::vector<Entry> Entries;
};

} // namespace interlock
