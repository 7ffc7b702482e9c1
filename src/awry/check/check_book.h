// The checks in force: those of a file, which change with it, and those that people put by the API.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "awry/check/rule.h"
#include "awry/store/trace_store.h"
#include "base/mutex.h"
#include "base/status.h"

namespace awry::check {

// What is in force at one moment.
struct InForce {
  uint64_t version = 0;  // another number for every change
  std::shared_ptr<const RuleSet> rules;
  size_t from_file = 0;  // the first so many rules are the file's
  std::string yaml;      // of the API's checks, as it was put
  std::vector<std::string> problems;  // what keeps a file or a check from being in force
};

// Thread-safe.
class CheckBook {
 public:
  // Reads the store's document "checks" and, unless it is "", `file`. A file that cannot be read or
  // holds no checks is an error here; kDataLoss: the document cannot be read. `store` must outlive
  // this.
  static base::Result<std::unique_ptr<CheckBook>> Open(store::TraceStore& store, std::string file);

  std::shared_ptr<const InForce> in_force() const;

  // Replaces the API's checks; durable on return. A check that the file holds as well is left to
  // the file; kAlreadyExists when the file's is different. `yaml` is kept as it is, "" to write one.
  // `problem` as RuleSet::Make.
  base::Status Replace(const std::vector<PlacedCheck>& checks, const std::string& yaml,
                       Problem* problem = nullptr);

  // Reads the file again. When it has changed and is right, it is in force; when it is wrong, what was
  // in force stays, and the problem is shown.
  void ReloadFile();

 private:
  CheckBook(store::TraceStore& store, std::string file) : store_(store), file_(std::move(file)) {}
  base::Result<std::vector<PlacedCheck>> ReadFile() REQUIRES(changing_);
  // Builds what is in force from `of_file` and `of_api`; changes nothing when that fails.
  base::Status Combine(std::vector<PlacedCheck> of_file, std::vector<PlacedCheck> of_api,
                       std::string yaml, Problem* problem) REQUIRES(changing_);

  store::TraceStore& store_;
  const std::string file_;

  base::Mutex changing_;  // one change at a time; taken before mutex_
  std::string file_text_ GUARDED_BY(changing_);  // as it was read last, right or wrong
  std::vector<PlacedCheck> of_file_ GUARDED_BY(changing_);
  std::vector<PlacedCheck> of_api_ GUARDED_BY(changing_);

  mutable base::Mutex mutex_;
  std::shared_ptr<const InForce> in_force_ GUARDED_BY(mutex_);
  std::string file_problem_ GUARDED_BY(changing_);
};

}  // namespace awry::check
