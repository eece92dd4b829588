/// The shapes of QCoro: a task for Qt slots, running on one event loop.
#pragma once
#include "task.hpp"

namespace QCoro {

template <class T = void> using Task = mock::task<T>;

mock::task<> sleepFor(long milliseconds);

} // namespace QCoro

struct QNetworkReply {
  int status;
  bool error() const;
};
struct QNetworkAccessManager {
  QCoro::Task<QNetworkReply *> get(const char *url);
};
