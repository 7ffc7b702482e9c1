// A mutex whose guarded fields clang's thread-safety analysis proves (`clang` preset).
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define AWRY_TSA(x) __attribute__((x))
#else
#define AWRY_TSA(x)
#endif

#define GUARDED_BY(mutex) AWRY_TSA(guarded_by(mutex))
#define REQUIRES(...) AWRY_TSA(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) AWRY_TSA(locks_excluded(__VA_ARGS__))

namespace awry::base {

// Thread-safe.
class AWRY_TSA(capability("mutex")) Mutex {
 public:
  void lock() AWRY_TSA(acquire_capability()) { mutex_.lock(); }
  void unlock() AWRY_TSA(release_capability()) { mutex_.unlock(); }
  bool try_lock() AWRY_TSA(try_acquire_capability(true)) { return mutex_.try_lock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

// Holds `mutex` for its own lifetime.
class AWRY_TSA(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) AWRY_TSA(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_.lock();
  }
  ~MutexLock() AWRY_TSA(release_capability()) { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// Thread-safe. Waits may wake for no reason: call them in a loop over the condition.
class CondVar {
 public:
  void Wait(Mutex& mutex) AWRY_TSA(requires_capability(mutex)) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    cv_.wait(lock);
    lock.release();
  }
  // Returns false when `timeout` passed without a notification.
  bool WaitFor(Mutex& mutex, std::chrono::nanoseconds timeout)
      AWRY_TSA(requires_capability(mutex)) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    const bool notified = cv_.wait_for(lock, timeout) == std::cv_status::no_timeout;
    lock.release();
    return notified;
  }
  void NotifyOne() { cv_.notify_one(); }
  void NotifyAll() { cv_.notify_all(); }

 private:
  std::condition_variable cv_;
};

}  // namespace awry::base
