// What the SDK keeps for each thread of the host: random numbers, spans to be used again, and the
// queue of finished ones.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "base/random.h"
#include "sdk/record_queue.h"

namespace awry::sdk::detail {

struct LiveSpan;

// Counters that one thread writes and others read.
class OwnedCounter {
 public:
  void Add() {
    value_.store(value_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

struct ThreadState {
  explicit ThreadState(uint64_t seed) : random(seed) {}
  ~ThreadState();

  base::Random random;
  LiveSpan* free_spans = nullptr;  // a list
  int free_count = 0;
  RecordQueue queue;
  OwnedCounter started, ended, dropped_queue_full;
};

struct ThreadCounts {
  uint64_t started = 0, ended = 0, dropped_queue_full = 0;
};

// All threads' states. A state outlives its thread and goes to a new one. Thread-safe.
class ThreadStates {
 public:
  // The process's; never destroyed, since threads may end after main.
  static ThreadStates& Get();

  ThreadState* Take();
  void GiveBack(ThreadState* state);
  // A snapshot: states are never destroyed.
  std::vector<ThreadState*> All();
  ThreadCounts Counts();

  // Around fork(): the child begins anew and forgets what its parent queued.
  void BeforeFork() { mutex_.lock(); }
  void AfterForkInParent() { mutex_.unlock(); }
  void AfterForkInChild();

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<ThreadState>> all_;
  std::vector<ThreadState*> idle_;
  std::vector<std::unique_ptr<ThreadState>> abandoned_;  // of the parent process
};

// This thread's state; null before the first use and while the thread ends.
inline thread_local constinit ThreadState* this_thread = nullptr;

// Makes `this_thread`; null while the thread ends.
ThreadState* AttachThread();
inline ThreadState* CurrentThread() {
  ThreadState* state = this_thread;
  return state != nullptr ? state : AttachThread();
}

}  // namespace awry::sdk::detail
