#include "rewriters/support/Marked.h"

#include <gtest/gtest.h>

using namespace interlock;
using namespace interlock::test;

/// A class around member functions, so that tests show only these.
static std::string account(const std::string &Functions) {
  return "#include \"task.hpp\"\n"
         "#include <map>\n"
         "#include <string>\n"
         "\n"
         "task<> send();\n"
         "task<long> fee();\n"
         "struct Position {\n"
         "  long size = 0;\n"
         "  long entry_price = 0;\n"
         "};\n"
         "\n"
         "struct Account {\n" +
         Functions +
         "  long balance_ = 0;\n"
         "  std::map<std::string, Position> positions_;\n"
         "};\n";
}

/// The member functions of the result, when the rest is as it was but for the
/// include.
static std::string functions(const std::string &Code) {
  const std::size_t Begin =
      Code.find("struct Account {\n") + sizeof("struct Account {\n") - 1;
  return Code.substr(Begin, Code.find("  long balance_ = 0;\n") - Begin);
}

static void expectFixed(const std::string &Before, const std::string &After,
                        std::vector<About> Subjects = {{}},
                        FixOptions Opts = {}) {
  const Rewritten Out = rewrite(account(Before), Subjects, Opts);
  EXPECT_EQ(functions(Out.Code), After);
  EXPECT_EQ(Out.After, Out.Before);
  EXPECT_NE(Out.Code.find("#include <interlock/safe_state.hpp>\n"),
            std::string::npos);
  EXPECT_TRUE(Out.Result.Refusals.empty());
}

static void expectRefused(const std::string &Before, const std::string &Id,
                          std::vector<About> Subjects = {{}},
                          FixOptions Opts = {}) {
  const Rewritten Out = rewrite(account(Before), Subjects, Opts);
  EXPECT_TRUE(Out.Result.Plans.empty());
  ASSERT_EQ(Out.Result.Refusals.size(), Subjects.size());
  EXPECT_EQ(Out.Result.Refusals.front().Id, Id)
      << Out.Result.Refusals.front().Reason;
}

TEST(Hold, CoversTheIfThatChecks) {
  expectFixed(R"cpp(  task<bool> buy(long cost) {
    long total = cost + 1;
    if ($r{balance_} >= total) {
      $s{co_await send()};
      $m{balance_ -= total};
      co_return true;
    }
    co_return false;
  }
)cpp",
              R"cpp(  task<bool> buy(long cost) {
    long total = cost + 1;
    auto guard =
        co_await interlock::get_global_safe_state().atomic_balance_update();
    if (balance_ >= total) {
      co_await send();
      balance_ -= total;
      co_return true;
    }
    co_return false;
  }
)cpp");
}

TEST(Hold, OwnBlockWhereTheTailSuspends) {
  expectFixed(R"cpp(  task<> buy(long cost) {
    // enough money?
    if ($r{balance_} < cost)
      co_return;
    $s{co_await send()};
    $m{balance_ -= cost}; // paid
    co_await send();
  }
)cpp",
              R"cpp(  task<> buy(long cost) {
    {
      auto guard =
          co_await interlock::get_global_safe_state().atomic_balance_update();
      // enough money?
      if (balance_ < cost)
        co_return;
      co_await send();
      balance_ -= cost; // paid
    }
    co_await send();
  }
)cpp");
}

TEST(Hold, UnlocksWhereDeclarationsEscape) {
  expectFixed(R"cpp(  task<long> buy(long cost) {
    const long seen = $r{balance_};
    $s{co_await send()};
    $m{balance_ = seen - cost};
    co_await send();
    co_return seen;
  }
)cpp",
              R"cpp(  task<long> buy(long cost) {
    auto guard =
        co_await interlock::get_global_safe_state().atomic_balance_update();
    const long seen = balance_;
    co_await send();
    balance_ = seen - cost;
    guard.unlock();
    co_await send();
    co_return seen;
  }
)cpp");
}

TEST(Hold, KeyedByTheSymbolAndAboveTheAlias) {
  expectFixed(R"cpp(  task<> add(std::string symbol, long qty) {
    Position &p = positions_[$k{symbol}];
    const long old = $r{p.size};
    $s{co_await send()};
    $m{p.size = old + qty};
  }
)cpp",
              R"cpp(  task<> add(std::string symbol, long qty) {
    auto guard =
        co_await interlock::get_global_safe_state().atomic_position_update(
            symbol);
    Position &p = positions_[symbol];
    const long old = p.size;
    co_await send();
    p.size = old + qty;
  }
)cpp",
              {{.Category = "position", .Member = "Account::positions_"}});
}

TEST(Hold, NeverInsertsUnderAnUnbracedBranch) {
  expectFixed(R"cpp(  task<> buy(long cost) {
    if (cost > 0)
      if ($r{balance_} >= cost)
        $m{balance_ -= ($s{co_await send()}, cost)};
  }
)cpp",
              R"cpp(  task<> buy(long cost) {
    auto guard =
        co_await interlock::get_global_safe_state().atomic_balance_update();
    if (cost > 0)
      if (balance_ >= cost)
        balance_ -= (co_await send(), cost);
  }
)cpp");
}

TEST(Hold, AroundTheLoopThatCarriesTheCheck) {
  expectFixed(R"cpp(  task<> drain() {
    while ($r{balance_} > 0) {
      $m{balance_ -= 1};
      $s{co_await send()};
    }
  }
)cpp",
              R"cpp(  task<> drain() {
    auto guard =
        co_await interlock::get_global_safe_state().atomic_balance_update();
    while (balance_ > 0) {
      balance_ -= 1;
      co_await send();
    }
  }
)cpp");
}

TEST(Hold, InsideTheLoopWhereAPassIsSelfContained) {
  expectFixed(R"cpp(  task<> pay(long n) {
    for (long i = 0; i < n; ++i) {
      if ($r{balance_} < i)
        continue;
      $s{co_await send()};
      $m{balance_ -= i};
    }
  }
)cpp",
              R"cpp(  task<> pay(long n) {
    for (long i = 0; i < n; ++i) {
      auto guard =
          co_await interlock::get_global_safe_state().atomic_balance_update();
      if (balance_ < i)
        continue;
      co_await send();
      balance_ -= i;
    }
  }
)cpp");
}

TEST(Hold, BeforeTheTryWhoseHandlerRestores) {
  expectFixed(R"cpp(  task<> pay(long cost) {
    try {
      if ($r{balance_} < cost)
        co_return;
      $s{co_await send()};
      $m{balance_ -= cost};
    } catch (...) {
      $m{balance_ += cost};
      throw;
    }
  }
)cpp",
              R"cpp(  task<> pay(long cost) {
    auto guard =
        co_await interlock::get_global_safe_state().atomic_balance_update();
    try {
      if (balance_ < cost)
        co_return;
      co_await send();
      balance_ -= cost;
    } catch (...) {
      balance_ += cost;
      throw;
    }
  }
)cpp");
}

TEST(Hold, OneCaseOfASwitch) {
  expectFixed(R"cpp(  task<> handle(int kind, long cost) {
    switch (kind) {
    case 0:
      if ($r{balance_} < cost)
        break;
      $s{co_await send()};
      $m{balance_ -= cost};
      break;
    default:
      break;
    }
  }
)cpp",
              R"cpp(  task<> handle(int kind, long cost) {
    switch (kind) {
    case 0: {
      auto guard =
          co_await interlock::get_global_safe_state().atomic_balance_update();
      if (balance_ < cost)
        break;
      co_await send();
      balance_ -= cost;
    } break;
    default:
      break;
    }
  }
)cpp");
}

TEST(Hold, TwoFindingsOfOneRegionShareAGuard) {
  expectFixed(R"cpp(  task<> buy(long cost) {
    if ($r0{$r1{balance_}} < cost)
      co_return;
    $s0{$s1{co_await send()}};
    $m0{balance_ -= cost};
    $m1{balance_ += 1};
  }
)cpp",
              R"cpp(  task<> buy(long cost) {
    auto guard =
        co_await interlock::get_global_safe_state().atomic_balance_update();
    if (balance_ < cost)
      co_return;
    co_await send();
    balance_ -= cost;
    balance_ += 1;
  }
)cpp",
              {{}, {}});
}

TEST(Hold, TwoCategoriesInOneRegionAreAcquiredAtOnce) {
  expectFixed(R"cpp(  task<> buy(std::string symbol, long cost) {
    if ($r0{balance_} < cost)
      co_return;
    const long old = $r1{positions_[$k1{symbol}].size};
    $s0{$s1{co_await send()}};
    $m0{balance_ -= cost};
    $m1{positions_[symbol].size = old + 1};
  }
)cpp",
              R"cpp(  task<> buy(std::string symbol, long cost) {
    auto guard = co_await interlock::get_global_safe_state().atomic_update(
        interlock::balance, interlock::position(symbol));
    if (balance_ < cost)
      co_return;
    const long old = positions_[symbol].size;
    co_await send();
    balance_ -= cost;
    positions_[symbol].size = old + 1;
  }
)cpp",
              {{}, {.Category = "position", .Member = "Account::positions_"}});
}

TEST(Hold, GuardsInSequenceDoNotNest) {
  expectFixed(R"cpp(  task<> buy(std::string symbol, long cost) {
    if ($r0{balance_} < cost)
      co_return;
    $s0{co_await send()};
    $m0{balance_ -= cost};
    const long old = $r1{positions_[$k1{symbol}].size};
    $s1{co_await send()};
    $m1{positions_[symbol].size = old + 1};
  }
)cpp",
              R"cpp(  task<> buy(std::string symbol, long cost) {
    {
      auto guard =
          co_await interlock::get_global_safe_state().atomic_balance_update();
      if (balance_ < cost)
        co_return;
      co_await send();
      balance_ -= cost;
    }
    auto guard =
        co_await interlock::get_global_safe_state().atomic_position_update(
            symbol);
    const long old = positions_[symbol].size;
    co_await send();
    positions_[symbol].size = old + 1;
  }
)cpp",
              {{}, {.Category = "position", .Member = "Account::positions_"}});
}

TEST(Hold, KeyBehindAnIteratorIsWhatItWasLookedUpBy) {
  expectFixed(R"cpp(  task<> add(std::string symbol, long qty) {
    auto it = positions_.find(symbol);
    if (it == positions_.end())
      co_return;
    const long old = $r{it->second.size};
    $s{co_await send()};
    $m{positions_[$k{it->first}].size = old + qty};
  }
)cpp",
              R"cpp(  task<> add(std::string symbol, long qty) {
    auto guard =
        co_await interlock::get_global_safe_state().atomic_position_update(
            symbol);
    auto it = positions_.find(symbol);
    if (it == positions_.end())
      co_return;
    const long old = it->second.size;
    co_await send();
    positions_[it->first].size = old + qty;
  }
)cpp",
              {{.Category = "position", .Member = "Account::positions_"}});
}

TEST(Hold, ByObject) {
  FixOptions Opts;
  Opts.Access = StateAccess::Object;
  expectFixed(R"cpp(  task<> buy(long cost) {
    if ($r{balance_} < cost)
      co_return;
    $s{co_await send()};
    $m{balance_ -= cost};
  }
)cpp",
              R"cpp(  task<> buy(long cost) {
    auto guard =
        co_await interlock::get_global_safe_state().atomic_balance_update(this);
    if (balance_ < cost)
      co_return;
    co_await send();
    balance_ -= cost;
  }
)cpp",
              {{}}, Opts);
}

TEST(Hold, LambdaIsAFunctionOfItsOwn) {
  expectFixed(R"cpp(  task<> buy(long cost) {
    auto pay = [this, cost]() -> task<> {
      if ($r{balance_} < cost)
        co_return;
      $s{co_await send()};
      $m{balance_ -= cost};
    };
    co_await pay();
  }
)cpp",
              R"cpp(  task<> buy(long cost) {
    auto pay = [this, cost]() -> task<> {
      auto guard =
          co_await interlock::get_global_safe_state().atomic_balance_update();
      if (balance_ < cost)
        co_return;
      co_await send();
      balance_ -= cost;
    };
    co_await pay();
  }
)cpp");
}

TEST(Hold, TemplateIsEditedOnce) {
  expectFixed(R"cpp(  template <class T> task<> buy(T cost) {
    if ($r{balance_} < cost)
      co_return;
    $s{co_await send()};
    $m{balance_ -= cost};
  }
  task<> both() {
    co_await buy(1);
    co_await buy(1L);
  }
)cpp",
              R"cpp(  template <class T> task<> buy(T cost) {
    auto guard =
        co_await interlock::get_global_safe_state().atomic_balance_update();
    if (balance_ < cost)
      co_return;
    co_await send();
    balance_ -= cost;
  }
  task<> both() {
    co_await buy(1);
    co_await buy(1L);
  }
)cpp");
}

TEST(Hold, ConditionalDirectivesStayOutside) {
  expectFixed(R"cpp(  task<> buy(long cost) {
#ifndef FAST
    if ($r{balance_} < cost)
      co_return;
#endif
    $s{co_await send()};
    $m{balance_ -= cost};
  }
)cpp",
              R"cpp(  task<> buy(long cost) {
    auto guard =
        co_await interlock::get_global_safe_state().atomic_balance_update();
#ifndef FAST
    if (balance_ < cost)
      co_return;
#endif
    co_await send();
    balance_ -= cost;
  }
)cpp");
}

TEST(Hold, OneLineFunction) {
  expectFixed("  task<> buy(long c) { if ($r{balance_} >= c) { $s{co_await "
              "send()}; $m{balance_ -= c}; } }\n",
              "  task<> buy(long c) { auto guard = co_await "
              "interlock::get_global_safe_state().atomic_balance_update(); if "
              "(balance_ >= c) { co_await send(); balance_ -= c; } }\n");
}

TEST(Hold, RefusesGotoIntoTheRegion) {
  expectRefused(R"cpp(  task<> buy(long cost) {
    if (cost == 0)
      goto pay;
    if ($r{balance_} < cost)
      co_return;
    $s{co_await send()};
  pay:
    $m{balance_ -= cost};
  }
)cpp",
                "goto-into-region");
}

TEST(Hold, RefusesKeysThatChange) {
  expectRefused(R"cpp(  task<> add(std::string symbol, long qty) {
    const long old = $r{positions_[$k{symbol}].size};
    $s{co_await send()};
    symbol = "other";
    $m{positions_[symbol].size = old + qty};
  }
)cpp",
                "key-changes",
                {{.Category = "position", .Member = "Account::positions_"}});
}

TEST(Hold, RefusesPlainFunctions) {
  expectRefused(R"cpp(  void buy(long cost) {
    if ($r{balance_} >= cost)
      $m{balance_ -= cost};
  }
)cpp",
                "sync-function", {{.IsCoroutine = false}});
}

TEST(Hold, GuardsTheWholeMapOnSeveralThreads) {
  FixOptions Opts;
  Opts.ExecutorModel = Executor::MultiThreaded;
  expectFixed(R"cpp(  task<> add(std::string symbol, long qty) {
    const long old = $r{positions_[$k{symbol}].size};
    $s{co_await send()};
    $m{positions_[symbol].size = old + qty};
  }
)cpp",
              R"cpp(  task<> add(std::string symbol, long qty) {
    auto guard =
        co_await interlock::get_global_safe_state().atomic_position_update(
            this);
    const long old = positions_[symbol].size;
    co_await send();
    positions_[symbol].size = old + qty;
  }
)cpp",
              {{.Category = "position", .Member = "Account::positions_"}},
              Opts);
}

TEST(Hold, BlocksInPlainFunctionsOnRequest) {
  FixOptions Opts;
  Opts.Synchronous = SyncGuard::Blocking;
  Opts.ExecutorModel = Executor::MultiThreaded;
  expectFixed(R"cpp(  void buy(long cost) {
    if ($r{balance_} >= cost)
      $m{balance_ -= cost};
  }
)cpp",
              R"cpp(  void buy(long cost) {
    auto guard =
        interlock::get_global_safe_state().atomic_balance_update().blocking();
    if (balance_ >= cost)
      balance_ -= cost;
  }
)cpp",
              {{.IsCoroutine = false}}, Opts);
}

TEST(Hold, RefusesMacroBodies) {
  expectRefused(R"cpp(
#define BODY(X) { X }
  task<> buy(long cost) BODY(
    if ($r{balance_} < cost)
      co_return;
    $s{co_await send()};
    $m{balance_ -= cost};
  )
)cpp",
                "macro-body");
}

TEST(Hold, RefusesWhatACalleeWithItsOwnRepairNeeds) {
  expectRefused(R"cpp(  task<> buy(long cost) {
    if ($r0{balance_} < cost)
      co_return;
    $s0{co_await f()};
    $m0{balance_ -= cost};
  }
  task<> f();
)cpp",
                "lock-split-needed",
                {{.Obstacles = {{Obstacle::Kind::CalleeNeedsGuard, "f", {}}}}});
}

TEST(Hold, RefusesToWaitForPeers) {
  expectRefused(R"cpp(  task<> buy(long cost) {
    if ($r{balance_} < cost)
      co_return;
    $s{co_await send()};
    $m{balance_ -= cost};
  }
)cpp",
                "peer-wait",
                {{.Obstacles = {{Obstacle::Kind::PeerWait, "event", {}}}}});
}

TEST(Hold, AddsAReferenceToTheClass) {
  FixOptions Opts;
  Opts.Access = StateAccess::MemberReference;
  const Rewritten Out = rewrite(account(R"cpp(  task<> buy(long cost) {
    if ($r{balance_} < cost)
      co_return;
    $s{co_await send()};
    $m{balance_ -= cost};
  }
)cpp"),
                                {{}}, Opts);
  EXPECT_EQ(functions(Out.Code), R"cpp(  task<> buy(long cost) {
    auto guard = co_await safe_state_.atomic_balance_update();
    if (balance_ < cost)
      co_return;
    co_await send();
    balance_ -= cost;
  }
)cpp");
  EXPECT_NE(Out.Code.find("  std::map<std::string, Position> positions_;\n"
                          "  interlock::SafeTradingState &safe_state_ = "
                          "interlock::get_global_safe_state();\n};\n"),
            std::string::npos)
      << Out.Code;
  EXPECT_EQ(Out.After, Out.Before);
}
