// A second thread keeps the process multi-threaded: in a process with one
// thread glibc drops the lock prefix and flatters std::mutex threefold.
#include <benchmark/benchmark.h>

#include <atomic>
#include <thread>

int main(int argc, char **argv) {
  std::atomic<bool> done{false};
  std::thread idle([&done] { done.wait(false); });
  benchmark::Initialize(&argc, argv);
  const bool bad = benchmark::ReportUnrecognizedArguments(argc, argv);
  if (!bad)
    benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  done = true;
  done.notify_all();
  idle.join();
  return bad ? 1 : 0;
}
