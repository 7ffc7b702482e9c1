// The model's file; model_file.cc begins with its layout.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "finance/category_predictor/weights.h"

namespace finance::category_predictor {

inline constexpr uint32_t kModelFormatVersion = 4;

struct ModelFile {
  Weights weights;
  std::string version;  // of the model, "2026.1-3fa2c4d1"
};

// The bytes of a file; the large weights are rounded to 16 bits.
std::string EncodeModel(const ModelFile& model);

// kDataLoss when the bytes are no model, cut or damaged; kUnimplemented for another format version.
base::Result<ModelFile> DecodeModel(std::string_view bytes);

// The weights as a file keeps them: a model in memory and its file then answer alike.
void RoundToFilePrecision(Weights& weights);

}  // namespace finance::category_predictor
