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

// Takes the blocks of a group from a cache, or from its bytes, which are read once they are needed.
class SegmentRun::GroupBlocks {
 public:
  // `cache` may be null.
  GroupBlocks(const SegmentFile& file, const GroupRef& ref, BlockCache* cache)
      : file_(file), ref_(ref), cache_(cache) {}

  // Decodes the core, the first block, or shares one that was decoded before. From version 2 on.
  Status OpenCore(Group& group) {
    at_ += ref_.core_bytes;
    if (cache_ != nullptr) {
      if (auto kept = cache_->GetDecoded<GroupCore>(file_.number, ref_.offset)) {
        group.ShareCore(std::move(kept));
        return base::OkStatus();
      }
    }
    ASSIGN_OR_RETURN(const std::string raw, Read(0, ref_.core_bytes));
    if (!group.OpenCore(raw)) return file_.Malformed("group", ref_.offset);
    if (cache_ != nullptr)
      cache_->PutDecoded(file_.number, ref_.offset, group.core(), group.core()->held_bytes());
    return base::OkStatus();
  }
  // The next block.
  Result<BlockBytes> Take(uint32_t bytes) {
    at_ += bytes;
    return At(at_ - bytes, bytes);
  }
  // The ids, wherever the next block stands; TakeIds gives them again. From version 2 on.
  Result<BlockBytes> PeekIds() {
    ASSIGN_OR_RETURN(ids_, At(uint64_t{ref_.core_bytes} + ref_.times_bytes + ref_.bits_bytes, ref_.ids_bytes));
    return ids_;
  }
  Result<BlockBytes> TakeIds() {
    if (ids_ == nullptr) return Take(ref_.ids_bytes);
    at_ += ref_.ids_bytes;
    return ids_;
  }

 private:
  Result<BlockBytes> At(uint64_t at, uint32_t bytes) {
    const uint64_t offset = ref_.offset + at;
    if (cache_ != nullptr) {
      if (BlockBytes kept = cache_->Get(file_.number, offset)) return kept;
    }
    ASSIGN_OR_RETURN(std::string raw, Read(at, bytes));
    auto block = std::make_shared<const std::string>(std::move(raw));
    if (cache_ != nullptr) cache_->Put(file_.number, offset, block);
    return BlockBytes(std::move(block));
  }
  Result<std::string> Read(uint64_t at, uint32_t bytes) {
    if (bytes_.empty()) RETURN_IF_ERROR(file_.ReadBytes(ref_.offset, ref_.bytes(), bytes_));
    std::string raw;
    RETURN_IF_ERROR(
        DecodeBlock(std::string_view(bytes_).substr(at, bytes), file_.path, ref_.offset + at, raw));
    return raw;
  }

  const SegmentFile& file_;
  const GroupRef& ref_;
  BlockCache* const cache_;
  std::string bytes_;
  BlockBytes ids_;
  uint64_t at_ = 0;
};

Result<BlockBytes> SegmentRun::ReadBlock(const BlockRef& ref) const {
  if (cache_ != nullptr) {
    if (BlockBytes kept = cache_->blocks().Get(file_.number, ref.offset)) return kept;
  }
  std::string raw;
  RETURN_IF_ERROR(file_.ReadBlock(ref, raw));
  auto block = std::make_shared<const std::string>(std::move(raw));
  if (cache_ != nullptr) cache_->blocks().Put(file_.number, ref.offset, block);
  return BlockBytes(std::move(block));
}

namespace {

// More columns of a group are not held open at once: some thousand of them.
constexpr size_t kColumnsBytesAtOnce = size_t{4} << 20;
// Groups of version 1 are opened whole.
constexpr uint64_t kColumnsVersion1Max = 20'000;

Status TooManyKeys() {
  return base::ResourceExhausted(
      "the attributes of a trace have more different keys than can be read within --memory: raise it");
}

const BlockBytes& NoExtras() {
  static const auto none = std::make_shared<const std::string>();
  return none;
}

}  // namespace

Status SegmentRun::OpenVersion1(Group& group, GroupBlocks& blocks) const {
  const GroupRef& ref = group.ref();
  ASSIGN_OR_RETURN(BlockBytes ids, blocks.Take(ref.ids_bytes));
  ASSIGN_OR_RETURN(const BlockBytes core, blocks.Take(ref.core_bytes));
  ASSIGN_OR_RETURN(BlockBytes values, blocks.Take(ref.values_bytes));
  if (ByteReader(*values).Varint() > kColumnsVersion1Max) return TooManyKeys();
  BlockBytes extras = NoExtras();
  if (ref.extras_bytes > 0) {
    ASSIGN_OR_RETURN(extras, blocks.Take(ref.extras_bytes));
  }
  if (!group.OpenVersion1(std::move(ids), *core) ||
      !group.OpenValuesVersion1(std::move(values), std::move(extras))) {
    return file_.Malformed("group", ref.offset);
  }
  return base::OkStatus();
}

Status SegmentRun::OpenAll(Group& group, GroupBlocks& blocks) const {
  const GroupRef& ref = group.ref();
  const auto malformed = [&] { return file_.Malformed("group", ref.offset); };
  RETURN_IF_ERROR(blocks.OpenCore(group));
  ASSIGN_OR_RETURN(BlockBytes times, blocks.Take(ref.times_bytes));
  ASSIGN_OR_RETURN(BlockBytes bits, blocks.Take(ref.bits_bytes));
  if (!group.OpenTimes(std::move(times), std::move(bits))) return malformed();
  ASSIGN_OR_RETURN(BlockBytes ids, blocks.TakeIds());
  if (!group.OpenIds(std::move(ids))) return malformed();
  ASSIGN_OR_RETURN(const BlockBytes parents, blocks.Take(ref.parents_bytes));
  if (!group.OpenParents(*parents)) return malformed();
  if (group.columns().size() * group.open_column_bytes() > kColumnsBytesAtOnce) {
    group.SetColumnsByTrace();
    return OpenExtras(group);
  }
  group.PrepareColumns();
  for (size_t at = 0; at < group.columns().size(); ++at) {
    ASSIGN_OR_RETURN(BlockBytes values, blocks.Take(group.columns()[at].bytes));
    if (!group.OpenColumn(at, std::move(values))) return malformed();
  }
  BlockBytes extras = NoExtras();
  if (ref.extras_bytes > 0) {
    ASSIGN_OR_RETURN(extras, blocks.Take(ref.extras_bytes));
  }
  return group.OpenExtras(std::move(extras)) ? base::OkStatus() : malformed();
}

Result<std::unique_ptr<Group>> SegmentRun::LoadGroup(uint32_t number) const {
  GroupBlocks blocks(file_, footer_.groups[number], nullptr);
  return OpenGroup(footer_.groups[number], blocks);
}

Result<std::unique_ptr<Group>> SegmentRun::OpenGroup(const GroupRef& ref, GroupBlocks& blocks) const {
  auto group = std::make_unique<Group>(schema_, ref);
  RETURN_IF_ERROR(file_.version == 1 ? OpenVersion1(*group, blocks) : OpenAll(*group, blocks));
  return group;
}

Result<std::unique_ptr<Group>> SegmentRun::LoadGroupOf(uint32_t number,
                                                       const trace::TraceId& id) const {
  const GroupRef& ref = footer_.groups[number];
  GroupBlocks blocks(file_, ref, cache_ == nullptr ? nullptr : &cache_->blocks());
  if (file_.version > 1) {
    ASSIGN_OR_RETURN(const BlockBytes ids, blocks.PeekIds());
    if (!Group::HoldsTrace(*ids, ref.traces, id)) return std::unique_ptr<Group>();
  }
  return OpenGroup(ref, blocks);
}

Result<std::unique_ptr<Group>> SegmentRun::LoadGroupHeads(uint32_t number, std::string& scratch) const {
  if (file_.version == 1) return LoadGroup(number);
  const GroupRef& ref = footer_.groups[number];
  const auto malformed = [&] { return file_.Malformed("group", ref.offset); };
  auto group = std::make_unique<Group>(schema_, ref);
  std::string raw, ids;
  BlockCache* const kept = cache_ == nullptr ? nullptr : &cache_->blocks();
  if (auto core = kept == nullptr ? nullptr : kept->GetDecoded<GroupCore>(file_.number, ref.offset)) {
    group->ShareCore(std::move(core));
  } else {
    RETURN_IF_ERROR(file_.ReadBytes(ref.offset, ref.core_bytes, scratch));
    RETURN_IF_ERROR(DecodeBlock(scratch, file_.path, ref.offset, raw));
    if (!group->OpenCore(raw)) return malformed();
    if (kept != nullptr)
      kept->AddDecoded(file_.number, ref.offset, group->core(), group->core()->held_bytes());
  }
  const uint64_t offset = ref.offset + ref.core_bytes + ref.times_bytes + ref.bits_bytes;
  RETURN_IF_ERROR(file_.ReadBytes(offset, uint64_t{ref.ids_bytes} + ref.parents_bytes, scratch));
  const auto blocks = std::string_view(scratch);
  RETURN_IF_ERROR(DecodeBlock(blocks.substr(0, ref.ids_bytes), file_.path, offset, ids));
  if (!group->OpenIds(std::make_shared<const std::string>(std::move(ids)))) return malformed();
  RETURN_IF_ERROR(DecodeBlock(blocks.substr(ref.ids_bytes), file_.path, offset + ref.ids_bytes, raw));
  if (!group->OpenParents(raw)) return malformed();
  return group;
}

Result<std::unique_ptr<Group>> SegmentRun::LoadGroupCore(uint32_t number) const {
  if (file_.version == 1) return LoadGroup(number);
  const GroupRef& ref = footer_.groups[number];
  auto group = std::make_unique<Group>(schema_, ref);
  BlockCache* const kept = cache_ == nullptr ? nullptr : &cache_->blocks();
  if (auto core = kept == nullptr ? nullptr : kept->GetDecoded<GroupCore>(file_.number, ref.offset)) {
    group->ShareCore(std::move(core));
    return group;
  }
  std::string raw;
  RETURN_IF_ERROR(file_.ReadBlock({ref.offset, ref.core_bytes}, raw));
  if (!group->OpenCore(raw)) return file_.Malformed("group", ref.offset);
  if (kept != nullptr)
    kept->PutDecoded(file_.number, ref.offset, group->core(), group->core()->held_bytes());
  return group;
}

Status SegmentRun::OpenTimes(Group& group) const {
  if (group.times_open()) return base::OkStatus();
  const GroupRef& ref = group.ref();
  const uint64_t offset = ref.offset + ref.core_bytes;
  ASSIGN_OR_RETURN(BlockBytes times, ReadBlock({offset, ref.times_bytes}));
  ASSIGN_OR_RETURN(BlockBytes bits, ReadBlock({offset + ref.times_bytes, ref.bits_bytes}));
  return group.OpenTimes(std::move(times), std::move(bits)) ? base::OkStatus()
                                                            : file_.Malformed("group", offset);
}

Status SegmentRun::OpenIds(Group& group) const {
  if (group.ids_open()) return base::OkStatus();
  const GroupRef& ref = group.ref();
  const uint64_t offset = ref.offset + ref.core_bytes + ref.times_bytes + ref.bits_bytes;
  ASSIGN_OR_RETURN(BlockBytes ids, ReadBlock({offset, ref.ids_bytes}));
  return group.OpenIds(std::move(ids)) ? base::OkStatus() : file_.Malformed("group", offset);
}

Status SegmentRun::OpenColumn(Group& group, size_t at,
                              const std::vector<uint32_t>* times_in_shape) const {
  if (group.column_open(at)) return base::OkStatus();
  const GroupRef& ref = group.ref();
  const Group::ColumnRef& column = group.columns()[at];
  const uint64_t offset =
      ref.offset + ref.core_bytes + ref.times_bytes + ref.bits_bytes + ref.ids_bytes +
      ref.parents_bytes + column.offset;
  ASSIGN_OR_RETURN(BlockBytes values, ReadBlock({offset, column.bytes}));
  return group.OpenColumn(at, std::move(values), times_in_shape) ? base::OkStatus()
                                                                 : file_.Malformed("group values", offset);
}

Status SegmentRun::OpenColumnsOf(Group& group, size_t trace, const MayTake& may_take) const {
  if (!group.columns_by_trace()) return base::OkStatus();
  group.CloseColumns();
  const std::vector<uint32_t> columns = group.ColumnsOf(trace);
  if (may_take && !may_take(columns.size() * group.open_column_bytes())) return TooManyKeys();
  group.PrepareColumns(columns);
  for (const uint32_t at : columns) RETURN_IF_ERROR(OpenColumn(group, at, nullptr));
  return base::OkStatus();
}

Status SegmentRun::OpenExtras(Group& group) const {
  const GroupRef& ref = group.ref();
  if (group.extras_open()) return base::OkStatus();
  BlockBytes extras = NoExtras();
  if (ref.extras_bytes > 0) {
    ASSIGN_OR_RETURN(extras, ReadBlock({ref.offset + ref.bytes() - ref.extras_bytes, ref.extras_bytes}));
  }
  return group.OpenExtras(std::move(extras)) ? base::OkStatus()
                                             : file_.Malformed("group", ref.offset);
}

}  // namespace awry::columnar
