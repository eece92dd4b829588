// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*
// Members that say by their name what they are.
#include "task.hpp"
#include "venue.hpp"
#include <map>
using mock::task;

task<> breathe();

class margin_desk {
public:
  // What of the margin is in use.
  task<> use_bad(long n) {
    if (margin_used_ + n > limit_)
      co_return;
    co_await breathe();
    margin_used_ += n; // expect: stale-check
  }
  task<> lock_bad(long n) {
    const long before = collateral_locked_;
    co_await breathe();
    collateral_locked_ = before + n; // expect: stale-value
  }
  task<> post_bad(long n) {
    if (marginFree_ < n)
      co_return;
    co_await breathe();
    marginFree_ -= n; // expect: stale-check
  }

  // How many orders there are.
  task<> count_bad() {
    const bool room = open_order_count_ < limit_;
    co_await breathe();
    if (room)
      ++open_order_count_; // expect: stale-check
  }
  task<> counter_ok(long n) {
    const long before = order_counter_style_;
    co_await breathe();
    order_counter_style_ = before + n;
  }

  // How much was traded.
  task<> volume_bad(long n) {
    const long before = trade_volume_;
    co_await breathe();
    trade_volume_ = before + n; // expect: stale-value
  }

  // Whose it is, or where, follows the noun.
  task<> of_bad(int who, long n) {
    if (cashOf_[who] < n)
      co_return;
    co_await breathe();
    cashOf_[who] -= n; // expect: stale-check
  }
  task<> by_bad(int who, long n) {
    if (m_openPositionsByDesk[who] > n)
      co_return;
    co_await breathe();
    m_openPositionsByDesk[who] += n; // expect: stale-check
  }
  task<> to_bad() {
    const long first = tradesToArchive_, then = fills_by_desk_;
    co_await breathe();
    tradesToArchive_ = first + 1; // expect: stale-value
    fills_by_desk_ = then + 1;    // expect: stale-value
  }
  task<> credit_bad(int who, long n) {
    if (voucherCredit_[who] < n || bonus_credit_ < n)
      co_return;
    co_await breathe();
    voucherCredit_[who] -= n; // expect: stale-check
    bonus_credit_ -= n;       // expect: stale-check
  }
  task<> pool_bad(long n) {
    if (available_liquidity_ < n || m_bankroll < n || escrowHeld_ < n)
      co_return;
    const long before = total_collateral_;
    co_await breathe();
    available_liquidity_ -= n;      // expect: stale-check
    m_bankroll -= n;                // expect: stale-check
    escrowHeld_ -= n;               // expect: stale-check
    total_collateral_ = before - n; // expect: stale-value
  }
  task<> account_bad(int who, long n) {
    if (margin_accounts_[who] < n || m_openBets[who] != 0)
      co_return;
    co_await breathe();
    margin_accounts_[who] -= n; // expect: stale-check
    m_openBets[who] += n;       // expect: stale-check
  }
  task<> number_bad() {
    const long id = last_order_id_ + 1;
    co_await breathe();
    last_order_id_ = id; // expect: stale-value
  }
  // Words count, however they are joined.
  task<> spelled_bad(int who, long n) {
    if (buyingPower < n || m_nCashBalance < n || s_lHeldFunds < n ||
        pnlTotal_ < n || mDeposits[who] < n)
      co_return;
    co_await breathe();
    buyingPower -= n;     // expect: stale-check
    m_nCashBalance -= n;  // expect: stale-check
    s_lHeldFunds -= n;    // expect: stale-check
    mDeposits[who] -= n;  // expect: stale-check
    pnlTotal_ -= n;       // expect: stale-check
  }
  task<> today_bad() {
    const long number = g_lTradesToday + 1;
    co_await breathe();
    g_lTradesToday = number; // expect: stale-value
  }
  task<> synonyms_bad(long n) {
    if (pending_payouts_ < n || net_qty_ < n || leavesQty_ < n ||
        ledger_entries_ < n || marketing_budget_left_ < n || amountOwed_ < n)
      co_return;
    co_await breathe();
    pending_payouts_ -= n;       // expect: stale-check
    net_qty_ -= n;               // expect: stale-check
    leavesQty_ -= n;             // expect: stale-check
    ledger_entries_ -= n;        // expect: stale-check
    marketing_budget_left_ -= n; // expect: stale-check
    amountOwed_ -= n;            // expect: stale-check
  }
  // Words of money inside of others, and of other trades.
  task<> other_trades_ok(long n) {
    if (retry_budget_ < n || read_pos_ < n || stakeholders_ < n ||
        fileTransfers_ < n || fundamentals_ < n)
      co_return;
    co_await breathe();
    retry_budget_ -= n;
    read_pos_ -= n;
    stakeholders_ -= n;
    fileTransfers_ -= n;
    fundamentals_ -= n;
  }

  // What is only called after state is none.
  task<> called_ok(long n) {
    if (accreditation_ < n || cashier_ < n || order_form_ < n ||
        collateral_ratio_ < n || alphabets_ < n || liquidity_provider_ < n)
      co_return;
    co_await breathe();
    accreditation_ -= n;
    cashier_ -= n;
    order_form_ -= n;
    collateral_ratio_ -= n;
    alphabets_ -= n;
    liquidity_provider_ -= n;
  }

  // A rate is no money.
  task<> rate_ok(long n) {
    const long before = margin_rate_;
    co_await breathe();
    margin_rate_ = before + n;
  }

private:
  long margin_used_ = 0, collateral_locked_ = 0, marginFree_ = 0;
  long margin_rate_ = 0, open_order_count_ = 0, order_counter_style_ = 0,
       trade_volume_ = 0, bonus_credit_ = 0, last_order_id_ = 0,
       accreditation_ = 0, cashier_ = 0, order_form_ = 0, collateral_ratio_ = 0, alphabets_ = 0,
       liquidity_provider_ = 0, tradesToArchive_ = 0, fills_by_desk_ = 0, available_liquidity_ = 0,
       m_bankroll = 0, escrowHeld_ = 0, total_collateral_ = 0;
  long g_lTradesToday = 0, buyingPower = 0, m_nCashBalance = 0, s_lHeldFunds = 0, pnlTotal_ = 0,
       pending_payouts_ = 0, net_qty_ = 0, leavesQty_ = 0, ledger_entries_ = 0,
       marketing_budget_left_ = 0, amountOwed_ = 0;
  long retry_budget_ = 0, read_pos_ = 0, stakeholders_ = 0, fileTransfers_ = 0,
       fundamentals_ = 0;
  std::map<int, long> mDeposits;
  std::map<int, long> margin_accounts_, m_openBets, cashOf_, m_openPositionsByDesk, voucherCredit_;
  const long limit_ = 100;
};
