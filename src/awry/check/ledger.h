// What checks have found, and what is still to be told to the webhook: kept in a small database.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "awry/check/check.h"
#include "base/status.h"
#include "sql/database.h"
#include "trace/ids.h"

namespace awry::check {

struct Violation {
  uint64_t id = 0;  // given by the ledger
  std::string check;
  Severity severity = Severity::kError;
  trace::TraceId trace_id;
  int64_t at_ns = 0;  // start of the violating span, or of the trace's root
  std::string service;  // with `span_id`
  std::string span;
  trace::SpanId span_id = 0;  // 0: no single span
};

inline constexpr int64_t kCountStepNs = 3'600'000'000'000;  // counts are kept by the hour

// What one round of judging adds. `at` of counts is the start of an hour.
struct Round {
  struct Count {
    int64_t checked = 0;
    int64_t violations = 0;
  };
  std::vector<Violation> violations;
  std::vector<std::pair<std::string, trace::TraceId>> withdrawn;  // late spans put them right
  std::map<std::pair<std::string, int64_t>, Count> counts;        // by check and hour

  bool empty() const { return violations.empty() && withdrawn.empty() && counts.empty(); }
};

struct ViolationFilter {
  std::string check;                       // "": all
  std::optional<trace::TraceId> trace_id;
  int64_t from_ns = INT64_MIN;             // both ends inclusive
  int64_t until_ns = INT64_MAX;
  size_t limit = 100;
  std::string cursor;  // next_cursor of the page before
};
struct ViolationPage {
  std::vector<Violation> violations;  // newest first
  uint64_t total = 0;
  std::string next_cursor;
};

struct CheckCounts {
  std::map<int64_t, Round::Count> by_hour;  // start of the hour → counts
  std::optional<int64_t> last_violation_ns;
};

struct LedgerOptions {
  size_t violations_max = 10'000;  // kept of one check, the newest
  int64_t counts_age_ns = 32LL * 24 * kCountStepNs;
};

// Thread-safe. Durable on return.
class Ledger {
 public:
  // `url`: "sqlite:PATH". kDataLoss names a corrupt file.
  static base::Result<std::unique_ptr<Ledger>> Open(const std::string& url,
                                                    const LedgerOptions& options = {});

  // Adds all or nothing. A violation of a check by a trace that is there already changes nothing and
  // is not counted again. Returns those that are new, with their ids.
  base::Result<std::vector<Violation>> Add(const Round& round, int64_t now_ns);
  // kInvalidArgument: a cursor that is none.
  base::Result<ViolationPage> List(const ViolationFilter& filter);
  base::Result<std::map<std::string, CheckCounts>> Counts(int64_t from_ns);

  // Small values by name; "" when there is none.
  base::Result<std::string> Get(const std::string& name);
  base::Status Put(const std::string& name, const std::string& value);

  // Writes a new ledger at `url` with the violations, counts and values of one moment. Deliveries that wait
  // stay behind: two servers would send them.
  base::Status CopyTo(const std::string& url);

  sql::Database& database() { return *database_; }

 private:
  Ledger(std::unique_ptr<sql::Database> database, const LedgerOptions& options)
      : database_(std::move(database)), options_(options) {}
  base::Status Prune(sql::Connection& db, int64_t now_ns);

  static constexpr int64_t kPruneEvery = 1'000;  // violations added

  const std::unique_ptr<sql::Database> database_;
  const LedgerOptions options_;
  std::atomic<int64_t> prune_in_{0};
};

}  // namespace awry::check
