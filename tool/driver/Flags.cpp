#include "tool/driver/Flags.h"

#include "tool/config/CheckIds.h"
#include "tool/config/Schema.h"

namespace interlock {

Flags &flags() {
  static Flags F;
  return F;
}

template <typename Enum> static std::vector<std::string> namesOf() {
  std::vector<std::string> Names;
  for (const auto &[Value, Name] : EnumNames<Enum>::Names)
    Names.push_back(Name);
  return Names;
}

static std::vector<std::string> valuesOf(Flags &F, const cl::Option &Option) {
  const auto Is = [&](const cl::Option &Other) { return &Option == &Other; };
  std::vector<std::string> Names;
  const auto Parsed = [&](const cl::generic_parser_base &Parser) {
    for (unsigned I = 0; I < Parser.getNumOptions(); ++I)
      if (!Parser.getOption(I).empty())
        Names.push_back(Parser.getOption(I).str());
    return Names;
  };
  if (Is(F.Format))
    return Parsed(F.Format.getParser());
  if (Is(F.Color))
    return Parsed(F.Color.getParser());
  if (Is(F.Fix))
    return {"review"};
  if (Is(F.ExecutorModel))
    return namesOf<Executor>();
  if (Is(F.Guarded))
    return namesOf<GuardedState>();
  if (Is(F.Strategy))
    return namesOf<FixStrategy>();
  if (Is(F.Access))
    return namesOf<StateAccess>();
  if (Is(F.Sync))
    return namesOf<SyncGuard>();
  if (Is(F.Checks) || Is(F.WarningsAsErrors) || Is(F.Explain))
    for (const CheckInfo &Check : allChecks())
      Names.push_back(Check.Id.str());
  return Names;
}

std::vector<FlagInfo> flagTable() {
  Flags &F = flags();
  std::vector<FlagInfo> Table;
  for (auto &Entry : cl::getRegisteredOptions()) {
    const cl::Option &Option = *Entry.second;
    if (Option.getOptionHiddenFlag() != cl::NotHidden)
      continue;
    FlagInfo Info{Entry.first().str(), Option.ValueStr.str(), false,
                  Option.HelpStr.str(), valuesOf(F, Option)};
    if (Info.Value.empty() && !Info.Values.empty())
      Info.Value = "value";
    Info.ValueOptional = !Info.Value.empty() &&
                         Option.getValueExpectedFlag() == cl::ValueOptional;
    Table.push_back(std::move(Info));
  }
  llvm::sort(Table, [](const FlagInfo &A, const FlagInfo &B) {
    return A.Name < B.Name;
  });
  return Table;
}

} // namespace interlock
