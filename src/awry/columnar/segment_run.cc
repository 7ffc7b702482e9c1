#include "awry/columnar/segment_run.h"

#include <fmt/format.h>

#include <algorithm>

namespace awry::columnar {

using base::Result;
using base::Status;

Status SegmentFile::Malformed(std::string_view what, uint64_t offset) const {
  return base::DataLoss(fmt::format("segment {} is corrupt: {}, offset {}", what, path, offset));
}

Status SegmentFile::ReadBytes(uint64_t offset, uint64_t bytes, std::string& out) const {
  const uint64_t size = file->size_bytes();
  if (offset > size || bytes > size - offset) return Malformed("block reference", offset);
  return file->Read(offset, bytes, out);
}

Status SegmentFile::ReadBlock(const BlockRef& ref, std::string& raw) const {
  std::string block;
  RETURN_IF_ERROR(ReadBytes(ref.offset, ref.bytes, block));
  return DecodeBlock(block, path, ref.offset, raw);
}

Result<std::unique_ptr<SegmentRun>> SegmentRun::Open(const SegmentFile& file,
                                                     const RunFooter& footer, uint32_t first_group,
                                                     IndexCache* cache) {
  std::unique_ptr<SegmentRun> run(new SegmentRun(file, footer, first_group, cache));
  std::string raw;
  RETURN_IF_ERROR(file.ReadBlock(footer.schema, raw));
  ByteReader in(raw);
  if (!run->schema_.Decode(in) || !in.at_end()) {
    return file.Malformed("schema", footer.schema.offset);
  }
  run->CollectSharedKeys();
  RETURN_IF_ERROR(file.ReadBlock(footer.trace_filter, raw));
  if (!run->filter_.Load(std::move(raw))) {
    return file.Malformed("trace filter", footer.trace_filter.offset);
  }
  return run;
}

void SegmentRun::CollectSharedKeys() {
  const auto add = [&](const trace::Attributes& attributes) {
    for (const trace::Attribute& attribute : attributes) shared_keys_.push_back(attribute.key);
  };
  for (uint32_t r = 0; r < schema_.resource_count(); ++r) add(schema_.resource(r)->attributes);
  for (uint32_t s = 0; s < schema_.scope_count(); ++s) add(schema_.scope(s)->attributes);
  std::sort(shared_keys_.begin(), shared_keys_.end());
  shared_keys_.erase(std::unique(shared_keys_.begin(), shared_keys_.end()), shared_keys_.end());
  shared_keys_.shrink_to_fit();
}

bool SegmentRun::SharedHaveKey(std::string_view key) const {
  return std::binary_search(shared_keys_.begin(), shared_keys_.end(), key);
}

SegmentRun::~SegmentRun() {
  if (cache_ != nullptr) cache_->Remove(this);
}

size_t SegmentRun::memory_bytes() const {
  return sizeof(*this) + schema_.memory_bytes() + filter_.bytes().capacity() +
         footer_.groups.capacity() * sizeof(GroupRef) +
         shared_keys_.capacity() * sizeof(std::string_view);
}

std::pair<uint32_t, uint32_t> SegmentRun::GroupsOf(const trace::TraceId& id) const {
  const auto& groups = footer_.groups;
  auto first = std::lower_bound(
      groups.begin(), groups.end(), id,
      [](const GroupRef& g, const trace::TraceId& t) { return g.first_trace < t; });
  auto end = first;
  while (end != groups.end() && end->first_trace == id) ++end;
  if (first != groups.begin()) --first;  // the trace may stand inside the group before
  return {static_cast<uint32_t>(first - groups.begin()),
          static_cast<uint32_t>(end - groups.begin())};
}

std::vector<uint32_t> SegmentRun::GroupsOfOrdinal(uint32_t ordinal) const {
  const auto& groups = footer_.groups;
  const auto end =
      std::upper_bound(groups.begin(), groups.end(), ordinal,
                       [](uint32_t o, const GroupRef& g) { return o < g.first_ordinal; });
  std::vector<uint32_t> found;
  for (auto it = end; it != groups.begin();) {
    --it;
    if (ordinal >= it->first_ordinal + it->traces) break;
    found.push_back(static_cast<uint32_t>(it - groups.begin()));
  }
  return found;
}

Result<std::shared_ptr<const TraceIndex>> SegmentRun::LoadTraceIndex() const {
  if (cache_ != nullptr) {
    if (auto kept = cache_->Get(this)) return kept;
  }
  std::string raw;
  RETURN_IF_ERROR(file_.ReadBlock(footer_.trace_index, raw));
  auto index = std::make_shared<TraceIndex>();
  if (!index->Load(std::move(raw), file_.version, footer_.traces, footer_.start_min_ns)) {
    return file_.Malformed("trace index", footer_.trace_index.offset);
  }
  if (cache_ != nullptr) cache_->Put(this, index);
  return std::shared_ptr<const TraceIndex>(std::move(index));
}

namespace {

// Takes one block after the other from the bytes of a group.
class BlockTaker {
 public:
  BlockTaker(const SegmentFile& file, uint64_t offset, std::string_view bytes)
      : file_(file), offset_(offset), rest_(bytes) {}
  Status Take(uint32_t bytes, std::string& raw) {
    const std::string_view block = rest_.substr(0, bytes);
    rest_.remove_prefix(block.size());
    offset_ += bytes;
    return DecodeBlock(block, file_.path, offset_ - bytes, raw);
  }

 private:
  const SegmentFile& file_;
  uint64_t offset_;
  std::string_view rest_;
};

}  // namespace

Status SegmentRun::OpenVersion1(Group& group, std::string_view bytes) const {
  const GroupRef& ref = group.ref();
  BlockTaker blocks(file_, ref.offset, bytes);
  std::string ids, core, values, extras;
  RETURN_IF_ERROR(blocks.Take(ref.ids_bytes, ids));
  RETURN_IF_ERROR(blocks.Take(ref.core_bytes, core));
  RETURN_IF_ERROR(blocks.Take(ref.values_bytes, values));
  if (ref.extras_bytes > 0) RETURN_IF_ERROR(blocks.Take(ref.extras_bytes, extras));
  if (!group.OpenVersion1(std::move(ids), std::move(core)) ||
      !group.OpenValuesVersion1(std::move(values), std::move(extras))) {
    return file_.Malformed("group", ref.offset);
  }
  return base::OkStatus();
}

Status SegmentRun::OpenAll(Group& group, std::string_view bytes) const {
  const GroupRef& ref = group.ref();
  BlockTaker blocks(file_, ref.offset, bytes);
  const auto malformed = [&] { return file_.Malformed("group", ref.offset); };
  std::string raw;
  RETURN_IF_ERROR(blocks.Take(ref.core_bytes, raw));
  if (!group.OpenCore(std::move(raw))) return malformed();
  std::string bits;
  RETURN_IF_ERROR(blocks.Take(ref.times_bytes, raw));
  RETURN_IF_ERROR(blocks.Take(ref.bits_bytes, bits));
  if (!group.OpenTimes(std::move(raw), std::move(bits))) return malformed();
  RETURN_IF_ERROR(blocks.Take(ref.ids_bytes, raw));
  if (!group.OpenIds(std::move(raw))) return malformed();
  RETURN_IF_ERROR(blocks.Take(ref.parents_bytes, raw));
  if (!group.OpenParents(std::move(raw))) return malformed();
  for (size_t at = 0; at < group.columns().size(); ++at) {
    RETURN_IF_ERROR(blocks.Take(group.columns()[at].bytes, raw));
    if (!group.OpenColumn(at, std::move(raw))) return malformed();
  }
  raw.clear();
  if (ref.extras_bytes > 0) RETURN_IF_ERROR(blocks.Take(ref.extras_bytes, raw));
  return group.OpenExtras(std::move(raw)) ? base::OkStatus() : malformed();
}

Result<std::unique_ptr<Group>> SegmentRun::LoadGroup(uint32_t number) const {
  const GroupRef& ref = footer_.groups[number];
  std::string bytes;
  RETURN_IF_ERROR(file_.ReadBytes(ref.offset, ref.bytes(), bytes));
  return OpenGroup(ref, bytes);
}

Result<std::unique_ptr<Group>> SegmentRun::OpenGroup(const GroupRef& ref,
                                                     std::string_view bytes) const {
  auto group = std::make_unique<Group>(schema_, ref);
  RETURN_IF_ERROR(file_.version == 1 ? OpenVersion1(*group, bytes) : OpenAll(*group, bytes));
  return group;
}

Result<std::unique_ptr<Group>> SegmentRun::LoadGroupOf(uint32_t number,
                                                       const trace::TraceId& id) const {
  const GroupRef& ref = footer_.groups[number];
  std::string bytes;
  RETURN_IF_ERROR(file_.ReadBytes(ref.offset, ref.bytes(), bytes));
  if (file_.version > 1) {
    const uint64_t before = uint64_t{ref.core_bytes} + ref.times_bytes + ref.bits_bytes;
    std::string ids;
    RETURN_IF_ERROR(DecodeBlock(std::string_view(bytes).substr(before, ref.ids_bytes), file_.path,
                                ref.offset + before, ids));
    if (!Group::HoldsTrace(ids, ref.traces, id)) return std::unique_ptr<Group>();
  }
  return OpenGroup(ref, bytes);
}

Result<std::unique_ptr<Group>> SegmentRun::LoadGroupCore(uint32_t number) const {
  if (file_.version == 1) return LoadGroup(number);
  const GroupRef& ref = footer_.groups[number];
  auto group = std::make_unique<Group>(schema_, ref);
  std::string raw;
  RETURN_IF_ERROR(file_.ReadBlock({ref.offset, ref.core_bytes}, raw));
  if (!group->OpenCore(std::move(raw))) return file_.Malformed("group", ref.offset);
  return group;
}

Status SegmentRun::OpenTimes(Group& group) const {
  if (group.times_open()) return base::OkStatus();
  const GroupRef& ref = group.ref();
  const uint64_t offset = ref.offset + ref.core_bytes;
  std::string bytes, raw, bits;
  RETURN_IF_ERROR(file_.ReadBytes(offset, uint64_t{ref.times_bytes} + ref.bits_bytes, bytes));
  BlockTaker blocks(file_, offset, bytes);
  RETURN_IF_ERROR(blocks.Take(ref.times_bytes, raw));
  RETURN_IF_ERROR(blocks.Take(ref.bits_bytes, bits));
  return group.OpenTimes(std::move(raw), std::move(bits)) ? base::OkStatus()
                                                          : file_.Malformed("group", offset);
}

Status SegmentRun::OpenIds(Group& group) const {
  if (group.ids_open()) return base::OkStatus();
  const GroupRef& ref = group.ref();
  const uint64_t offset = ref.offset + ref.core_bytes + ref.times_bytes + ref.bits_bytes;
  std::string raw;
  RETURN_IF_ERROR(file_.ReadBlock({offset, ref.ids_bytes}, raw));
  return group.OpenIds(std::move(raw)) ? base::OkStatus() : file_.Malformed("group", offset);
}

Status SegmentRun::OpenParents(Group& group) const {
  if (group.parents_open()) return base::OkStatus();
  const GroupRef& ref = group.ref();
  const uint64_t offset =
      ref.offset + ref.core_bytes + ref.times_bytes + ref.bits_bytes + ref.ids_bytes;
  std::string raw;
  RETURN_IF_ERROR(file_.ReadBlock({offset, ref.parents_bytes}, raw));
  return group.OpenParents(std::move(raw)) ? base::OkStatus() : file_.Malformed("group", offset);
}

Status SegmentRun::OpenColumn(Group& group, size_t at) const {
  if (group.column_open(at)) return base::OkStatus();
  const GroupRef& ref = group.ref();
  const Group::ColumnRef& column = group.columns()[at];
  const uint64_t offset =
      ref.offset + ref.core_bytes + ref.times_bytes + ref.bits_bytes + ref.ids_bytes +
      ref.parents_bytes + column.offset;
  std::string raw;
  RETURN_IF_ERROR(file_.ReadBlock({offset, column.bytes}, raw));
  return group.OpenColumn(at, std::move(raw)) ? base::OkStatus()
                                              : file_.Malformed("group values", offset);
}

Status SegmentRun::OpenExtras(Group& group) const {
  const GroupRef& ref = group.ref();
  if (group.extras_open()) return base::OkStatus();
  std::string raw;
  if (ref.extras_bytes > 0) {
    RETURN_IF_ERROR(
        file_.ReadBlock({ref.offset + ref.bytes() - ref.extras_bytes, ref.extras_bytes}, raw));
  }
  return group.OpenExtras(std::move(raw)) ? base::OkStatus()
                                          : file_.Malformed("group", ref.offset);
}

}  // namespace awry::columnar
