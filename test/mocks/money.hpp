/// An exact decimal with the operators that a user's money type has: some are
/// members, some are friends.
#pragma once
#include <compare>

class money {
public:
  constexpr money() = default;
  constexpr money(long long units) : units_(units) {}

  money &operator+=(const money &other) {
    units_ += other.units_;
    return *this;
  }
  money &operator-=(const money &other) {
    units_ -= other.units_;
    return *this;
  }
  money operator-() const { return money(-units_); }
  friend money operator+(money a, const money &b) { return a += b; }
  friend money operator-(money a, const money &b) { return a -= b; }
  friend money operator*(const money &a, const money &b) {
    return money(a.units_ * b.units_);
  }
  friend money operator/(const money &a, const money &b) {
    return money(a.units_ / b.units_);
  }
  friend bool operator==(const money &, const money &) = default;
  friend auto operator<=>(const money &, const money &) = default;

  long long units() const { return units_; }
  bool is_zero() const { return units_ == 0; }

private:
  long long units_ = 0;
};
