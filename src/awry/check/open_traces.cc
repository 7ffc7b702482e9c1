#include "awry/check/open_traces.h"

#include <algorithm>

namespace awry::check {

int64_t OpenTraces::DueNs(const Open& open) const {
  return std::min(open.last_ns + options_.quiet_ns, open.first_ns + options_.longest_ns);
}

void OpenTraces::Note(std::span<const trace::TraceId> ids, int64_t now_ns) {
  for (const trace::TraceId& id : ids) {
    if (const auto open = open_.find(id); open != open_.end()) {
      open->second.last_ns = now_ns;
      continue;
    }
    const Judged* before = Find(id);
    if (before != nullptr && before->times >= 2) {
      ++late_;
      continue;
    }
    Add(id, now_ns);
  }
}

void OpenTraces::NoteAgain(std::span<const trace::TraceId> ids, int64_t now_ns) {
  for (const trace::TraceId& id : ids) {
    if (!open_.contains(id)) Add(id, now_ns);
  }
}

void OpenTraces::Add(const trace::TraceId& id, int64_t now_ns) {
  if (open_.size() >= options_.open_max) {
    ++skipped_;
    return;
  }
  const Open open{now_ns, now_ns};
  open_.emplace(id, open);
  due_.emplace(DueNs(open), id);
}

void OpenTraces::TakeDue(int64_t now_ns, size_t max, std::vector<trace::TraceId>& out) {
  while (max > 0 && !due_.empty() && due_.top().first <= now_ns) {
    const trace::TraceId id = due_.top().second;
    due_.pop();
    const auto open = open_.find(id);
    if (const int64_t due_ns = DueNs(open->second); due_ns > now_ns) {
      due_.emplace(due_ns, id);
      continue;
    }
    open_.erase(open);
    out.push_back(id);
    --max;
  }
}

int64_t OpenTraces::LagNs(int64_t now_ns) const {
  return due_.empty() ? 0 : std::max<int64_t>(0, now_ns - due_.top().first);
}

const Judged* OpenTraces::Find(const trace::TraceId& id) const {
  const auto found = judged_.find(id);
  return found == judged_.end() ? nullptr : &found->second;
}

void OpenTraces::Remember(const trace::TraceId& id, Judged judged) {
  const auto [place, is_new] = judged_.insert_or_assign(id, std::move(judged));
  if (!is_new) return;
  judged_order_.push_back(id);
  if (judged_order_.size() > options_.judged_max) {
    judged_.erase(judged_order_.front());
    judged_order_.pop_front();
  }
}

int64_t OpenTraces::OldestArrival(int64_t now_ns) const {
  int64_t oldest_ns = now_ns;
  for (const auto& [id, open] : open_) oldest_ns = std::min(oldest_ns, open.first_ns);
  return oldest_ns;
}

}  // namespace awry::check
