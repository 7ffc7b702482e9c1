// The answer of GET /models.
#pragma once

#include <string>
#include <vector>

#include "finance/category_predictor/model_versions.h"
#include "finance/category_predictor/retrainer.h"

namespace finance::category_predictor {

// {"answering", "training": {…}, "models": [{…}, …]}, the newest version first; figures are null where nothing
// was measured.
std::string ModelsJson(const std::vector<ModelVersion>& versions, const RetrainerState& state, const std::string& answering);

}  // namespace finance::category_predictor
