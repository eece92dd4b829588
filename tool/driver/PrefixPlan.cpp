#include "tool/driver/PrefixPlan.h"

#include "llvm/ADT/STLExtras.h"

#include <map>

namespace interlock {
namespace {

// Relative to the cost of parsing a header in a unit: what a unit saves by
// reading it from a prefix, and what making the prefix costs.
constexpr double Saved = 0.85, Made = 1.3;
/// Below this many bytes a prefix is not worth its file.
constexpr std::uint64_t Least = 100'000;
/// Distinct sets of headers that are compared with each other; the cost grows
/// with the square.
constexpr size_t MaxSets = 200;

struct Cluster {
  PrefixGroup Group;
  std::uint64_t Weight = 0;

  /// Bytes that need not be parsed.
  double gain() const {
    return Weight < Least || Group.Units.size() < 2
               ? 0
               : (Saved * double(Group.Units.size()) - Made) * double(Weight);
  }
};

class Planner {
public:
  explicit Planner(
      llvm::function_ref<std::uint64_t(const std::vector<std::string> &)>
          Weight)
      : Weight(Weight) {}

  std::vector<PrefixGroup>
  plan(llvm::ArrayRef<std::vector<std::string>> Includes) {
    start(Includes);
    while (mergeBest())
      ;
    std::vector<PrefixGroup> Result;
    for (Cluster &C : Clusters)
      if (C.gain() > 0)
        Result.push_back(std::move(C.Group));
    return Result;
  }

private:
  void start(llvm::ArrayRef<std::vector<std::string>> Includes) {
    std::map<std::vector<std::string>, size_t> Sets; ///< sorted, to cluster
    for (size_t Unit = 0; Unit < Includes.size(); ++Unit) {
      if (Includes[Unit].empty())
        continue;
      std::vector<std::string> Sorted = Includes[Unit];
      llvm::sort(Sorted);
      const auto [Entry, New] = Sets.try_emplace(Sorted, Clusters.size());
      if (New && Clusters.size() == MaxSets) {
        Sets.erase(Entry);
        continue;
      }
      if (New)
        Clusters.push_back({{Includes[Unit], {}}, Weight(Includes[Unit])});
      Clusters[Entry->second].Group.Units.push_back(Unit);
    }
    for (size_t A = 0; A < Clusters.size(); ++A)
      for (size_t B = 0; B < A; ++B)
        consider(A, B);
  }

  /// What two clusters have in common, in the order of the first.
  Cluster joined(const Cluster &A, const Cluster &B) {
    Cluster Result;
    for (const std::string &Header : A.Group.Headers)
      if (llvm::is_contained(B.Group.Headers, Header))
        Result.Group.Headers.push_back(Header);
    Result.Weight = Weight(Result.Group.Headers);
    Result.Group.Units = A.Group.Units;
    llvm::append_range(Result.Group.Units, B.Group.Units);
    llvm::sort(Result.Group.Units);
    return Result;
  }

  void consider(size_t A, size_t B) {
    const Cluster Both = joined(Clusters[A], Clusters[B]);
    const double Better = Both.gain() - Clusters[A].gain() - Clusters[B].gain();
    if (Better > 0)
      Gains[{A, B}] = Better;
  }

  bool mergeBest() {
    const auto Best =
        llvm::max_element(Gains, [](const auto &X, const auto &Y) {
          return X.second < Y.second;
        });
    if (Best == Gains.end())
      return false;
    const auto [A, B] = Best->first;
    Clusters[B] = joined(Clusters[B], Clusters[A]);
    Clusters[A] = {};
    std::erase_if(Gains, [&](const auto &G) {
      const auto [X, Y] = G.first;
      return X == A || X == B || Y == A || Y == B;
    });
    for (size_t Other = 0; Other < Clusters.size(); ++Other)
      if (Other != B && !Clusters[Other].Group.Units.empty())
        consider(std::max(Other, B), std::min(Other, B));
    return true;
  }

  llvm::function_ref<std::uint64_t(const std::vector<std::string> &)> Weight;
  std::vector<Cluster> Clusters;
  std::map<std::pair<size_t, size_t>, double> Gains;
};

} // namespace

std::vector<PrefixGroup>
planPrefixes(llvm::ArrayRef<std::vector<std::string>> Includes,
             llvm::function_ref<std::uint64_t(const std::vector<std::string> &)>
                 Weight) {
  return Planner(Weight).plan(Includes);
}

} // namespace interlock
