// A model file from a stranger is refused or answers like any other: it never crashes.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "codec/crc32c.h"
#include "finance/category_predictor/category_model.h"
#include "finance/category_predictor/model_file.h"

namespace predictor = finance::category_predictor;

namespace {

void Try(std::string_view bytes) {
  auto model = predictor::DecodeModel(bytes);
  if (!model.ok()) return;
  CHECK(predictor::EncodeModel(*model) == bytes);
  const predictor::CategoryModel made(std::move(model->weights), std::move(model->version));
  predictor::Features features;
  features.text = "corner shop 0";
  features.currency = "EUR";
  CHECK(made.Predict(features).category != finance::ledger::Category::kUncategorized);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  Try(bytes);
  // The same with a right checksum, so that what lies behind it is reached.
  if (size < 4) return 0;
  const uint32_t sum = awry::codec::Crc32c(std::string_view(bytes).substr(0, size - 4));
  for (unsigned i = 0; i < 4; ++i) bytes[size - 4 + i] = static_cast<char>(sum >> (8 * i));
  Try(bytes);
  return 0;
}
