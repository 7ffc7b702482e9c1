// The list of what makes up a store: which segments count and where the log begins.
// Format: docs/formats/segment.md, "manifest".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/status.h"

namespace awry::columnar {

inline constexpr std::string_view kManifestMagic{"AWRYMAN\n", 8};
inline constexpr uint32_t kManifestVersion = 1;

struct Manifest {
  uint64_t first_log = 1;          // logs before are in segments
  uint64_t spans_dropped = 0;      // by retention, since the store began
  std::vector<uint64_t> segments;  // oldest first
};

// kNotFound when there is none; kDataLoss and kUnimplemented name the file.
base::Result<Manifest> ReadManifest(base::FileSystem& files, const std::string& path);
// Replaces the file: a crash leaves the old one or the new one.
base::Status WriteManifest(base::FileSystem& files, const std::string& path,
                           const Manifest& manifest);

std::string SegmentFileName(uint64_t number);  // "00000017.seg"
std::string LogFileName(uint64_t number);      // "wal-00000018.log"
// The number in such a name, 0 when it is none.
uint64_t SegmentNumber(std::string_view name);
uint64_t LogNumber(std::string_view name);

}  // namespace awry::columnar
