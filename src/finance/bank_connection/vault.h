// Seals secrets with a key that lies beside the database, not in it.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

namespace finance::bank_connection {

namespace base = awry::base;

// Thread-safe.
class Vault {
 public:
  // Reads the key's file (32 bytes), or makes it, readable for its owner only. kDataLoss when the file has
  // another length: nothing that was sealed can be opened without the right one.
  static base::Result<std::unique_ptr<Vault>> Open(const std::string& key_file);

  // XChaCha20-Poly1305 with a random nonce, as Base64. `bound_to` must be the same when it is opened: a
  // sealed text that is moved to another row does not open.
  std::string Seal(std::string_view secret, std::string_view bound_to) const;
  // kDataLoss when it was changed, belongs to another row, or was sealed with another key.
  base::Result<std::string> Unseal(std::string_view sealed, std::string_view bound_to) const;

 private:
  explicit Vault(const std::array<unsigned char, 32>& key) : key_(key) {}
  const std::array<unsigned char, 32> key_;
};

}  // namespace finance::bank_connection
