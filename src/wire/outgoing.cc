#include "wire/outgoing.h"

#include "codec/compress.h"
#include "codec/utf8.h"

namespace awry::wire {

bool IsUtf8(std::string_view text) { return codec::IsValidUtf8(text); }

std::string ToUtf8(std::string_view text) {
  std::string out;
  codec::AppendValidUtf8(out, text);
  return out;
}

std::string_view CutUtf8(std::string_view text, size_t bytes_max) {
  return codec::TruncateUtf8(text, bytes_max);
}

base::Result<std::string> Gzip(std::string_view bytes) {
  return codec::Compress(codec::Compression::kGzip, bytes, 1);
}

}  // namespace awry::wire
