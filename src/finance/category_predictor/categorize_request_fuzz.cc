// What strangers post, and what the Spending Analyzer answers, is read or refused.
#include <cstdint>
#include <string_view>

#include "codec/json.h"
#include "finance/category_predictor/categorize_request.h"
#include "finance/category_predictor/context_client.h"
#include "finance/category_predictor/text_features.h"

namespace predictor = finance::category_predictor;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)predictor::ParsePatterns(bytes);
  (void)predictor::NormaliseText(bytes);
  auto document = awry::codec::JsonDocument::Parse(bytes);
  if (!document.ok()) return 0;
  const predictor::RequestDefaults defaults{*finance::ledger::Currency::Parse("EUR"),
                                            finance::ledger::Date::FromDays(20000)};
  (void)predictor::ReadCategorizeRequest(document->root(), defaults);
  (void)predictor::ReadFeedbackRequest(document->root(), defaults);
  (void)predictor::ReadReplayRequest(document->root());
  return 0;
}
