#include "awry/columnar/segment_cursor.h"

#include <fmt/format.h>

#include <algorithm>

namespace awry::columnar {

using base::Status;

void SegmentCursor::LoadFrom(uint32_t number) {
  trace_ = 0;
  const auto groups = static_cast<uint32_t>(run_.footer().groups.size());
  for (; number < groups; ++number) {
    auto loaded = run_.LoadGroup(number);
    if (loaded.ok() && !(*loaded)->traces().empty()) {
      group_number_ = number;
      group_ = *std::move(loaded);
      return;
    }
    if (!loaded.ok()) problem_(loaded.status());
  }
  group_.reset();
}

bool SegmentCursor::Seek(const trace::TraceId& id) {
  if (!run_.MayContain(TraceFilter::Hash(id))) return false;
  const auto [first, end] = run_.GroupsOf(id);
  for (uint32_t number = first; number < end; ++number) {
    if (!group_ || group_number_ != number) {
      if (group_ && number < group_number_) continue;
      auto loaded = run_.LoadGroupOf(number, id);
      if (!loaded.ok()) problem_(loaded.status());
      if (!loaded.ok() || *loaded == nullptr) continue;
      group_ = *std::move(loaded);
      group_number_ = number;
      trace_ = 0;
    }
    const auto& traces = group_->traces();
    const auto found =
        std::lower_bound(traces.begin() + trace_, traces.end(), id,
                         [](const Group::TraceRows& rows, const trace::TraceId& wanted) {
                           return rows.id < wanted;
                         });
    if (found == traces.end() || found->id != id) continue;
    trace_ = static_cast<uint32_t>(found - traces.begin());
    return true;
  }
  return false;
}

Status SegmentCursor::TakeRows(const OnRow& on_row) {
  const trace::TraceId id = trace_id();
  const auto& groups = run_.footer().groups;
  while (valid() && trace_id() == id) {
    const Group::TraceRows& rows = group_->traces()[trace_];
    for (uint32_t i = rows.first; i < rows.end; ++i) {
      if (!group_->ReadRow(i, row_)) {
        problem_(base::DataLoss(fmt::format("segment group values are corrupt: {}, offset {}",
                                            run_.file().path, groups[group_number_].offset)));
        trace_ = static_cast<uint32_t>(group_->traces().size()) - 1;
        break;
      }
      RETURN_IF_ERROR(on_row(row_));
    }
    if (++trace_ < group_->traces().size()) break;
    // A large trace goes on in the next group.
    const bool goes_on =
        group_number_ + 1 < groups.size() && groups[group_number_ + 1].first_trace == id;
    if (goes_on || walks_all_) LoadFrom(group_number_ + 1);
  }
  return base::OkStatus();
}

}  // namespace awry::columnar
