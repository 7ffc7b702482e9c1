// Any bytes are either a whole backup or an error.
#include <cstdint>
#include <string>

#include "finance/dashboard/backup_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  // Deriving a key that the input may choose would only measure Argon2.
  if (size >= 24 && (bytes.compare(8, 8, std::string("\1\0\0\0\0\0\0\0", 8)) != 0 ||
                     bytes.compare(16, 8, std::string("\0\x20\0\0\0\0\0\0", 8)) != 0)) {
    return 0;
  }
  size_t offset = 0;
  const finance::dashboard::ByteSource source =
      [&](size_t wanted) -> awry::base::Result<std::string> {
    if (bytes.size() - offset < wanted) return awry::base::OutOfRange("end");
    offset += wanted;
    return bytes.substr(offset - wanted, wanted);
  };
  (void)finance::dashboard::ReadBackup(
      source, "passphrase",
      {.begin_file = [](const std::string&) { return awry::base::OkStatus(); },
       .append = [](std::string_view) { return awry::base::OkStatus(); }});
  return 0;
}
