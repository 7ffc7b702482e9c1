// Sealed: nonce (24 bytes), then ciphertext with its tag.
#include "finance/bank_connection/vault.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/random.h"
#include "codec/base64.h"

namespace finance::bank_connection {
namespace {

using Key = std::array<unsigned char, 32>;
static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == std::tuple_size_v<Key>);
constexpr size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

base::Status WriteKey(int file, const Key& key) {
  const bool written = write(file, key.data(), key.size()) == static_cast<ssize_t>(key.size()) && fsync(file) == 0;
  return written ? base::OkStatus() : base::Unavailable(std::string("key file cannot be written: ") + std::strerror(errno));
}

base::Result<Key> ReadKey(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return base::Unavailable("key file cannot be read: " + path + ": " + std::strerror(errno));
  Key key{};
  unsigned char more = 0;
  const bool whole = read(file, key.data(), key.size()) == static_cast<ssize_t>(key.size()) && read(file, &more, 1) == 0;
  close(file);
  if (!whole) return base::DataLoss("key file has not 32 bytes, put the right one back: " + path);
  return key;
}

}  // namespace

base::Result<std::unique_ptr<Vault>> Vault::Open(const std::string& key_file) {
  if (sodium_init() < 0) return base::Internal("libsodium does not start");
  const int file = open(key_file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file >= 0) {
    Key key{};
    base::FillEntropy(key);
    const base::Status written = WriteKey(file, key);
    close(file);
    if (!written.ok()) {
      unlink(key_file.c_str());
      return written;
    }
  } else if (errno != EEXIST) {
    return base::Unavailable("key file cannot be made: " + key_file + ": " + std::strerror(errno));
  }
  ASSIGN_OR_RETURN(const Key key, ReadKey(key_file));
  return std::unique_ptr<Vault>(new Vault(key));
}

std::string Vault::Seal(std::string_view secret, std::string_view bound_to) const {
  std::string sealed(kNonceBytes + secret.size() + kTagBytes, '\0');
  randombytes_buf(sealed.data(), kNonceBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(Bytes(sealed) + kNonceBytes, nullptr, Bytes(secret), secret.size(), Bytes(bound_to),
                                             bound_to.size(), nullptr, Bytes(sealed), key_.data());
  return awry::codec::Base64Encode(sealed);
}

base::Result<std::string> Vault::Unseal(std::string_view sealed, std::string_view bound_to) const {
  const auto bytes = awry::codec::Base64Decode(sealed);
  const auto broken = [] { return base::DataLoss("sealed secret does not open: it was changed, or the key file is another one"); };
  if (!bytes.ok() || bytes->size() < kNonceBytes + kTagBytes) return broken();
  std::string secret(bytes->size() - kNonceBytes - kTagBytes, '\0');
  const std::string_view view = *bytes;
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(Bytes(secret), nullptr, nullptr, Bytes(view) + kNonceBytes, view.size() - kNonceBytes,
                                                 Bytes(bound_to), bound_to.size(), Bytes(view), key_.data()) != 0) {
    return broken();
  }
  return secret;
}

}  // namespace finance::bank_connection
