#include "finance/spending_analyzer/row_json.h"

#include <fmt/format.h>

#include "finance/ledger/clean_description.h"

namespace finance::spending_analyzer {

using awry::codec::JsonValue;
using ledger::Date;

base::Result<CountedRow> ReadCountedRow(JsonValue object) {
  const auto text = [&](std::string_view name) -> base::Result<std::string_view> {
    const auto value = object.Find(name).AsString();
    if (!value) return base::InvalidArgument(fmt::format("field is missing or no text: {}", name));
    return *value;
  };
  ASSIGN_OR_RETURN(const std::string_view date_text, text("date"));
  ASSIGN_OR_RETURN(const Date date, Date::Parse(date_text));
  ASSIGN_OR_RETURN(const std::string_view code, text("currency"));
  ASSIGN_OR_RETURN(const ledger::Currency currency, ledger::Currency::Parse(code));
  ASSIGN_OR_RETURN(const std::string_view category_id, text("category"));
  auto category = ledger::CategoryFromId(category_id.substr(0, category_id.find('.')));
  if (!category) return base::InvalidArgument(fmt::format("category is unknown: {}", category_id.substr(0, 40)));
  if (object.Find("transfer").AsBool().value_or(false)) category = ledger::Category::kTransfer;
  const auto minor = object.Find("amount_minor").AsInt64();
  if (!minor) return base::InvalidArgument("field is missing or no integer: amount_minor");
  if (*minor > kAmountMinorMax || *minor < -kAmountMinorMax) {
    return base::InvalidArgument(fmt::format("amount_minor is beyond {}: {}", kAmountMinorMax, *minor));
  }
  const std::string name(object.Find("description").AsString().value_or(""));
  return CountedRow{date, {*minor, currency}, *category, ledger::MerchantKey(name), name,
                    std::string(object.Find("account").AsString().value_or(""))};
}

}  // namespace finance::spending_analyzer
