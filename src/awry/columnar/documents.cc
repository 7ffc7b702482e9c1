// document := magic 8 | version u32 | crc32c of what follows u32 | name (with its length) |
// contents
#include "awry/columnar/documents.h"

#include <fmt/format.h>

#include "awry/columnar/byte_reader.h"
#include "codec/base64.h"
#include "codec/crc32c.h"

namespace awry::columnar {

using base::Result;
using base::Status;

namespace {

constexpr std::string_view kMagic{"AWRYDOC\n", 8};
constexpr uint32_t kVersion = 1;
constexpr size_t kNameBytesMax = 100;

}  // namespace

Status Documents::MakeFolder(base::FileSystem& files, const std::string& path) {
  return files.MakeDirs(path);
}

std::string Documents::PathOf(const std::string& name) const {
  return path_ + "/" + codec::HexEncode(name) + ".doc";
}

Status Documents::Put(const std::string& name, const std::string& contents) {
  if (name.empty() || name.size() > kNameBytesMax) {
    return base::InvalidArgument(
        fmt::format("document name must have 1 to {} bytes", kNameBytesMax));
  }
  std::string body;
  codec::PutVarint(body, name.size());
  body.append(name);
  body.append(contents);
  std::string bytes(kMagic);
  codec::PutFixed(bytes, kVersion);
  codec::PutFixed(bytes, codec::Crc32c(body, codec::Crc32c(bytes)));
  bytes.append(body);
  const base::MutexLock lock(mutex_);
  return files_.WriteAtomically(PathOf(name), bytes);
}

Result<std::string> Documents::Get(const std::string& name) {
  const std::string path = PathOf(name);
  if (name.empty() || name.size() > kNameBytesMax || !files_.Exists(path)) {
    return base::NotFound("document not found: " + name);
  }
  ASSIGN_OR_RETURN(const std::string bytes, files_.ReadAll(path));
  const auto corrupt = [&] {
    return base::DataLoss("document is corrupt: " + path + ", offset 0");
  };
  if (bytes.size() < 16 || !bytes.starts_with(kMagic)) return corrupt();
  const std::string_view body = std::string_view(bytes).substr(16);
  const uint32_t crc = codec::Crc32c(body, codec::Crc32c(std::string_view(bytes).substr(0, 12)));
  if (crc != codec::ReadFixed<uint32_t>(bytes.data() + 12)) return corrupt();
  if (codec::ReadFixed<uint32_t>(bytes.data() + 8) > kVersion) {
    return base::Unimplemented("written by a newer Awry: document " + path);
  }
  ByteReader in(body);
  if (in.Bytes() != name || !in.ok()) return corrupt();
  return std::string(in.rest());
}

}  // namespace awry::columnar
