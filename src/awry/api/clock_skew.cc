#include "awry/api/clock_skew.h"

#include <fmt/format.h>

#include <cstdlib>
#include <unordered_map>
#include <vector>

#include "awry/api/adjusters.h"
#include "awry/query/topology.h"

namespace awry::api {
namespace {

using trace::Span;

int64_t DeltaOf(const Span& parent, const Span& child) {
  return SkewDelta({parent.start_ns, parent.end_ns}, {child.start_ns, child.end_ns});
}

class Skew {
 public:
  Skew(trace::Trace& trace, int64_t max_ns) : trace_(trace), topology_(trace), max_ns_(max_ns) {
    for (const Span& span : trace.spans) hosts_.push_back(HostOf(*span.resource));
    deltas_.resize(trace.spans.size());
  }

  // Parents come first, so that a child is compared with where its parent has been moved to.
  void Run() {
    WarnOfMissingParents();
    for (const size_t index : topology_.by_level()) {
      const size_t parent = topology_.parent(index);
      if (parent == query::kNone) continue;
      const bool same_host = !hosts_[index].empty() && hosts_[index] == hosts_[parent];
      if (same_host) {
        if (deltas_[parent] != 0) Apply(index, deltas_[parent]);
      } else if (const int64_t delta = DeltaOf(trace_.spans[parent], trace_.spans[index]);
                 delta != 0) {
        Consider(index, delta);
      }
    }
  }

 private:
  void WarnOfMissingParents() {
    for (size_t i = 0; i < trace_.spans.size(); ++i) {
      Span& span = trace_.spans[i];
      if (span.parent_id == 0 || topology_.parent(i) != query::kNone) continue;
      span.warnings.push_back(MissingParentWarning(span.parent_id));
    }
  }

  void Consider(size_t index, int64_t delta) {
    Span& span = trace_.spans[index];
    if (max_ns_ == 0) {
      span.warnings.push_back(SkewDisabledWarning(delta));
    } else if (std::abs(delta) > max_ns_) {
      span.warnings.push_back(fmt::format(
          "max clock skew adjustment delta of {} exceeded; not applying calculated delta of {}",
          GoDuration(max_ns_), GoDuration(delta)));
    } else {
      Apply(index, delta);
    }
  }

  void Apply(size_t index, int64_t delta) {
    Span& span = trace_.spans[index];
    deltas_[index] = delta;
    span.start_ns += delta;
    span.end_ns += delta;
    for (trace::Event& event : span.events) event.time_ns += delta;
    span.warnings.push_back(
        fmt::format("This span's timestamps were adjusted by {}", GoDuration(delta)));
  }

  trace::Trace& trace_;
  query::Topology topology_;
  int64_t max_ns_;
  std::vector<std::string> hosts_;
  std::vector<int64_t> deltas_;
};

bool HasDuplicateIds(trace::Trace& trace) {
  std::unordered_map<trace::SpanId, size_t> seen;
  bool any = false;
  for (size_t i = 0; i < trace.spans.size(); ++i) {
    if (seen.emplace(trace.spans[i].span_id, i).second) continue;
    trace.spans[i].warnings.emplace_back(kDuplicateIdWarning);
    any = true;
  }
  return any;
}

}  // namespace

std::string MissingParentWarning(trace::SpanId parent) {
  return fmt::format("parent span ID={} is not in the trace; skipping clock skew adjustment",
                     trace::SpanIdToHex(parent));
}

std::string SkewDisabledWarning(int64_t delta_ns) {
  return fmt::format("clock skew adjustment disabled; not applying calculated delta of {}",
                     GoDuration(delta_ns));
}

std::string HostOf(const trace::Resource& resource) {
  for (const char* key : {"host.id", "host.ip", "host.name"}) {
    const trace::Value* value = trace::Find(resource.attributes, key);
    if (value != nullptr) return trace::ToText(value->view());
  }
  return {};
}

int64_t SkewDelta(const Extent& parent, const Extent& child) {
  const int64_t parent_ns = parent.end_ns - parent.start_ns;
  const int64_t child_ns = child.end_ns - child.start_ns;
  if (child_ns > parent_ns)
    return child.start_ns < parent.start_ns ? parent.start_ns - child.start_ns : 0;
  if (child.start_ns >= parent.start_ns && child.end_ns <= parent.end_ns) return 0;
  return parent.start_ns + (parent_ns - child_ns) / 2 - child.start_ns;
}

void AdjustClockSkew(trace::Trace& trace, int64_t max_ns) {
  if (!HasDuplicateIds(trace)) Skew(trace, max_ns).Run();
}

}  // namespace awry::api
