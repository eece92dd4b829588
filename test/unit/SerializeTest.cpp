#include "matchers/Analysis.h"
#include "matchers/facts/Facts.h"

#include <gtest/gtest.h>

using namespace interlock;

static TUFacts sample() {
  TUFacts Facts;
  Facts.File = "/src/a.cpp";
  FieldInfo Field;
  Field.Name = "balance_";
  Field.Record = "Account";
  Facts.Fields["Account@balance_"] = Field;
  FunctionFacts F;
  F.Id = "f";
  F.Name = "Account::debit";
  F.Registers = 1;
  F.Variables.push_back(
      {"cost", Variable::Kind::Parameter, false, false, false});
  F.InputCount = 1;
  F.Blocks.resize(2);
  F.Exit = 1;
  F.Blocks[0].Successors = {1};
  Op Read;
  Read.Kind = OpKind::Read;
  Read.Path.Base = AccessPath::Root::This;
  Read.Path = Read.Path.field("Account@slots_").element("$0.id");
  Read.Result = 0;
  F.Blocks[0].Ops.push_back(Read);
  Op Call;
  Call.Kind = OpKind::Call;
  CallSite Site;
  Site.Callees = {"g"};
  Site.Arguments.resize(1);
  Site.Arguments[0].Values = {0};
  Site.Arguments[0].Closures.emplace_back();
  Call.Calls.push_back(Site);
  F.Blocks[0].Ops.push_back(Call);
  Facts.Functions.push_back(F);
  Facts.Invariants.push_back({{"a", "b"}});
  return Facts;
}

TEST(Serialize, ReturnsWhatWasWritten) {
  const std::string Bytes = serialize(sample());
  auto Read = deserialize(Bytes);
  ASSERT_TRUE(static_cast<bool>(Read));
  EXPECT_EQ(serialize(**Read), Bytes);
  EXPECT_EQ((*Read)->Functions.front().Blocks[0].Ops[1].Calls[0].Callees[0],
            "g");
}

// Whatever is cut off or changed is refused or read as other facts; nothing
// crashes and no index is out of range.
TEST(Serialize, DamagedBytesAreRefusedOrHarmless) {
  const std::string Bytes = serialize(sample());
  for (size_t Length = 0; Length < Bytes.size(); ++Length) {
    auto Read = deserialize(llvm::StringRef(Bytes).take_front(Length));
    EXPECT_FALSE(static_cast<bool>(Read)) << Length;
    llvm::consumeError(Read.takeError());
  }
  unsigned Refused = 0;
  for (size_t At = 0; At < Bytes.size(); ++At)
    for (const char Mask : {char(0x01), char(0x80), char(0x7f)}) {
      std::string Damaged = Bytes;
      Damaged[At] = static_cast<char>(Damaged[At] ^ Mask);
      auto Read = deserialize(Damaged);
      if (!Read) {
        ++Refused;
        llvm::consumeError(Read.takeError());
        continue;
      }
      const TUFacts *Units[] = {Read->get()};
      analyse(Units, Options());
    }
  EXPECT_GT(Refused, 0u);
}
