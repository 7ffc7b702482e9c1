#include "finance/transaction_processor/request_fields.h"

#include <fmt/format.h>

#include <charconv>

namespace finance::transaction_processor {

using ledger::UserId;
using net::HttpRequest;

namespace {

constexpr int kPageRows = 100;
constexpr int kPageRowsMax = 1000;

base::Status ReadInteger(const HttpRequest& request, std::string_view name, std::optional<int64_t>& value) {
  const std::string text = QueryText(request, name);
  if (text.empty()) return {};
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return base::InvalidArgument(fmt::format("{} is no whole number: {}", name, text.substr(0, 30)));
  }
  value = number;
  return {};
}

// One of two words, or missing.
base::Status ReadChoice(const HttpRequest& request, std::string_view name, std::string_view yes, std::string_view no,
                        std::optional<bool>& value) {
  const std::string text = QueryText(request, name);
  if (text.empty()) return {};
  if (text != yes && text != no) return base::InvalidArgument(fmt::format("{} is neither {} nor {}: {}", name, yes, no, text.substr(0, 20)));
  value = text == yes;
  return {};
}

base::Status ReadMarks(const HttpRequest& request, TransactionFilter& filter) {
  if (const std::string name = QueryText(request, "processing"); !name.empty()) {
    for (const auto processing : {ledger::Processing::kQueued, ledger::Processing::kDone, ledger::Processing::kFailed}) {
      if (ledger::ProcessingName(processing) == name) filter.processing = processing;
    }
    if (!filter.processing) return base::InvalidArgument("processing is none of queued, done, failed: " + name.substr(0, 40));
  }
  std::optional<bool> booked, review, deleted;
  RETURN_IF_ERROR(ReadChoice(request, "status", "booked", "pending", booked));
  if (booked) filter.status = *booked ? ledger::BankStatus::kBooked : ledger::BankStatus::kPending;
  RETURN_IF_ERROR(ReadChoice(request, "reconciled", "1", "0", filter.reconciled));
  RETURN_IF_ERROR(ReadChoice(request, "transfer", "linked", "none", filter.transfer));
  RETURN_IF_ERROR(ReadChoice(request, "review", "1", "0", review));
  RETURN_IF_ERROR(ReadChoice(request, "deleted", "1", "0", deleted));
  filter.review = review.value_or(false);
  filter.deleted = deleted.value_or(false);
  return {};
}

}  // namespace

base::Result<UserId> UserOf(const HttpRequest& request) {
  const std::string* user = request.query_param("user_id");
  if (user == nullptr) return base::InvalidArgument("query parameter is missing: user_id");
  return UserId::Parse(*user);
}

std::string QueryText(const HttpRequest& request, std::string_view name) {
  const std::string* value = request.query_param(name);
  return value == nullptr ? std::string() : *value;
}

base::Status ReadDay(const HttpRequest& request, std::string_view name, std::optional<ledger::Date>& day) {
  const std::string text = QueryText(request, name);
  if (text.empty()) return {};
  ASSIGN_OR_RETURN(day, ledger::Date::Parse(text));
  return {};
}

base::Result<int> ReadLimit(const HttpRequest& request, int otherwise, int max) {
  const std::string limit = QueryText(request, "limit");
  if (limit.empty()) return otherwise;
  int value = 0;
  const auto [end, error] = std::from_chars(limit.data(), limit.data() + limit.size(), value);
  if (error != std::errc() || end != limit.data() + limit.size() || value < 1 || value > max) {
    return base::InvalidArgument(fmt::format("limit is no number from 1 to {}: {}", max, limit.substr(0, 20)));
  }
  return value;
}

base::Result<TransactionFilter> FilterOf(const HttpRequest& request) {
  ASSIGN_OR_RETURN(UserId user, UserOf(request));
  TransactionFilter filter{.user = std::move(user)};
  RETURN_IF_ERROR(ReadDay(request, "from", filter.from));
  RETURN_IF_ERROR(ReadDay(request, "to", filter.to));
  if (const std::string id = QueryText(request, "category"); !id.empty()) {
    filter.category = ledger::CategoryFromId(id);
    if (!filter.category) return base::InvalidArgument("category is unknown: " + id.substr(0, 40));
  }
  RETURN_IF_ERROR(ReadInteger(request, "amount_min", filter.amount_min));
  RETURN_IF_ERROR(ReadInteger(request, "amount_max", filter.amount_max));
  RETURN_IF_ERROR(ReadMarks(request, filter));
  ASSIGN_OR_RETURN(filter.limit, ReadLimit(request, kPageRows, kPageRowsMax));
  filter.account = QueryText(request, "account");
  filter.import_id = QueryText(request, "import_id");
  filter.source = QueryText(request, "source");
  filter.tag = QueryText(request, "tag");
  filter.text = QueryText(request, "q");
  filter.cursor = QueryText(request, "cursor");
  return filter;
}

base::Status NoTransaction(std::string_view id) { return base::NotFound(fmt::format("no transaction has this id: {}", id.substr(0, 128))); }

}  // namespace finance::transaction_processor
