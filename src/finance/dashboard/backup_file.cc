// magic, passes, memory, salt, stream header; then records: length, ciphertext. See the format's
// page. The encryption is libsodium's secretstream (XChaCha20-Poly1305), whose messages cannot be
// reordered, dropped or cut without notice.
#include "finance/dashboard/backup_file.h"

#include <sodium.h>

#include <array>
#include <cstring>

#include "base/check.h"

namespace finance::dashboard {

using awry::base::DataLoss;
using awry::base::Result;
using awry::base::Status;

namespace {

constexpr std::string_view kMagic = "AWRYBKP1";
constexpr size_t kSaltBytes = crypto_pwhash_SALTBYTES;
constexpr size_t kStreamHeaderBytes = crypto_secretstream_xchacha20poly1305_HEADERBYTES;
constexpr size_t kStreamTagBytes = crypto_secretstream_xchacha20poly1305_ABYTES;
constexpr size_t kHeaderBytes = kMagic.size() + 8 + 8 + kSaltBytes + kStreamHeaderBytes;
constexpr size_t kRecordBytesMax = 1 + kBackupPieceBytes + kStreamTagBytes;
// A backup may not make its reader work for hours.
constexpr uint64_t kPassesMax = 64;
constexpr uint64_t kMemoryBytesMax = uint64_t{256} << 20;
constexpr char kFile = 'F';
constexpr char kData = 'D';
constexpr char kEnd = 'E';

using Key = std::array<unsigned char, crypto_secretstream_xchacha20poly1305_KEYBYTES>;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

template <typename T>
void PutLittle(std::string& out, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

template <typename T>
T GetLittle(std::string_view bytes) {
  T value = 0;
  for (size_t i = sizeof(T); i-- > 0;)
    value = static_cast<T>(value << 8 | static_cast<unsigned char>(bytes[i]));
  return value;
}

Result<Key> DeriveKey(std::string_view passphrase, std::string_view salt, uint64_t passes,
                      uint64_t memory_bytes) {
  Key key;
  if (crypto_pwhash(key.data(), key.size(), passphrase.data(), passphrase.size(), Bytes(salt),
                    passes, memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return awry::base::ResourceExhausted("not enough memory to derive a backup's key, in bytes: " +
                                         std::to_string(memory_bytes));
  }
  return key;
}

bool IsNamePart(std::string_view part) {
  if (part.empty() || part.front() == '.') return false;
  for (const char c : part) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && c != '.' && c != '_' && c != '-') return false;
  }
  return true;
}

}  // namespace

// The header before the stream's own is the first message's additional data: the key alone does not
// hold every bit of it (Argon2 rounds its memory).
struct BackupWriter::Stream {
  crypto_secretstream_xchacha20poly1305_state state;
  std::string unsealed_header;  // "" after the first message
  ~Stream() { sodium_memzero(&state, sizeof(state)); }
};

BackupWriter::BackupWriter(ByteSink sink, std::unique_ptr<Stream> stream)
    : sink_(std::move(sink)), stream_(std::move(stream)) {}
BackupWriter::~BackupWriter() = default;

Result<std::unique_ptr<BackupWriter>> BackupWriter::Start(ByteSink sink,
                                                          std::string_view passphrase,
                                                          const PasswordCost& cost) {
  if (passphrase.size() < kPassphraseBytesMin) {
    return awry::base::InvalidArgument("A backup's passphrase has at least so many bytes: " +
                                       std::to_string(kPassphraseBytesMin));
  }
  CHECK(sodium_init() >= 0);
  std::string header(kMagic);
  PutLittle<uint64_t>(header, cost.passes);
  PutLittle<uint64_t>(header, cost.memory_bytes);
  std::string salt(kSaltBytes, '\0');
  randombytes_buf(salt.data(), salt.size());
  header += salt;
  ASSIGN_OR_RETURN(Key key, DeriveKey(passphrase, salt, cost.passes, cost.memory_bytes));
  auto stream = std::make_unique<Stream>();
  stream->unsealed_header = header;
  std::array<unsigned char, kStreamHeaderBytes> stream_header;
  crypto_secretstream_xchacha20poly1305_init_push(&stream->state, stream_header.data(), key.data());
  sodium_memzero(key.data(), key.size());
  header.append(reinterpret_cast<const char*>(stream_header.data()), stream_header.size());
  RETURN_IF_ERROR(sink(header));
  return std::unique_ptr<BackupWriter>(new BackupWriter(std::move(sink), std::move(stream)));
}

Status BackupWriter::Write(char kind, std::string_view bytes, bool last) {
  const std::string plain = kind + std::string(bytes);
  std::string sealed(plain.size() + kStreamTagBytes, '\0');
  crypto_secretstream_xchacha20poly1305_push(
      &stream_->state, Bytes(sealed), nullptr, Bytes(std::string_view(plain)), plain.size(),
      Bytes(std::string_view(stream_->unsealed_header)), stream_->unsealed_header.size(),
      last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
           : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE);
  stream_->unsealed_header.clear();
  std::string record;
  PutLittle<uint32_t>(record, static_cast<uint32_t>(sealed.size()));
  return sink_(record += sealed);
}

Status BackupWriter::BeginFile(std::string_view name) {
  CHECK(IsBackupName(name));
  return Write(kFile, name, false);
}

Status BackupWriter::Append(std::string_view bytes) {
  while (!bytes.empty()) {
    RETURN_IF_ERROR(Write(kData, bytes.substr(0, kBackupPieceBytes), false));
    bytes.remove_prefix(std::min(bytes.size(), kBackupPieceBytes));
  }
  return {};
}

Status BackupWriter::Finish() { return Write(kEnd, {}, true); }

bool IsBackupName(std::string_view name) {
  if (name.size() > 200) return false;
  for (int parts = 0; parts < 3; ++parts) {
    const size_t slash = name.find('/');
    if (!IsNamePart(name.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    name.remove_prefix(slash + 1);
  }
  return false;
}

namespace {

Status CutShort() {
  return DataLoss("the backup ends too early: take a whole copy of it");
}

struct Opened {
  crypto_secretstream_xchacha20poly1305_state state;
  std::string unsealed_header;  // "" after the first message
};

Result<Opened> OpenHeader(const ByteSource& source, std::string_view passphrase) {
  CHECK(sodium_init() >= 0);
  const auto header = source(kHeaderBytes);
  if (!header.ok() || !header->starts_with(kMagic))
    return DataLoss("this is no backup of the dashboard, or one of a newer program");
  std::string_view rest = std::string_view(*header).substr(kMagic.size());
  const auto passes = GetLittle<uint64_t>(rest);
  const auto memory_bytes = GetLittle<uint64_t>(rest.substr(8));
  rest.remove_prefix(16);
  if (passes < crypto_pwhash_OPSLIMIT_MIN || passes > kPassesMax ||
      memory_bytes < crypto_pwhash_MEMLIMIT_MIN || memory_bytes > kMemoryBytesMax) {
    return DataLoss("the backup's header is damaged: its key would cost " +
                    std::to_string(memory_bytes) + " bytes");
  }
  ASSIGN_OR_RETURN(Key key,
                   DeriveKey(passphrase, rest.substr(0, kSaltBytes), passes, memory_bytes));
  Opened opened;
  opened.unsealed_header = header->substr(0, kHeaderBytes - kStreamHeaderBytes);
  const int began = crypto_secretstream_xchacha20poly1305_init_pull(
      &opened.state, Bytes(rest.substr(kSaltBytes)), key.data());
  sodium_memzero(key.data(), key.size());
  if (began != 0) return DataLoss("the backup's header is damaged: no stream begins");
  return opened;
}

// One record's text with its kind in front; `last` when nothing may follow.
Result<std::string> NextRecord(const ByteSource& source, Opened& opened, bool first, bool& last) {
  const auto length_text = source(4);
  if (!length_text.ok()) return CutShort();
  const auto length = GetLittle<uint32_t>(*length_text);
  if (length <= kStreamTagBytes || length > kRecordBytesMax)
    return DataLoss("a record of the backup has no possible length: " + std::to_string(length));
  const auto sealed = source(length);
  if (!sealed.ok()) return CutShort();
  std::string plain(length - kStreamTagBytes, '\0');
  unsigned char tag = 0;
  if (crypto_secretstream_xchacha20poly1305_pull(&opened.state, Bytes(plain), nullptr, &tag,
                                                 Bytes(*sealed), sealed->size(),
                                                 Bytes(std::string_view(opened.unsealed_header)),
                                                 opened.unsealed_header.size()) != 0) {
    if (first) return awry::base::Unauthenticated("the passphrase is not this backup's");
    return DataLoss("a record of the backup was changed or is damaged");
  }
  opened.unsealed_header.clear();
  last = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
  return plain;
}

}  // namespace

Status ReadBackup(const ByteSource& source, std::string_view passphrase,
                  const BackupVisitor& visitor) {
  ASSIGN_OR_RETURN(Opened opened, OpenHeader(source, passphrase));
  bool in_file = false;
  for (bool first = true;; first = false) {
    bool last = false;
    ASSIGN_OR_RETURN(const std::string record, NextRecord(source, opened, first, last));
    const std::string_view text = std::string_view(record).substr(1);
    if (last && record[0] == kEnd) {
      if (source(1).ok()) return DataLoss("bytes follow the backup's end");
      return {};
    }
    if (last || record[0] == kEnd) return DataLoss("the backup ends in the middle of a file");
    if (record[0] == kFile) {
      if (!IsBackupName(text)) return DataLoss("the backup names a file outside its folder");
      RETURN_IF_ERROR(visitor.begin_file(std::string(text)));
      in_file = true;
    } else if (record[0] == kData && in_file) {
      RETURN_IF_ERROR(visitor.append(text));
    } else {
      return DataLoss("the backup has a record of an unknown kind");
    }
  }
}

}  // namespace finance::dashboard
