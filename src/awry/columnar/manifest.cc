// manifest := magic 8 | version u32 | crc32c of the body u32 | body
// body     := first log | spans dropped | segments, each a number (varints)
#include "awry/columnar/manifest.h"

#include <fmt/format.h>

#include <charconv>

#include "awry/columnar/byte_reader.h"
#include "codec/crc32c.h"

namespace awry::columnar {

using base::Result;
using base::Status;

Result<Manifest> ReadManifest(base::FileSystem& files, const std::string& path) {
  ASSIGN_OR_RETURN(const std::string bytes, files.ReadAll(path));
  const auto corrupt = [&](std::string_view what, size_t offset) {
    return base::DataLoss(fmt::format("manifest {}: {}, offset {}", what, path, offset));
  };
  if (bytes.size() < 16 || !bytes.starts_with(kManifestMagic))
    return corrupt("has a wrong header", 0);
  const auto version = codec::ReadFixed<uint32_t>(bytes.data() + 8);
  const std::string_view body = std::string_view(bytes).substr(16);
  const uint32_t crc = codec::Crc32c(body, codec::Crc32c(std::string_view(bytes).substr(0, 12)));
  if (crc != codec::ReadFixed<uint32_t>(bytes.data() + 12)) return corrupt("checksum mismatch", 12);
  if (version > kManifestVersion) {
    return base::Unimplemented(
        fmt::format("written by a newer Awry: manifest version {}, this one reads up to {}: {}",
                    version, kManifestVersion, path));
  }
  Manifest manifest;
  ByteReader in(body);
  manifest.first_log = in.Varint();
  manifest.spans_dropped = in.Varint();
  for (uint64_t n = in.Varint(), i = 0; in.ok() && i < n; ++i)
    manifest.segments.push_back(in.Varint());
  if (!in.ok() || !in.at_end()) return corrupt("is malformed", 16);
  return manifest;
}

Status WriteManifest(base::FileSystem& files, const std::string& path, const Manifest& manifest) {
  std::string body;
  codec::PutVarint(body, manifest.first_log);
  codec::PutVarint(body, manifest.spans_dropped);
  codec::PutVarint(body, manifest.segments.size());
  for (const uint64_t number : manifest.segments) codec::PutVarint(body, number);
  std::string bytes(kManifestMagic);
  codec::PutFixed(bytes, kManifestVersion);
  codec::PutFixed(bytes, codec::Crc32c(body, codec::Crc32c(bytes)));
  bytes.append(body);
  return files.WriteAtomically(path, bytes);
}

std::string SegmentFileName(uint64_t number) { return fmt::format("{:08}.seg", number); }
std::string LogFileName(uint64_t number) { return fmt::format("wal-{:08}.log", number); }

namespace {

uint64_t NumberBetween(std::string_view name, std::string_view before, std::string_view after) {
  if (!name.starts_with(before) || !name.ends_with(after)) return 0;
  name.remove_prefix(before.size());
  if (name.size() <= after.size()) return 0;
  name.remove_suffix(after.size());
  uint64_t number = 0;
  const auto result = std::from_chars(name.data(), name.data() + name.size(), number);
  return result.ec == std::errc() && result.ptr == name.data() + name.size() ? number : 0;
}

}  // namespace

uint64_t SegmentNumber(std::string_view name) { return NumberBetween(name, "", ".seg"); }
uint64_t LogNumber(std::string_view name) { return NumberBetween(name, "wal-", ".log"); }

}  // namespace awry::columnar
