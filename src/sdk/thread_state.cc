#include "sdk/thread_state.h"

#include "sdk/live_span.h"

namespace awry::sdk::detail {
namespace {

thread_local constinit bool thread_has_ended = false;

// Gives the state back when the thread ends.
struct Detacher {
  ~Detacher() {
    thread_has_ended = true;
    if (this_thread != nullptr) ThreadStates::Get().GiveBack(std::exchange(this_thread, nullptr));
  }
};

}  // namespace

ThreadState::~ThreadState() {
  while (free_spans != nullptr) delete std::exchange(free_spans, free_spans->next_free);
}

ThreadStates& ThreadStates::Get() {
  static ThreadStates* const states = new ThreadStates();
  return *states;
}

ThreadState* ThreadStates::Take() {
  const std::scoped_lock lock(mutex_);
  if (!idle_.empty()) {
    ThreadState* state = idle_.back();
    idle_.pop_back();
    return state;
  }
  return all_.emplace_back(std::make_unique<ThreadState>(base::EntropySeed())).get();
}

void ThreadStates::GiveBack(ThreadState* state) {
  const std::scoped_lock lock(mutex_);
  idle_.push_back(state);
}

std::vector<ThreadState*> ThreadStates::All() {
  const std::scoped_lock lock(mutex_);
  std::vector<ThreadState*> states;
  states.reserve(all_.size());
  for (const auto& state : all_) states.push_back(state.get());
  return states;
}

ThreadCounts ThreadStates::Counts() {
  ThreadCounts sum;
  for (const ThreadState* state : All()) {
    sum.started += state->started.value();
    sum.ended += state->ended.value();
    sum.dropped_queue_full += state->dropped_queue_full.value();
  }
  return sum;
}

void ThreadStates::AfterForkInChild() {
  // The other threads are gone, perhaps in the middle of a write: what they held is left alone.
  for (auto& state : all_) abandoned_.push_back(std::move(state));
  all_.clear();
  idle_.clear();
  this_thread = nullptr;
  mutex_.unlock();
}

ThreadState* AttachThread() {
  if (thread_has_ended) return nullptr;
  static thread_local Detacher detacher;
  (void)detacher;
  this_thread = ThreadStates::Get().Take();
  return this_thread;
}

}  // namespace awry::sdk::detail
