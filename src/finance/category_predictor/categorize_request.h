// What callers send: JSON to checked values.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "codec/json.h"
#include "finance/category_predictor/features.h"
#include "finance/ledger/date.h"
#include "finance/ledger/money.h"
#include "finance/ledger/user_id.h"

namespace finance::category_predictor {

struct CategorizeRequest {
  std::string id;
  ledger::UserId user_id;
  std::string description;  // masked, unless the defaults say otherwise
  ledger::Money amount;     // money out is negative
  ledger::Date date;
  int mcc = 0;  // 0: none
};

struct RequestDefaults {
  ledger::Currency currency;  // of the article's form, which names none
  ledger::Date today;         // of a request without a date
  bool mask = true;           // takes personal details out of the description
};

// Takes {id, user_id, description, amount_minor, currency, date, account?, mcc?} and the article's
// {id, user_id, description, amount}, where `amount` is decimal text or a JSON number, positive =
// money out. kInvalidArgument names the member that is wrong.
base::Result<CategorizeRequest> ReadCategorizeRequest(awry::codec::JsonValue json,
                                                      const RequestDefaults& defaults);

struct FeedbackRequest {
  CategorizeRequest transaction;
  ledger::Category category = ledger::Category::kUncategorized;
};
// The same with `category`.
base::Result<FeedbackRequest> ReadFeedbackRequest(awry::codec::JsonValue json,
                                                  const RequestDefaults& defaults);

// {features: {name: value}} with every feature there. Also takes `count` and `has_context`, which
// stand beside them on the span, and which the others decide. kInvalidArgument names all that are
// missing, unknown or wrong.
base::Result<Features> ReadReplayRequest(awry::codec::JsonValue json);

}  // namespace finance::category_predictor
