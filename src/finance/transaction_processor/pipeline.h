// What happens to a transaction after it is stored: category, fraud check, statistics, budget; and
// what happens after a correction. Every step may be repeated: the services know ids and revisions.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/status.h"
#include "codec/json.h"
#include "finance/jobs/job_queue.h"
#include "finance/transaction_processor/import_table.h"
#include "finance/transaction_processor/ledger_table.h"
#include "finance/transaction_processor/running_jobs.h"
#include "net/http_client.h"

namespace finance::transaction_processor {

namespace net = awry::net;

// Clients of the other services; all must outlive the pipeline.
struct Peers {
  net::HttpClient* category_predictor = nullptr;
  net::HttpClient* fraud_detector = nullptr;
  net::HttpClient* spending_analyzer = nullptr;
  net::HttpClient* budget_manager = nullptr;
  net::HttpClient* awry = nullptr;
  net::Headers headers;  // sent with every call to our services, not to Awry
};

// Kinds of jobs.
inline constexpr std::string_view kProcess = "process";
// Many rows of a large import at once; payload: their ids, a line each; key: the import.
inline constexpr std::string_view kProcessChunk = "process_chunk";
inline constexpr size_t kChunkRows = 1000;
inline constexpr std::string_view kRetract = "retract";
inline constexpr std::string_view kRecategorize = "recategorize";
inline constexpr std::string_view kFeedback = "feedback";
inline constexpr std::string_view kLabel = "label";
inline constexpr std::string_view kFinishImport = "finish_import";

// Wakes requests that wait for a transaction's end. Thread-safe.
class Arrivals {
 public:
  // Before the work begins, so that no end is missed.
  void Expect(const std::string& id);
  void Announce(const std::string& id);
  // False when nothing was announced within `timeout`. Ends the expectation.
  bool Wait(const std::string& id, std::chrono::milliseconds timeout);

 private:
  struct Expected {
    int waiting = 0;
    bool arrived = false;
  };
  base::Mutex mutex_;
  base::CondVar arrived_;
  std::map<std::string, Expected> expected_ GUARDED_BY(mutex_);
};

struct PipelineOptions {
  bool mask = true;  // personal details are taken out of texts before they leave
};

// The bodies of what the services are asked; `text` is the description as it may leave.
// `traceparent`: "", or the trace that a row of a batch belongs to.
std::string CategorizeBody(const ledger::Transaction& row, const std::string& text, const ledger::Category* correction,
                           const std::string& traceparent = "");
std::string FraudBody(const ledger::Transaction& row, const std::string& text);
// The fields of a counted row; the object is the caller's.
void WriteCounted(awry::codec::JsonWriter& json, const StoredTransaction& stored, ledger::Category category, const std::string& text);
// False for a deleted row, and for a whole that its parts stand for.
bool Counts(const StoredTransaction& stored);
base::Status ReadPrediction(std::string_view body, Outcome& outcome);

// Thread-safe.
class Pipeline {
 public:
  // `database` must outlive the pipeline.
  Pipeline(sql::Database& database, Peers peers, const PipelineOptions& options)
      : database_(database), peers_(std::move(peers)), options_(options) {}

  // The handlers, for JobQueue::Start; they hold on to this.
  std::map<std::string, jobs::JobKind> JobKinds();
  // Must be called before the queue's jobs end an import.
  void SetQueue(jobs::JobQueue* queue) { queue_.store(queue); }
  Arrivals& arrivals() { return arrivals_; }
  RunningJobs& running() { return running_; }

 private:
  jobs::JobResult Process(const jobs::Job& job, awry::sdk::ScopedSpan& span);
  // pipeline_chunk.cc
  jobs::JobResult ProcessChunk(const jobs::Job& job);
  base::Result<std::vector<StoredTransaction>> LoadChunk(const jobs::Job& job);
  // The answers of a batch route, one line each.
  base::Status CategorizeChunk(const std::vector<StoredTransaction>& rows, const std::vector<awry::sdk::Span>& spans,
                               std::vector<Outcome>& outcomes);
  base::Status RunChunk(const std::vector<StoredTransaction>& rows, const std::vector<awry::sdk::Span>& spans,
                        std::vector<Outcome>& outcomes);
  base::Status CheckChunk(const std::vector<StoredTransaction>& rows);
  base::Status CountChunk(const std::vector<StoredTransaction>& rows, const std::vector<Outcome>& outcomes);

  jobs::JobResult Retract(const jobs::Job& job);
  jobs::JobResult Recategorize(const jobs::Job& job, awry::sdk::ScopedSpan& span);
  jobs::JobResult Feedback(const jobs::Job& job, awry::sdk::ScopedSpan& span);
  jobs::JobResult Label(const jobs::Job& job);
  jobs::JobResult FinishImport(const jobs::Job& job, awry::sdk::ScopedSpan& span);

  base::Status RunSteps(const StoredTransaction& stored, Outcome& outcome);
  base::Status Categorize(const ledger::Transaction& row, Outcome& outcome);
  base::Status CheckFraud(const ledger::Transaction& row);
  base::Status Count(const StoredTransaction& stored, ledger::Category category);
  // `place`: "/USER/transactions/ID?revision=N".
  base::Status Uncount(const std::string& place);
  // Counts rows of an import that are through.
  base::Status CountEnded(sql::Connection& connection, const std::string& import_id, int64_t rows);
  base::Status End(sql::Connection& connection, const Outcome& outcome, const std::string& import_id);

  base::Result<std::optional<StoredTransaction>> Load(const std::string& id);
  // The answer's body; an error for any status but 2xx.
  base::Result<std::string> Call(net::HttpClient& peer, std::string_view name, std::string method, std::string target,
                                 std::string body, std::string_view content_type = "application/json");
  std::string Text(const ledger::Transaction& row) const;

  sql::Database& database_;
  const Peers peers_;
  const PipelineOptions options_;
  Arrivals arrivals_;
  RunningJobs running_;
  std::atomic<jobs::JobQueue*> queue_{nullptr};
};

}  // namespace finance::transaction_processor
