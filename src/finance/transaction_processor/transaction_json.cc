#include "finance/transaction_processor/transaction_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "codec/json.h"
#include "finance/ledger/at_time.h"
#include "finance/ledger/clean_description.h"

namespace finance::transaction_processor {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using awry::codec::JsonWriter;
using ledger::Transaction;
using ledger::UserId;

constexpr std::array<std::string_view, 7> kAccountKinds = {"checking", "savings", "card", "loan", "cash", "investment", "other"};
constexpr size_t kNameBytesMax = 200;

base::Result<std::string> RequiredText(JsonValue object, std::string_view name) {
  const auto text = object.Find(name).AsString();
  if (!text) return base::InvalidArgument(fmt::format("field is missing or no text: {}", name));
  return std::string(*text);
}

// "" when the field is missing or null; kInvalidArgument when it is no text.
base::Result<std::string> OptionalText(JsonValue object, std::string_view name) {
  const JsonValue value = object.Find(name);
  if (value.is_null()) return std::string();
  const auto text = value.AsString();
  if (!text) return base::InvalidArgument(fmt::format("field is no text: {}", name));
  return std::string(*text);
}

base::Result<UserId> ReadUser(JsonValue object) {
  ASSIGN_OR_RETURN(const std::string text, RequiredText(object, "user_id"));
  return UserId::Parse(text);
}

base::Result<ledger::Money> ReadMoney(JsonValue object) {
  ASSIGN_OR_RETURN(const std::string code, RequiredText(object, "currency"));
  ASSIGN_OR_RETURN(const ledger::Currency currency, ledger::Currency::Parse(code));
  const auto minor = object.Find("amount_minor").AsInt64();
  if (!minor) return base::InvalidArgument("field is missing or no 64-bit integer: amount_minor");
  if (*minor > kAmountMinorMax || *minor < -kAmountMinorMax) {
    return base::InvalidArgument(fmt::format("amount_minor is beyond {}: {}", kAmountMinorMax, *minor));
  }
  return ledger::Money{*minor, currency};
}

base::Result<std::optional<int>> ReadMcc(JsonValue object) {
  const JsonValue value = object.Find("mcc");
  if (value.is_null()) return std::optional<int>();
  int64_t mcc = value.AsInt64().value_or(-1);
  if (const auto text = value.AsString()) {
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), mcc);
    if (error != std::errc() || end != text->data() + text->size()) mcc = -1;
  }
  if (mcc < 0 || mcc > 9999) return base::InvalidArgument("mcc is no code from 0000 to 9999");
  return std::optional<int>(static_cast<int>(mcc));
}

base::Status ReadOptionals(JsonValue root, Transaction& row) {
  ASSIGN_OR_RETURN(row.id, OptionalText(root, "id"));
  if (!row.id.empty()) RETURN_IF_ERROR(ledger::CheckOpaqueId(row.id, "id"));
  ASSIGN_OR_RETURN(row.account, OptionalText(root, "account"));
  if (!row.account.empty()) RETURN_IF_ERROR(ledger::CheckOpaqueId(row.account, "account"));
  ASSIGN_OR_RETURN(row.mcc, ReadMcc(root));
  ASSIGN_OR_RETURN(const std::string booked_at, OptionalText(root, "booked_at"));
  if (!booked_at.empty()) {
    ASSIGN_OR_RETURN(const ledger::AtTime at, ledger::ParseAt(booked_at));
    if (!at.day_only) row.booked_at_ns = at.unix_ns;
  }
  ASSIGN_OR_RETURN(const std::string status, OptionalText(root, "status"));
  if (!status.empty() && status != "pending" && status != "booked") {
    return base::InvalidArgument("status is neither pending nor booked: " + status.substr(0, 20));
  }
  row.status = status == "pending" ? ledger::BankStatus::kPending : ledger::BankStatus::kBooked;
  return {};
}

// What people and rules have said about the row.
void WriteEdits(JsonWriter& json, const StoredTransaction& stored) {
  json.Key("note").String(stored.note).Key("tags").BeginArray();
  for (const std::string& tag : stored.tags) json.String(tag);
  json.EndArray().Key("source").String(stored.source).Key("reconciled").Bool(stored.reconciled);
  if (stored.deleted_ns != 0) json.Key("deleted").Bool(true);
  if (!stored.rule_id.empty()) json.Key("rule_id").String(stored.rule_id);
  if (!stored.parent.empty()) json.Key("parent").String(stored.parent);
  if (stored.transfer) {
    json.Key("transfer").BeginObject().Key("id").String(stored.transfer->id);
    json.Key("state").String(stored.transfer->linked ? "linked" : "suggested");
    json.Key("how").String(stored.transfer->by_user ? "user" : "auto").Key("other_id").String(stored.transfer->other_id).EndObject();
  }
  if (stored.parts.empty()) return;
  json.Key("splits").BeginArray();
  for (const Part& part : stored.parts) {
    json.BeginObject().Key("id").String(part.id).Key("amount_minor").Int(part.amount_minor);
    json.Key("category").String(ledger::CategoryId(part.category)).Key("note").String(part.note).EndObject();
  }
  json.EndArray();
}

base::Status ReadAccountOptionals(JsonValue root, Account& account) {
  if (const JsonValue iban = root.Find("iban"); iban.exists()) {
    ASSIGN_OR_RETURN(const std::string text, OptionalText(root, "iban"));
    account.iban.emplace();
    for (const char c : text) {
      if (c != ' ') *account.iban += c;
    }
    if (account.iban->size() > 64) return base::InvalidArgument("iban is too long: at most 64 characters");
  }
  if (root.Find("opening_minor").exists()) {
    account.opening_minor = root.Find("opening_minor").AsInt64();
    const int64_t minor = account.opening_minor.value_or(kAmountMinorMax + 1);
    if (minor > kAmountMinorMax || minor < -kAmountMinorMax) return base::InvalidArgument("opening_minor is no integer, or too large");
  }
  ASSIGN_OR_RETURN(const std::string opened, OptionalText(root, "opening_date"));
  if (!opened.empty()) {
    ASSIGN_OR_RETURN(account.opening_date, ledger::Date::Parse(opened));
  }
  account.closed = root.Find("closed").AsBool();
  return {};
}

}  // namespace

base::Result<Transaction> ParseTransaction(std::string_view json, ledger::Date today) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(json));
  const JsonValue root = document.root();
  if (!root.is_object()) return base::InvalidArgument("body is no JSON object");
  ASSIGN_OR_RETURN(UserId user, ReadUser(root));
  ASSIGN_OR_RETURN(const std::string date_text, RequiredText(root, "date"));
  ASSIGN_OR_RETURN(const ledger::Date date, ledger::Date::Parse(date_text));
  RETURN_IF_ERROR(ledger::CheckTransactionDate(date, today));
  ASSIGN_OR_RETURN(const ledger::Money money, ReadMoney(root));
  ASSIGN_OR_RETURN(std::string raw, RequiredText(root, "description"));
  if (raw.size() > ledger::kDescriptionBytesMax) {
    return base::InvalidArgument(fmt::format("description is too long: {} bytes, at most {}", raw.size(), ledger::kDescriptionBytesMax));
  }
  std::string clean = ledger::CleanDescription(raw);
  if (clean.empty()) return base::InvalidArgument("description is empty");
  Transaction row{.user_id = std::move(user), .date = date, .amount = money,
                  .raw_description = std::move(raw), .description = std::move(clean)};
  RETURN_IF_ERROR(ReadOptionals(root, row));
  return row;
}

base::Result<Account> ParseAccount(const std::string& id, std::string_view json) {
  RETURN_IF_ERROR(ledger::CheckOpaqueId(id, "account id"));
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(json));
  const JsonValue root = document.root();
  ASSIGN_OR_RETURN(UserId user, ReadUser(root));
  ASSIGN_OR_RETURN(const std::string code, RequiredText(root, "currency"));
  ASSIGN_OR_RETURN(const ledger::Currency currency, ledger::Currency::Parse(code));
  ASSIGN_OR_RETURN(std::string name, OptionalText(root, "name"));
  ASSIGN_OR_RETURN(std::string kind, OptionalText(root, "kind"));
  ASSIGN_OR_RETURN(std::string zone, OptionalText(root, "zone"));
  if (kind.empty()) kind = "checking";
  if (std::find(kAccountKinds.begin(), kAccountKinds.end(), kind) == kAccountKinds.end()) {
    return base::InvalidArgument("kind is none of checking, savings, card, loan, cash, investment, other: " + kind.substr(0, 20));
  }
  if (name.size() > kNameBytesMax || zone.size() > kNameBytesMax) {
    return base::InvalidArgument(fmt::format("name or zone is too long: at most {} bytes", kNameBytesMax));
  }
  Account account{id, std::move(user), name.empty() ? id : std::move(name), std::move(kind), currency, std::move(zone), {}, {}, {}, {}};
  RETURN_IF_ERROR(ReadAccountOptionals(root, account));
  return account;
}

std::string TransactionJson(const StoredTransaction& stored) {
  const Transaction& row = stored.row;
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("id").String(row.id).Key("account").String(row.account);
  json.Key("user_id").String(row.user_id.str()).Key("date").String(row.date.ToString());
  json.Key("amount_minor").Int(row.amount.minor).Key("currency").String(row.amount.currency.str());
  if (stored.original) json.Key("original_minor").Int(stored.original->minor).Key("original_currency").String(stored.original->currency.str());
  json.Key("description").String(row.raw_description).Key("merchant").String(row.description);
  if (row.mcc) json.Key("mcc").String(fmt::format("{:04}", *row.mcc));
  if (row.booked_at_ns) json.Key("booked_at").String(AtText(row));
  if (row.category_source == ledger::CategorySource::kNone) {
    json.Key("category").Null().Key("confidence").Null();
  } else {
    json.Key("category").String(ledger::CategoryId(row.category)).Key("confidence").Double(row.confidence);
    json.Key("category_source").String(ledger::CategorySourceName(row.category_source));
  }
  if (stored.predicted) {
    json.Key("predicted_category").String(ledger::CategoryId(*stored.predicted));
    json.Key("model_version").String(row.model_version);
  }
  if (!stored.alternatives_json.empty()) json.Key("alternatives").Raw(stored.alternatives_json);
  json.Key("status").String(ledger::BankStatusName(row.status));
  json.Key("processing").String(ledger::ProcessingName(row.processing));
  json.Key("trace_id").String(row.trace_id);
  if (!row.import_id.empty()) json.Key("import_id").String(row.import_id);
  WriteEdits(json, stored);
  json.EndObject();
  return out;
}

std::string AccountJson(const Account& account) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("id").String(account.id).Key("user_id").String(account.user_id.str());
  json.Key("name").String(account.name).Key("kind").String(account.kind);
  json.Key("currency").String(account.currency.str());
  if (!account.zone.empty()) json.Key("zone").String(account.zone);
  if (account.iban && !account.iban->empty()) json.Key("iban").String(*account.iban);
  if (account.opening_minor) json.Key("opening_minor").Int(*account.opening_minor);
  if (account.opening_date) json.Key("opening_date").String(account.opening_date->ToString());
  if (account.closed) json.Key("closed").Bool(*account.closed);
  json.EndObject();
  return out;
}

std::string ImportJson(const Import& import) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("import_id").String(import.id).Key("account").String(import.account);
  json.Key("state").String(ImportStateName(import.state)).Key("done").Int(import.done);
  json.Key("total").Int(import.total).Key("trace_id").String(import.trace_id).Key("format").String(import.format);
  if (import.created_ns != 0) json.Key("created").String(TimeText(import.created_ns));
  if (!import.counts_json.empty()) json.Key("counts").Raw(import.counts_json);
  json.EndObject();
  return out;
}

std::string TimeText(int64_t unix_ns) {
  constexpr int64_t kDayNs = 86'400'000'000'000;
  const ledger::Date day = ledger::Date::FromUnixNs(unix_ns);
  const int64_t ns = unix_ns - int64_t{day.days()} * kDayNs;
  const int64_t seconds = ns / 1'000'000'000;
  return fmt::format("{}T{:02}:{:02}:{:02}.{:09}Z", day.ToString(), seconds / 3600, seconds / 60 % 60, seconds % 60, ns % 1'000'000'000);
}

std::string AtText(const Transaction& row) { return row.booked_at_ns ? TimeText(*row.booked_at_ns) : row.date.ToString(); }

std::string LineError(size_t line, const base::Status& status) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("line").UInt(line).Key("error").BeginObject();
  json.Key("code").String(base::StatusCodeName(status.code())).Key("message").String(status.message());
  json.EndObject().EndObject();
  return out;
}

}  // namespace finance::transaction_processor
