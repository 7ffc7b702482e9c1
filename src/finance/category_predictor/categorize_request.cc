#include "finance/category_predictor/categorize_request.h"

#include <fmt/format.h>

#include <bitset>

#include "finance/ledger/mask.h"

namespace finance::category_predictor {
namespace {

using awry::codec::JsonMember;
using awry::codec::JsonValue;

constexpr size_t kDescriptionBytesMax = 4096;

base::Status Wrong(std::string_view member, std::string_view wanted) {
  return base::InvalidArgument(
      fmt::format("request has a member that is missing or wrong; give {}: {}", wanted, member));
}

base::Result<std::string> ReadText(JsonValue json, std::string_view member) {
  const auto text = json.Find(member).AsString();
  if (!text) return Wrong(member, "a text");
  return std::string(*text);
}

// The article's `amount`, read as text: its sign is the other way round.
base::Result<ledger::Money> ReadSpent(JsonValue amount, ledger::Currency currency) {
  const std::string_view text =
      amount.is_number() ? amount.NumberText() : amount.AsString().value_or("");
  auto money = ledger::ParseMoney(text, currency);
  if (!money.ok()) return money.status().WithContext("amount");
  ASSIGN_OR_RETURN(const int64_t minor, ledger::NegateMinor(money->minor));
  return ledger::Money{minor, currency};
}

base::Result<ledger::Money> ReadAmount(JsonValue json, const RequestDefaults& defaults) {
  const JsonValue minor = json.Find("amount_minor");
  const JsonValue amount = json.Find("amount");
  const JsonValue code = json.Find("currency");
  if (minor.exists() == amount.exists()) {
    return Wrong("amount_minor", "either amount_minor with currency, or amount");
  }
  ledger::Currency currency = defaults.currency;
  if (code.exists() || minor.exists()) {
    const auto text = code.AsString();
    if (!text) return Wrong("currency", "an ISO 4217 code");
    if (*text != currency.str()) {
      ASSIGN_OR_RETURN(currency, ledger::Currency::Parse(*text));
    }
  }
  if (amount.exists()) return ReadSpent(amount, currency);
  const auto integer = minor.AsInt64();
  if (!integer) return Wrong("amount_minor", "an integer of 64 bits");
  return ledger::Money{*integer, currency};
}

base::Result<ledger::Date> ReadDate(JsonValue date, const RequestDefaults& defaults) {
  if (!date.exists() || date.is_null()) return defaults.today;
  const auto text = date.AsString();
  if (!text) return Wrong("date", "a text like 2026-01-31");
  return ledger::Date::Parse(*text);
}

base::Result<int> ReadMcc(JsonValue mcc) {
  if (!mcc.exists() || mcc.is_null()) return 0;
  int64_t code = -1;
  if (const auto number = mcc.AsInt64()) code = *number;
  if (const auto text = mcc.AsString(); text && text->size() == 4) {
    code = 0;
    for (const char digit : *text)
      code = digit < '0' || digit > '9' ? -10000 : code * 10 + (digit - '0');
  }
  if (code < 0 || code > 9999) return Wrong("mcc", "a code of four digits");
  return static_cast<int>(code);
}

base::Result<FeatureValue> ReadFeatureValue(JsonValue value) {
  if (const auto text = value.AsString()) return FeatureValue(*text);
  if (const auto integer = value.AsInt64()) return FeatureValue(*integer);
  if (const auto real = value.AsDouble()) return FeatureValue(*real);
  return base::InvalidArgument("feature is neither a text nor a number");
}

}  // namespace

base::Result<CategorizeRequest> ReadCategorizeRequest(JsonValue json,
                                                      const RequestDefaults& defaults) {
  if (!json.is_object()) return base::InvalidArgument("request is no JSON object");
  ASSIGN_OR_RETURN(std::string id, ReadText(json, "id"));
  RETURN_IF_ERROR(ledger::CheckOpaqueId(id, "transaction id"));
  ASSIGN_OR_RETURN(const std::string user, ReadText(json, "user_id"));
  ASSIGN_OR_RETURN(ledger::UserId user_id, ledger::UserId::Parse(user));
  ASSIGN_OR_RETURN(std::string description, ReadText(json, "description"));
  if (description.size() > kDescriptionBytesMax) {
    return Wrong("description", fmt::format("at most {} bytes", kDescriptionBytesMax));
  }
  if (defaults.mask) description = ledger::MaskText(description);
  ASSIGN_OR_RETURN(const ledger::Money amount, ReadAmount(json, defaults));
  ASSIGN_OR_RETURN(const ledger::Date date, ReadDate(json.Find("date"), defaults));
  ASSIGN_OR_RETURN(const int mcc, ReadMcc(json.Find("mcc")));
  return CategorizeRequest{
      std::move(id), std::move(user_id), std::move(description), amount, date, mcc};
}

base::Result<FeedbackRequest> ReadFeedbackRequest(JsonValue json, const RequestDefaults& defaults) {
  ASSIGN_OR_RETURN(CategorizeRequest transaction, ReadCategorizeRequest(json, defaults));
  ASSIGN_OR_RETURN(const std::string id, ReadText(json, "category"));
  const auto category = ledger::CategoryFromId(id);
  if (!category) return Wrong("category", "one of the category ids");
  return FeedbackRequest{std::move(transaction), *category};
}

base::Result<Features> ReadReplayRequest(JsonValue json) {
  const JsonValue members = json.Find("features");
  if (!members.is_object()) return Wrong("features", "an object of names and values");
  Features features;
  std::bitset<64> seen;
  std::string unknown;
  for (const JsonMember member : members.members()) {
    if (member.key == "count" || member.key == "has_context") continue;
    const auto index = FeatureIndex(member.key);
    if (!index) {
      unknown.append(unknown.empty() ? "" : ", ").append(member.key);
      continue;
    }
    auto value = ReadFeatureValue(member.value);
    if (!value.ok()) return value.status().WithContext(member.key);
    RETURN_IF_ERROR(SetFeature(features, *index, *value));
    seen.set(*index);
  }
  if (!unknown.empty()) {
    return base::InvalidArgument("features are not known to this model: " + unknown);
  }
  std::string missing;
  for (size_t i = 0; i < FeatureCount(); ++i) {
    if (!seen.test(i)) missing.append(missing.empty() ? "" : ", ").append(FeatureName(i));
  }
  if (!missing.empty()) {
    return base::InvalidArgument("features are missing, send all that stand on the span: " +
                                 missing);
  }
  return features;
}

}  // namespace finance::category_predictor
