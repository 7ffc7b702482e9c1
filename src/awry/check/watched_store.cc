#include "awry/check/watched_store.h"

#include <algorithm>
#include <utility>

namespace awry::check {
namespace {

constexpr int64_t kMinuteNs = 60'000'000'000;

// Passes all on and notes the traces; a run of spans of one trace costs a comparison each.
class WatchedBatch final : public store::SpanBatch {
 public:
  WatchedBatch(std::unique_ptr<store::SpanBatch> batch, const OnCommitted& on_committed,
               const OnMinutes& on_minutes)
      : batch_(std::move(batch)), on_committed_(on_committed), on_minutes_(on_minutes) {}

  void OnResource(const trace::ResourceFields& fields) override { batch_->OnResource(fields); }
  void OnResourceAttribute(std::string_view key, const trace::ValueView& value) override {
    batch_->OnResourceAttribute(key, value);
  }
  void OnScope(const trace::ScopeFields& fields) override { batch_->OnScope(fields); }
  void OnScopeAttribute(std::string_view key, const trace::ValueView& value) override {
    batch_->OnScopeAttribute(key, value);
  }
  void OnSpan(const trace::SpanFields& fields) override {
    if (ids_.empty() || ids_.back() != fields.trace_id) ids_.push_back(fields.trace_id);
    const int64_t minute = fields.start_ns / kMinuteNs - (fields.start_ns % kMinuteNs < 0 ? 1 : 0);
    if (minutes_.empty() || minutes_.back() != minute) minutes_.push_back(minute);
    batch_->OnSpan(fields);
  }
  void OnAttribute(std::string_view key, const trace::ValueView& value) override {
    batch_->OnAttribute(key, value);
  }
  void OnEvent(const trace::EventFields& fields) override { batch_->OnEvent(fields); }
  void OnEventAttribute(std::string_view key, const trace::ValueView& value) override {
    batch_->OnEventAttribute(key, value);
  }
  void OnLink(const trace::LinkFields& fields) override { batch_->OnLink(fields); }
  void OnLinkAttribute(std::string_view key, const trace::ValueView& value) override {
    batch_->OnLinkAttribute(key, value);
  }
  void OnWarning(std::string_view text) override { batch_->OnWarning(text); }
  void OnSpanEnd() override { batch_->OnSpanEnd(); }
  size_t span_count() const override { return batch_->span_count(); }

  base::Status Commit() override {
    RETURN_IF_ERROR(batch_->Commit());
    std::ranges::sort(ids_);
    ids_.erase(std::unique(ids_.begin(), ids_.end()), ids_.end());
    std::ranges::sort(minutes_);
    minutes_.erase(std::unique(minutes_.begin(), minutes_.end()), minutes_.end());
    if (on_minutes_ && !minutes_.empty()) on_minutes_(minutes_);
    if (!ids_.empty()) on_committed_(ids_);
    return base::OkStatus();
  }

 private:
  const std::unique_ptr<store::SpanBatch> batch_;
  const OnCommitted& on_committed_;
  const OnMinutes& on_minutes_;
  std::vector<trace::TraceId> ids_;
  std::vector<int64_t> minutes_;
};

}  // namespace

std::unique_ptr<store::SpanBatch> WatchedStore::NewBatch() {
  return std::make_unique<WatchedBatch>(store_.NewBatch(), on_committed_, on_minutes_);
}

}  // namespace awry::check
