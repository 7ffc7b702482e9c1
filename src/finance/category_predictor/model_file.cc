// Layout, little-endian: magic "AWRYCAT1", u32 format version, u32 length of the model's version
// and its bytes, u32 hashed rows, u32 dense rows, u32 classes, then as f32: dense, tied, text
// scales, temperatures, prior, network without its vectors; as the upper 16 bits of f32: hashed; u32
// vectors of the network (kNetGrams or 0), each of kNetWidth upper 16 bits; u32 known names, each the
// u64 hash, ascending, and the class as u8; u32 class trees, each with
// kClassTreeCuts thresholds as f32 and columns as u8 and kClassTreeLeaves leaves as f32; last u32
// CRC-32C of all before it.
#include "finance/category_predictor/model_file.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <span>

#include "codec/crc32c.h"

namespace finance::category_predictor {
namespace {

constexpr std::string_view kMagic = "AWRYCAT1";
constexpr size_t kVersionBytesMax = 100;
constexpr uint32_t kHashedRowsMax = 1U << 20;
constexpr size_t kTreeBytes = kClassTreeCuts * 5 + kClassTreeLeaves * 4;

void PutU32(std::string& out, uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(value >> shift));
}

uint32_t BitsOf(float value) {
  uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

float FloatOf(uint32_t bits) {
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// To the nearest, ties to even.
uint16_t Upper16(float value) {
  const uint32_t bits = BitsOf(value);
  return static_cast<uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

// Calls `visit` with each small part, in the order of the file.
template <typename W, typename Visit>
void ForEachSmallPart(W& weights, const Visit& visit) {
  visit(std::span(weights.dense));
  visit(std::span(weights.tied.share));
  visit(std::span(weights.tied.memory.top));
  visit(std::span(weights.tied.memory.second));
  visit(std::span(weights.tied.memory.last));
  visit(std::span(weights.tied.merchant_top));
  visit(std::span(weights.tied.learned_all));
  visit(std::span(weights.tied.learned_own));
  visit(std::span(weights.text_scale));
  visit(std::span(weights.temperature));
  visit(std::span(weights.tied.net));
  visit(std::span(weights.prior));
  for (auto& row : weights.net.from_vector) visit(std::span(row));
  for (auto& row : weights.net.from_amount) visit(std::span(row));
  for (auto& row : weights.net.from_share) visit(std::span(row));
  visit(std::span(weights.net.hidden_bias));
  for (auto& row : weights.net.from_hidden) visit(std::span(row));
  visit(std::span(weights.net.bias));
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  size_t left() const { return bytes_.size() - at_; }
  uint32_t U32() {
    uint32_t value = 0;
    for (unsigned i = 0; i < 4; ++i) value |= uint32_t{Byte()} << (8 * i);
    return value;
  }
  uint8_t U8() { return Byte(); }
  uint32_t U16() {
    const uint32_t low = Byte();
    return low | (uint32_t{Byte()} << 8);
  }
  std::string_view Bytes(size_t count) {
    const std::string_view piece = bytes_.substr(at_, count);
    at_ += count;
    return piece;
  }

 private:
  unsigned char Byte() { return static_cast<unsigned char>(bytes_[at_++]); }
  std::string_view bytes_;
  size_t at_ = 0;
};

base::Status Damaged(std::string_view what) {
  return base::DataLoss(
      fmt::format("model file is damaged, make it again with train-model: {}", what));
}

base::Status CheckFinite(const Weights& weights) {
  bool finite = true;
  ForEachSmallPart(weights, [&](auto part) {
    for (const float value : part) finite = finite && std::isfinite(value);
  });
  for (const float value : weights.hashed) finite = finite && std::isfinite(value);
  for (const float value : weights.net.vectors) finite = finite && std::isfinite(value);
  for (const float value : weights.temperature) finite = finite && value > 0;
  for (const ClassTree& tree : weights.trees) {
    for (const float value : tree.thresholds) finite = finite && std::isfinite(value);
    for (const float value : tree.leaves) finite = finite && std::isfinite(value);
  }
  return finite ? base::OkStatus() : Damaged("a weight is not finite");
}

size_t SmallPartFloats(const Weights& weights) {
  size_t floats = 0;
  ForEachSmallPart(weights, [&](auto part) { floats += part.size(); });
  return floats;
}

void PutHalves(std::span<const float> values, std::string& out) {
  for (const float value : values) {
    const uint16_t half = Upper16(value);
    out.push_back(static_cast<char>(half & 0xFF));
    out.push_back(static_cast<char>(half >> 8));
  }
}

base::Status ReadVectors(Reader& reader, TextNet& net) {
  const uint32_t vectors = reader.U32();
  if (vectors == 0) return base::OkStatus();
  const size_t bytes = size_t{kNetGrams} * kNetWidth * 2;
  if (vectors != kNetGrams || reader.left() < bytes + 12) {
    return Damaged(fmt::format("{} bytes left for {} vectors", reader.left(), vectors));
  }
  net.vectors.resize(size_t{kNetGrams} * kNetWidth);
  for (float& value : net.vectors) value = FloatOf(reader.U16() << 16);
  return base::OkStatus();
}

constexpr size_t kNameBytes = 9;

void PutNames(const KnownNames& names, std::string& out) {
  PutU32(out, static_cast<uint32_t>(names.size()));
  for (const KnownName& name : names) {
    PutU32(out, static_cast<uint32_t>(name.hash));
    PutU32(out, static_cast<uint32_t>(name.hash >> 32));
    out.push_back(static_cast<char>(name.label));
  }
}

base::Status ReadNames(Reader& reader, KnownNames& names) {
  const uint32_t count = reader.U32();
  if (reader.left() < count * kNameBytes + 8) {
    return Damaged(fmt::format("{} bytes left for {} names", reader.left(), count));
  }
  names.reserve(count);
  for (uint32_t i = 0; i < count; ++i) {
    KnownName name{.hash = reader.U32()};
    name.hash |= uint64_t{reader.U32()} << 32;
    name.label = reader.U8();
    if (name.label >= kClasses || (i > 0 && name.hash <= names.back().hash)) return Damaged("names out of order");
    names.push_back(name);
  }
  return base::OkStatus();
}

void PutTree(const ClassTree& tree, std::string& out) {
  for (const float threshold : tree.thresholds) PutU32(out, BitsOf(threshold));
  for (const uint8_t column : tree.columns) out.push_back(static_cast<char>(column));
  for (const float leaf : tree.leaves) PutU32(out, BitsOf(leaf));
}

bool ReadTree(Reader& reader, ClassTree& tree) {
  for (float& threshold : tree.thresholds) threshold = FloatOf(reader.U32());
  bool known = true;
  for (uint8_t& column : tree.columns) {
    column = reader.U8();
    known = known && column < kSights;
  }
  for (float& leaf : tree.leaves) leaf = FloatOf(reader.U32());
  return known;
}

}  // namespace

void RoundToFilePrecision(Weights& weights) {
  for (float& value : weights.net.vectors) value = FloatOf(uint32_t{Upper16(value)} << 16);
  for (float& value : weights.hashed) value = FloatOf(uint32_t{Upper16(value)} << 16);
}

std::string EncodeModel(const ModelFile& model) {
  const Weights& weights = model.weights;
  std::string out(kMagic);
  PutU32(out, kModelFormatVersion);
  const std::string_view version = std::string_view(model.version).substr(0, kVersionBytesMax);
  PutU32(out, static_cast<uint32_t>(version.size()));
  out.append(version);
  PutU32(out, weights.hashed_rows);
  PutU32(out, rows::kCount);
  PutU32(out, kClasses);
  ForEachSmallPart(weights, [&](auto part) {
    for (const float value : part) PutU32(out, BitsOf(value));
  });
  PutHalves(weights.hashed, out);
  PutU32(out, weights.net.empty() ? 0 : kNetGrams);
  PutHalves(weights.net.vectors, out);
  PutNames(weights.names, out);
  PutU32(out, static_cast<uint32_t>(weights.trees.size()));
  for (const ClassTree& tree : weights.trees) PutTree(tree, out);
  PutU32(out, awry::codec::Crc32c(out));
  return out;
}

base::Result<ModelFile> DecodeModel(std::string_view bytes) {
  if (bytes.size() < kMagic.size() + 12 || !bytes.starts_with(kMagic)) {
    return Damaged("it does not begin as a category model");
  }
  const std::string_view body = bytes.substr(0, bytes.size() - 4);
  Reader reader(bytes.substr(kMagic.size()));
  const uint32_t format = reader.U32();
  if (format != kModelFormatVersion) {
    return base::Unimplemented(fmt::format(
        "model file has a format of another version, make it again with train-model: {}, wanted {}",
        format, kModelFormatVersion));
  }
  if (Reader(bytes.substr(body.size())).U32() != awry::codec::Crc32c(body)) {
    return Damaged("checksum mismatch");
  }
  const uint32_t version_bytes = reader.U32();
  if (version_bytes > kVersionBytesMax || reader.left() < version_bytes + 16) {
    return Damaged("bad length of the version");
  }
  ModelFile model;
  model.version = std::string(reader.Bytes(version_bytes));
  const uint32_t hashed_rows = reader.U32();
  const uint32_t dense_rows = reader.U32();
  const uint32_t classes = reader.U32();
  if (hashed_rows == 0 || hashed_rows > kHashedRowsMax || (hashed_rows & (hashed_rows - 1)) != 0 ||
      dense_rows != rows::kCount || classes != kClasses) {
    return Damaged("dimensions are not ours");
  }
  model.weights = Weights::Zero(hashed_rows);
  const size_t wanted = SmallPartFloats(model.weights) * 4 + model.weights.hashed.size() * 2 + 16;
  if (reader.left() < wanted)
    return Damaged(fmt::format("{} bytes left, wanted {}", reader.left(), wanted));
  ForEachSmallPart(model.weights, [&](auto part) {
    for (float& value : part) value = FloatOf(reader.U32());
  });
  for (float& value : model.weights.hashed) value = FloatOf(reader.U16() << 16);
  RETURN_IF_ERROR(ReadVectors(reader, model.weights.net));
  RETURN_IF_ERROR(ReadNames(reader, model.weights.names));
  const uint32_t trees = reader.U32();
  if (trees > kClassTreesMax || reader.left() != trees * kTreeBytes + 4) {
    return Damaged(fmt::format("{} bytes left for {} trees", reader.left(), trees));
  }
  model.weights.trees.resize(trees);
  for (ClassTree& tree : model.weights.trees) {
    if (!ReadTree(reader, tree)) return Damaged("a tree looks at what does not exist");
  }
  RETURN_IF_ERROR(CheckFinite(model.weights));
  return model;
}

}  // namespace finance::category_predictor
