#include "awry/columnar/segment_cursor.h"

#include <fmt/format.h>

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
    const size_t traces = group_->traces().size();
    size_t low = trace_, high = traces;
    while (low < high) {  // the first that is not before it
      const size_t middle = low + (high - low) / 2;
      group_->trace_id(middle) < id ? low = middle + 1 : high = middle;
    }
    if (low == traces || group_->trace_id(low) != id) continue;
    trace_ = static_cast<uint32_t>(low);
    return true;
  }
  return false;
}

Status SegmentCursor::TakeRows(const OnRow& on_row, const MayTake& may_take) {
  Status refused;
  const trace::TraceId id = trace_id();
  const auto& groups = run_.footer().groups;
  while (valid() && trace_id() == id) {
    const Group::TraceRows& rows = group_->traces()[trace_];
    const Status opened = run_.OpenColumnsOf(*group_, trace_, may_take);
    if (opened.code() == base::StatusCode::kResourceExhausted) {
      refused = opened;
    } else if (!opened.ok()) {
      problem_(opened);
    }
    for (uint32_t i = rows.first; opened.ok() && i < rows.end; ++i) {
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
  return refused;
}

}  // namespace awry::columnar
