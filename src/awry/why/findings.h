// Keeps the front page's findings: the causes that stand, as labels come in.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "awry/why/why.h"
#include "base/status.h"

namespace awry::why {

enum class FindingState { kNew, kConfirmed, kFixed, kDismissed };
std::string_view FindingStateName(FindingState state);  // "new", …
std::optional<FindingState> FindingStateFromName(std::string_view name);

struct Finding {
  std::string id;  // made from what the cause is about: the same cause found again is one finding
  FindingState state = FindingState::kNew;
  int64_t since_ns = 0;                // first wrong trace that meets the fact
  std::optional<int64_t> until_ns;     // with kFixed: since when the relation holds again
  std::optional<int64_t> marked_fixed_ns;  // when a person said so: only wrong traces after it count against it
  Cause cause;
  std::string note;
  std::vector<std::string> checks;
  std::string cause_json;  // the cause in full; `cause` of a finding read from the store has its head only
};
std::string ToJson(const Finding& finding);
// {"findings":[…]}
std::string ToJson(const std::vector<Finding>& findings);

// A cause that something else than labels has seen: a check that is violated.
struct ReportedCause {
  std::string check;  // its name: what is reported again by the same name is the same finding
  Cause cause;        // of kind kCheckKind
};
inline constexpr std::string_view kCheckKind = "check";

struct FindingsOptions {
  std::chrono::milliseconds debounce{1'000};  // wait after the last label before searching
  std::chrono::milliseconds period{60'000};   // search again even without new labels, when spans came
  bool background = true;                     // false: only RefreshNow searches
};

// Searches in the background when labels change. Findings live in the store's document "findings".
// Thread-safe.
class Findings {
 public:
  // `store` must outlive this. Loads what is stored; a document that cannot be read is kDataLoss.
  static base::Result<std::unique_ptr<Findings>> Open(store::TraceStore& store,
                                                      const EngineOptions& engine,
                                                      const FindingsOptions& options = {});
  virtual ~Findings() = default;

  // Best first: new and confirmed, then fixed, then dismissed.
  virtual std::vector<Finding> List() = 0;
  // kNotFound; kInvalidArgument for a state that a person cannot give.
  virtual base::Result<Finding> Patch(const std::string& id, FindingState state,
                                      const std::string& note) = 0;
  // Labels were put or deleted: search after the debounce. Never blocks.
  virtual void LabelsChanged() = 0;
  // Asks `reported` too at each search, on the thread that searches; empty: nobody. Returns when the former
  // one runs no more. What it says of a cause that the labels show as well is no finding of its own.
  virtual void ReportFrom(std::function<std::vector<ReportedCause>()> reported) = 0;
  // Searches now and returns when the list is up to date.
  virtual base::Status RefreshNow() = 0;
};

}  // namespace awry::why
