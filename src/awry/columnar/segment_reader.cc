#include "awry/columnar/segment_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "codec/crc32c.h"
#include "codec/varint.h"

namespace awry::columnar {

using base::Result;
using base::Status;
using codec::ReadFixed;

Result<std::shared_ptr<const SegmentReader>> SegmentReader::Open(base::FileSystem& files,
                                                                 const std::string& path,
                                                                 uint64_t number,
                                                                 IndexCache* cache) {
  std::shared_ptr<SegmentReader> reader(new SegmentReader());
  reader->file_.number = number;
  reader->file_.path = path;
  ASSIGN_OR_RETURN(reader->file_.file, files.OpenForRead(path));
  RETURN_IF_ERROR(reader->ReadFooter());
  uint32_t first_group = 0;
  for (const RunFooter& footer : reader->footer_.runs) {
    ASSIGN_OR_RETURN(std::unique_ptr<SegmentRun> run,
                     SegmentRun::Open(reader->file_, footer, first_group, cache));
    reader->runs_.push_back(std::move(run));
    first_group += static_cast<uint32_t>(footer.groups.size());
  }
  reader->CollectSharedKeys();
  const BlockRef& directory = reader->footer_.attribute_directory;
  std::string raw;
  RETURN_IF_ERROR(reader->file_.ReadBlock(directory, raw));
  if (!DecodeDirectory(raw, reader->file_.version, reader->attributes_)) {
    return reader->file_.Malformed("attribute directory", directory.offset);
  }
  return std::shared_ptr<const SegmentReader>(std::move(reader));
}

Status SegmentReader::ReadFooter() {
  const uint64_t size = file_.file->size_bytes();
  const auto malformed = [this](std::string_view what, uint64_t offset) {
    return file_.Malformed(what, offset);
  };
  if (size < kSegmentHeaderBytes + kSegmentTrailerBytes) return malformed("length", size);
  const uint64_t trailer_offset = size - kSegmentTrailerBytes;
  std::string header, trailer;
  RETURN_IF_ERROR(file_.file->Read(0, kSegmentHeaderBytes, header));
  RETURN_IF_ERROR(file_.file->Read(trailer_offset, kSegmentTrailerBytes, trailer));
  const std::string_view magic = std::string_view(trailer).substr(20);
  const auto version = ReadFixed<uint32_t>(trailer.data() + 16);
  // Both ends must agree that it is newer; one alone is damage.
  if (magic == kSegmentMagic && version > kSegmentVersion && header.starts_with(kSegmentMagic) &&
      ReadFixed<uint32_t>(header.data() + 8) == version) {
    return base::Unimplemented(
        fmt::format("written by a newer Awry: segment version {}, this one reads up to {}: {}",
                    version, kSegmentVersion, file_.path));
  }
  if (magic != kSegmentMagic || version == 0 || version > kSegmentVersion)
    return malformed("trailer", trailer_offset);
  if (!header.starts_with(kSegmentMagic) ||
      ReadFixed<uint32_t>(header.data() + 8) != version ||
      ReadFixed<uint32_t>(header.data() + 12) != 0) {
    return malformed("header", 0);
  }
  const auto offset = ReadFixed<uint64_t>(trailer.data());
  const auto bytes = ReadFixed<uint32_t>(trailer.data() + 8);
  if (offset > trailer_offset || bytes != trailer_offset - offset)
    return malformed("trailer", trailer_offset);
  std::string footer;
  RETURN_IF_ERROR(file_.file->Read(offset, bytes, footer));
  const uint32_t crc =
      codec::Crc32c(std::string_view(trailer).substr(0, 12), codec::Crc32c(footer));
  if (crc != ReadFixed<uint32_t>(trailer.data() + 12)) return malformed("footer checksum", offset);
  file_.version = footer_.version = version;
  if (!DecodeFooter(footer, footer_)) {
    // Nothing changed these bytes since they were written: another program laid them out.
    return base::DataLoss(fmt::format(
        "segment footer is whole but not laid out as version {}, it may be of a build between "
        "releases: {}, offset {}",
        version, file_.path, offset));
  }
  return base::OkStatus();
}

void SegmentReader::CollectSharedKeys() {
  for (const auto& run : runs_)
    shared_keys_.insert(shared_keys_.end(), run->shared_keys().begin(), run->shared_keys().end());
  std::sort(shared_keys_.begin(), shared_keys_.end());
  shared_keys_.erase(std::unique(shared_keys_.begin(), shared_keys_.end()), shared_keys_.end());
  shared_keys_.shrink_to_fit();
}

bool SegmentReader::SharedHaveKey(std::string_view key) const {
  return std::binary_search(shared_keys_.begin(), shared_keys_.end(), key);
}

std::vector<const SegmentRun*> SegmentReader::RunsOf(const std::vector<uint32_t>& groups) const {
  std::vector<const SegmentRun*> found;
  for (auto it = groups.begin(); it != groups.end();) {
    const auto behind = std::upper_bound(
        runs_.begin(), runs_.end(), *it,
        [](uint32_t group, const auto& run) { return group < run->first_group(); });
    found.push_back(std::prev(behind)->get());  // the first run begins with group 0
    if (behind == runs_.end()) break;
    it = std::lower_bound(it, groups.end(), (*behind)->first_group());
  }
  return found;
}

size_t SegmentReader::memory_bytes() const {
  size_t bytes = sizeof(*this) + attributes_.pages.capacity() * sizeof(AttributeDirectory::Page) +
                 shared_keys_.capacity() * sizeof(std::string_view);
  for (const auto& run : runs_) bytes += run->memory_bytes();
  return bytes;
}

namespace {

// The first page that begins with `wanted` or behind it. Hashes are spread evenly, so that it stands about where
// its share of all hashes says: searched from there, few of the pages are looked at.
size_t FirstPageFrom(const AttributeDirectory& directory, uint32_t wanted) {
  const auto& pages = directory.pages;
  const auto before = [&](size_t page) { return pages[page].first_hash < wanted; };
  size_t low = std::min<size_t>((uint64_t{wanted} * pages.size()) >> directory.hash_bits, pages.size());
  size_t high = low;
  for (size_t step = 16; low > 0 && !before(low - 1); step *= 4) {
    high = low - 1;
    low -= std::min(step, low);
  }
  for (size_t step = 16; high < pages.size() && before(high); step *= 4) {
    low = high + 1;
    high = std::min(high + step, pages.size());
  }
  while (low < high) {
    const size_t middle = (low + high) / 2;
    before(middle) ? low = middle + 1 : high = middle;
  }
  return low;
}

}  // namespace

Result<std::vector<uint32_t>> SegmentReader::GroupsWithAttribute(
    const std::vector<uint64_t>& hashes) const {
  std::vector<uint32_t> groups;
  std::string page;
  const auto& pages = attributes_.pages;
  for (const uint64_t hash : hashes) {
    const uint32_t wanted = IndexHash(attributes_, hash);
    // Entries of one hash may begin in the page before the first that starts with it.
    size_t at = FirstPageFrom(attributes_, wanted);
    if (at > 0) --at;
    for (; at < pages.size() && pages[at].first_hash <= wanted; ++at) {
      RETURN_IF_ERROR(file_.ReadBlock({pages[at].offset, pages[at].bytes}, page));
      if (!FindInPage(attributes_, at, page, wanted, groups))
        return file_.Malformed("attribute page", pages[at].offset);
    }
  }
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  while (!groups.empty() && groups.back() >= footer_.groups) groups.pop_back();
  return groups;
}

Status SegmentReader::ReadAttributePage(size_t page, std::vector<AttributeEntry>& entries) const {
  const AttributeDirectory::Page& info = attributes_.pages[page];
  std::string bytes;
  RETURN_IF_ERROR(file_.ReadBlock({info.offset, info.bytes}, bytes));
  return DecodePage(attributes_, page, bytes, entries)
             ? base::OkStatus()
             : file_.Malformed("attribute page", info.offset);
}

Status SegmentReader::Verify() const {
  std::string raw;
  std::vector<uint32_t> groups;
  for (size_t i = 0; i < attributes_.pages.size(); ++i) {
    const AttributeDirectory::Page& page = attributes_.pages[i];
    RETURN_IF_ERROR(file_.ReadBlock({page.offset, page.bytes}, raw));
    if (!FindInPage(attributes_, i, raw, UINT32_MAX, groups))
      return file_.Malformed("attribute page", page.offset);
  }
  Row row;
  for (const auto& run : runs_) {
    RETURN_IF_ERROR(run->LoadTraceIndex().status());
    for (uint32_t g = 0; g < run->footer().groups.size(); ++g) {
      ASSIGN_OR_RETURN(const std::unique_ptr<Group> group, run->LoadGroup(g));
      for (size_t t = 0; t < group->traces().size(); ++t) {
        RETURN_IF_ERROR(run->OpenColumnsOf(*group, t, nullptr));
        for (uint32_t i = group->traces()[t].first; i < group->traces()[t].end; ++i) {
          if (!group->ReadRow(i, row))
            return file_.Malformed("group values", run->footer().groups[g].offset);
        }
      }
    }
  }
  return base::OkStatus();
}

}  // namespace awry::columnar
