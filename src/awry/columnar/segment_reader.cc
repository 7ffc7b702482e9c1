#include "awry/columnar/segment_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "codec/crc32c.h"
#include "codec/varint.h"

namespace awry::columnar {

using base::Result;
using base::Status;
using codec::ReadFixed;

Result<std::shared_ptr<const SegmentReader>> SegmentReader::Open(base::FileSystem& files,
                                                                 const std::string& path,
                                                                 uint64_t number) {
  std::shared_ptr<SegmentReader> reader(new SegmentReader());
  reader->number_ = number;
  reader->path_ = path;
  ASSIGN_OR_RETURN(reader->file_, files.OpenForRead(path));
  RETURN_IF_ERROR(reader->ReadFooter());
  std::string raw;
  RETURN_IF_ERROR(reader->ReadBlock(reader->footer_.schema, raw));
  ByteReader in(raw);
  if (!reader->schema_.Decode(in) || !in.at_end()) {
    return reader->Malformed("schema", reader->footer_.schema.offset);
  }
  RETURN_IF_ERROR(reader->ReadBlock(reader->footer_.trace_filter, raw));
  if (!reader->filter_.Load(std::move(raw))) {
    return reader->Malformed("trace filter", reader->footer_.trace_filter.offset);
  }
  RETURN_IF_ERROR(reader->ReadBlock(reader->footer_.attribute_directory, raw));
  if (!DecodeDirectory(raw, reader->attributes_)) {
    return reader->Malformed("attribute directory", reader->footer_.attribute_directory.offset);
  }
  return std::shared_ptr<const SegmentReader>(std::move(reader));
}

Status SegmentReader::Malformed(std::string_view what, uint64_t offset) const {
  return base::DataLoss(fmt::format("segment {} is corrupt: {}, offset {}", what, path_, offset));
}

Status SegmentReader::ReadFooter() {
  const uint64_t size = file_->size_bytes();
  if (size < kSegmentHeaderBytes + kSegmentTrailerBytes) return Malformed("length", size);
  const uint64_t trailer_offset = size - kSegmentTrailerBytes;
  std::string header, trailer;
  RETURN_IF_ERROR(file_->Read(0, kSegmentHeaderBytes, header));
  RETURN_IF_ERROR(file_->Read(trailer_offset, kSegmentTrailerBytes, trailer));
  const std::string_view magic = std::string_view(trailer).substr(20);
  const auto version = ReadFixed<uint32_t>(trailer.data() + 16);
  // Both ends must agree that it is newer; one alone is damage.
  if (magic == kSegmentMagic && version > kSegmentVersion && header.starts_with(kSegmentMagic) &&
      ReadFixed<uint32_t>(header.data() + 8) == version) {
    return base::Unimplemented(
        fmt::format("segment of a newer version, open it with a newer program: {}, version {}",
                    path_, version));
  }
  if (magic != kSegmentMagic || version != kSegmentVersion)
    return Malformed("trailer", trailer_offset);
  if (!header.starts_with(kSegmentMagic) ||
      ReadFixed<uint32_t>(header.data() + 8) != kSegmentVersion ||
      ReadFixed<uint32_t>(header.data() + 12) != 0) {
    return Malformed("header", 0);
  }
  const auto offset = ReadFixed<uint64_t>(trailer.data());
  const auto bytes = ReadFixed<uint32_t>(trailer.data() + 8);
  if (offset > trailer_offset || bytes != trailer_offset - offset)
    return Malformed("trailer", trailer_offset);
  std::string footer;
  RETURN_IF_ERROR(file_->Read(offset, bytes, footer));
  const uint32_t crc =
      codec::Crc32c(std::string_view(trailer).substr(0, 12), codec::Crc32c(footer));
  if (crc != ReadFixed<uint32_t>(trailer.data() + 12)) return Malformed("footer checksum", offset);
  if (!DecodeFooter(footer, footer_)) return Malformed("footer", offset);
  return base::OkStatus();
}

Status SegmentReader::ReadBlock(const BlockRef& ref, std::string& raw) const {
  const uint64_t size = file_->size_bytes();
  if (ref.offset > size || ref.bytes > size - ref.offset)
    return Malformed("block reference", ref.offset);
  std::string block;
  RETURN_IF_ERROR(file_->Read(ref.offset, ref.bytes, block));
  return DecodeBlock(block, path_, ref.offset, raw);
}

size_t SegmentReader::memory_bytes() const {
  size_t bytes = sizeof(*this) + schema_.memory_bytes() + filter_.bytes().capacity() +
                 attributes_.pages.capacity() * sizeof(AttributeDirectory::Page) +
                 footer_.groups.capacity() * sizeof(GroupRef);
  const base::MutexLock lock(mutex_);
  if (index_) bytes += index_->memory_bytes();
  return bytes;
}

bool SegmentReader::MayContain(const trace::TraceId& id) const {
  return filter_.MayContain(TraceFilter::Hash(id));
}

std::pair<uint32_t, uint32_t> SegmentReader::GroupsOf(const trace::TraceId& id) const {
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

std::vector<uint32_t> SegmentReader::GroupsOfOrdinal(uint32_t ordinal) const {
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

Result<std::unique_ptr<Group>> SegmentReader::LoadGroup(uint32_t number, bool with_values) const {
  const GroupRef& ref = footer_.groups[number];
  const uint64_t values_offset = ref.offset + ref.ids_bytes + ref.core_bytes;
  std::string ids, core;
  if (!with_values) {
    RETURN_IF_ERROR(ReadBlock({ref.offset, ref.ids_bytes}, ids));
    RETURN_IF_ERROR(ReadBlock({ref.offset + ref.ids_bytes, ref.core_bytes}, core));
  } else {
    const uint64_t size = file_->size_bytes();
    const uint64_t bytes = values_offset - ref.offset + ref.values_bytes + ref.extras_bytes;
    if (ref.offset > size || bytes > size - ref.offset)
      return Malformed("group reference", ref.offset);
    std::string all;
    RETURN_IF_ERROR(file_->Read(ref.offset, bytes, all));
    std::string_view rest = all;
    uint64_t offset = ref.offset;
    const auto next = [&](uint32_t length, std::string& raw) {
      const std::string_view block = rest.substr(0, length);
      rest.remove_prefix(length);
      offset += length;
      return DecodeBlock(block, path_, offset - length, raw);
    };
    std::string values, extras;
    RETURN_IF_ERROR(next(ref.ids_bytes, ids));
    RETURN_IF_ERROR(next(ref.core_bytes, core));
    RETURN_IF_ERROR(next(ref.values_bytes, values));
    if (ref.extras_bytes > 0) RETURN_IF_ERROR(next(ref.extras_bytes, extras));
    auto group = std::make_unique<Group>();
    if (!group->OpenCore(schema_, ref, std::move(ids), std::move(core)) ||
        !group->OpenValues(std::move(values), std::move(extras))) {
      return Malformed("group", ref.offset);
    }
    return group;
  }
  auto group = std::make_unique<Group>();
  if (!group->OpenCore(schema_, ref, std::move(ids), std::move(core))) {
    return Malformed("group", ref.offset);
  }
  return group;
}

Status SegmentReader::LoadValues(uint32_t number, Group& loaded) const {
  const GroupRef& ref = footer_.groups[number];
  const uint64_t offset = ref.offset + ref.ids_bytes + ref.core_bytes;
  std::string values, extras;
  RETURN_IF_ERROR(ReadBlock({offset, ref.values_bytes}, values));
  if (ref.extras_bytes > 0)
    RETURN_IF_ERROR(ReadBlock({offset + ref.values_bytes, ref.extras_bytes}, extras));
  if (!loaded.OpenValues(std::move(values), std::move(extras)))
    return Malformed("group values", offset);
  return base::OkStatus();
}

Result<std::shared_ptr<const TraceIndex>> SegmentReader::LoadTraceIndex() const {
  {
    const base::MutexLock lock(mutex_);
    if (index_) return index_;
  }
  std::string raw;
  RETURN_IF_ERROR(ReadBlock(footer_.trace_index, raw));
  auto index = std::make_shared<TraceIndex>();
  if (!index->Load(std::move(raw), footer_.traces, footer_.start_min_ns)) {
    return Malformed("trace index", footer_.trace_index.offset);
  }
  const base::MutexLock lock(mutex_);
  if (!index_) index_ = std::move(index);
  return index_;
}

Result<std::vector<uint32_t>> SegmentReader::GroupsWithAttribute(
    const std::vector<uint64_t>& hashes) const {
  std::vector<uint32_t> groups;
  const auto& pages = attributes_.pages;
  for (const uint64_t hash : hashes) {
    const uint32_t wanted = IndexHash(attributes_, hash);
    // Entries of one hash may begin in the page before the first that starts with it.
    auto it = std::lower_bound(
        pages.begin(), pages.end(), wanted,
        [](const AttributeDirectory::Page& p, uint32_t h) { return p.first_hash < h; });
    if (it != pages.begin()) --it;
    for (; it != pages.end() && it->first_hash <= wanted; ++it) {
      std::string page;
      RETURN_IF_ERROR(ReadBlock({it->offset, it->bytes}, page));
      if (!FindInPage(attributes_, static_cast<size_t>(it - pages.begin()), page, wanted, groups)) {
        return Malformed("attribute page", it->offset);
      }
    }
  }
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  while (!groups.empty() && groups.back() >= footer_.groups.size()) groups.pop_back();
  return groups;
}

Status SegmentReader::Verify() const {
  RETURN_IF_ERROR(LoadTraceIndex().status());
  std::string raw;
  for (const AttributeDirectory::Page& page : attributes_.pages) {
    RETURN_IF_ERROR(ReadBlock({page.offset, page.bytes}, raw));
  }
  Row row;
  for (uint32_t g = 0; g < footer_.groups.size(); ++g) {
    ASSIGN_OR_RETURN(const std::unique_ptr<Group> group, LoadGroup(g, true));
    for (uint32_t i = 0; i < group->rows().size(); ++i) {
      if (!group->ReadRow(i, row)) return Malformed("group values", footer_.groups[g].offset);
    }
  }
  return base::OkStatus();
}

}  // namespace awry::columnar
