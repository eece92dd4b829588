#include "tool/cache/ProgramIndex.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"

#include <gtest/gtest.h>

using namespace interlock;

/// The seal of an index holds whatever is in it: here a field's entry without
/// the field.
TEST(ProgramIndex, AnEntryMayHoldLessThanItsKeySays) {
  llvm::SmallString<128> Folder;
  ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("interlock", Folder));

  TUFacts Unit;
  Unit.File = indexRoot().str() + "/a.cpp";
  FunctionFacts F;
  F.Id = F.Name = "f";
  F.At.File = Unit.File;
  Op Read{};
  Read.Kind = OpKind::Read;
  Read.Path.Base = AccessPath::Root::This;
  Read.Path = Read.Path.field("balance_");
  F.Blocks.resize(1);
  F.Blocks[0].Ops.push_back(Read);
  Unit.Functions.push_back(F);
  ShardWriter Table(Folder.str().str(), 1);
  addToIndex(Unit, Table);
  Table.add("Dbalance_", Unit.File + '\0' + serialize(TUFacts()));
  ASSERT_FALSE(llvm::errorToBool(Table.finish()));

  Options Opts;
  Opts.Guarded = GuardedState::All;
  Opts.Invariants = {{"account::balance_", "account::total_"}};
  auto Index = ShardReader::open(Folder);
  ASSERT_TRUE(static_cast<bool>(Index));
  auto Near = neighbourhood(Unit, *Index, Relocation(indexRoot()), Opts);
  ASSERT_TRUE(static_cast<bool>(Near));
  EXPECT_EQ(Near->Own, std::set<std::string>{"f"});
  EXPECT_TRUE(analyse(*Near, Opts).empty());
  (void)llvm::sys::fs::remove_directories(Folder);
}
