// SimpleFIN: the protocol's account set 1.0 and 2.0. GoCardless: "transactions" of the Bank Account
// Data API (Berlin Group names). Plaid: the configuration of sandbox users, where spending is positive.
#include "finance/statement/bank_json.h"

#include <fmt/format.h>

#include <map>

#include "codec/json.h"
#include "finance/statement/row_collector.h"

namespace finance::statement {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using ledger::Currency;
using ledger::Date;
using ledger::Money;

constexpr int64_t kNsPerSecond = 1'000'000'000;

std::string TextOf(JsonValue value) { return Folded(value.AsString().value_or("")); }

// Decimal text, or a number read as text.
std::string_view AmountText(JsonValue value) { return value.is_number() ? value.NumberText() : value.AsString().value_or(""); }

class Reader {
 public:
  Reader(const Profile& profile, Date today, Statement& out)
      : profile_(profile), rows_(out, today), default_currency_(profile.currency.value_or(Currency::Parse("EUR").value())) {}

  base::Status Read(JsonValue root) {
    if (root.Find("schema").exists()) return ReadOwn(root);
    if (root.Find("override_accounts").is_array()) return ReadPlaid(root);
    if (root.Find("accounts").is_array()) return ReadSimpleFin(root);
    const JsonValue transactions = root.Find("transactions");
    if (transactions.Find("booked").is_array()) return ReadGoCardless(transactions);
    return base::InvalidArgument(
        "JSON is of no kind that is known: expected our export (\"schema\"), SimpleFIN (\"accounts\") or GoCardless (\"transactions\".\"booked\")");
  }

 private:
  template <typename ReadRow>
  void Each(JsonValue list, ReadRow&& read) {
    Each(list, [](JsonValue) { return true; }, read);
  }

  template <typename IsRow, typename ReadRow>
  void Each(JsonValue list, IsRow&& is_row, ReadRow&& read) {
    for (const JsonValue item : list.items()) {
      ++number_;
      if (!is_row(item)) continue;
      base::Result<StatementRow> row = read(item);
      std::string text;
      awry::codec::JsonWriter(text).Value(item);
      if (!row.ok()) {
        rows_.Fail(number_, text, row.status().message());
        continue;
      }
      row->line = number_;
      if (profile_.flip_signs.value_or(false)) TurnSign(*row);
      rows_.Add(std::move(*row), text);
    }
  }

  base::Result<Currency> CurrencyOf(JsonValue code, Currency otherwise) const {
    return code.is_string() ? Currency::Parse(*code.AsString()) : base::Result<Currency>(otherwise);
  }

  static base::Result<Date> DateOf(std::string_view text) {
    if (text.empty()) return base::InvalidArgument("transaction has no date");
    return Date::Parse(text.substr(0, 10));
  }

  base::Status ReadOwn(JsonValue root) {
    if (root.Find("schema").AsString() != kOwnSchema) {
      return base::InvalidArgument(fmt::format("schema is not known, expected {}: {}", kOwnSchema, TextOf(root.Find("schema")).substr(0, 60)));
    }
    const auto parts = PartsOf(root.Find("transactions"));
    // A part is no row beside its whole, and what was deleted is no row at all.
    const auto is_row = [](JsonValue item) { return TextOf(item.Find("parent")).empty() && item.Find("deleted_ns").AsInt64().value_or(0) == 0; };
    Each(root.Find("transactions"), is_row, [&](JsonValue item) -> base::Result<StatementRow> {
      ASSIGN_OR_RETURN(const Date date, DateOf(TextOf(item.Find("date"))));
      ASSIGN_OR_RETURN(const Currency currency, CurrencyOf(item.Find("currency"), default_currency_));
      const auto minor = item.Find("amount_minor").AsInt64();
      if (!minor) return base::InvalidArgument("amount_minor is no whole number of 64 bits");
      StatementRow row{.date = date, .amount = {*minor, currency}, .description = TextOf(item.Find("description"))};
      row.external_id = TextOf(item.Find("id"));
      row.account = TextOf(item.Find("account"));
      row.mcc = static_cast<int>(item.Find("mcc").AsInt64().value_or(0));
      row.pending = item.Find("status").AsString() == "pending";
      row.category = TextOf(item.Find("category"));
      const std::string source = TextOf(item.Find("category_source"));
      if (row.category == "uncategorized" && source.empty()) row.category.clear();
      row.category_decided = source == "user" || source == "rule" || source == "import";
      row.note = item.Find("note").AsString().value_or("");
      for (const JsonValue tag : item.Find("tags").items()) row.tags.push_back(TextOf(tag));
      row.transfer = TextOf(item.Find("transfer_id"));
      if (const auto found = parts.find(row.external_id); found != parts.end()) row.parts = found->second;
      const auto original = item.Find("original_minor").AsInt64();
      const auto original_currency = Currency::Parse(TextOf(item.Find("original_currency")));
      if (original && original_currency.ok()) row.original = Money{*original, *original_currency};
      return row;
    });
    return {};
  }

  // Of each whole by its id, in their order.
  static std::map<std::string, std::vector<StatementPart>> PartsOf(JsonValue transactions) {
    std::map<std::string, std::vector<StatementPart>> parts;
    for (const JsonValue item : transactions.items()) {
      const std::string parent = TextOf(item.Find("parent"));
      const auto minor = item.Find("amount_minor").AsInt64();
      if (parent.empty() || !minor) continue;
      parts[parent].push_back({*minor, TextOf(item.Find("category")), std::string(item.Find("note").AsString().value_or(""))});
    }
    return parts;
  }

  base::Status ReadSimpleFin(JsonValue root) {
    for (const JsonValue account : root.Find("accounts").items()) {
      // A currency may be a URL of the user's own unit, which an amount in money cannot have.
      auto currency = CurrencyOf(account.Find("currency"), default_currency_);
      Each(account.Find("transactions"), [&](JsonValue item) -> base::Result<StatementRow> {
        RETURN_IF_ERROR(currency.status());
        const int64_t posted = item.Find("posted").AsInt64().value_or(0);
        const int64_t transacted = item.Find("transacted_at").AsInt64().value_or(0);
        const int64_t at = posted != 0 ? posted : transacted;
        if (at <= 0 || at > INT64_MAX / kNsPerSecond) return base::InvalidArgument("transaction has no date: posted and transacted_at are 0");
        ASSIGN_OR_RETURN(const Money amount, ledger::ParseMoney(AmountText(item.Find("amount")), *currency));
        StatementRow row{.date = Date::FromUnixNs(at * kNsPerSecond), .amount = amount, .description = TextOf(item.Find("description"))};
        row.external_id = TextOf(item.Find("id"));
        row.account = TextOf(account.Find("id"));
        row.pending = posted == 0 || item.Find("pending").AsBool().value_or(false);
        return row;
      });
    }
    return {};
  }

  base::Status ReadGoCardless(JsonValue transactions) {
    for (const bool pending : {false, true}) {
      Each(transactions.Find(pending ? "pending" : "booked"), [&](JsonValue item) -> base::Result<StatementRow> {
        std::string day;
        for (const std::string_view key : {"bookingDate", "bookingDateTime", "date", "valueDate", "valueDateTime"}) {
          if (day.empty()) day = TextOf(item.Find(key));
        }
        ASSIGN_OR_RETURN(const Date date, DateOf(day));
        const JsonValue money = item.Find("transactionAmount");
        ASSIGN_OR_RETURN(const Currency currency, CurrencyOf(money.Find("currency"), default_currency_));
        ASSIGN_OR_RETURN(const Money amount, ledger::ParseMoney(AmountText(money.Find("amount")), currency));
        StatementRow row{.date = date, .amount = amount, .description = TextOf(item.Find(amount.minor < 0 ? "creditorName" : "debtorName"))};
        AppendPart(row.description, TextOf(item.Find("remittanceInformationUnstructured")));
        for (const JsonValue line : item.Find("remittanceInformationUnstructuredArray").items()) AppendPart(row.description, TextOf(line));
        if (row.description.empty()) row.description = TextOf(item.Find("additionalInformation"));
        row.external_id = TextOf(item.Find("transactionId"));
        if (row.external_id.empty()) row.external_id = TextOf(item.Find("internalTransactionId"));
        row.pending = pending;
        return row;
      });
    }
    return {};
  }

  base::Status ReadPlaid(JsonValue root) {
    for (const JsonValue account : root.Find("override_accounts").items()) {
      Each(account.Find("transactions"), [&](JsonValue item) -> base::Result<StatementRow> {
        std::string day = TextOf(item.Find("date_posted"));
        if (day.empty()) day = TextOf(item.Find("date_transacted"));
        ASSIGN_OR_RETURN(const Date date, DateOf(day));
        ASSIGN_OR_RETURN(const Currency currency, CurrencyOf(item.Find("currency"), default_currency_));
        ASSIGN_OR_RETURN(Money amount, ledger::ParseMoney(AmountText(item.Find("amount")), currency));
        ASSIGN_OR_RETURN(amount.minor, ledger::NegateMinor(amount.minor));
        StatementRow row{.date = date, .amount = amount, .description = TextOf(item.Find("description"))};
        row.account = TextOf(account.Find("subtype"));
        return row;
      });
    }
    return {};
  }

  const Profile& profile_;
  RowCollector rows_;
  const Currency default_currency_;
  uint32_t number_ = 0;  // of the transaction: JSON has no lines worth naming
};

}  // namespace

bool LooksLikeJson(std::string_view text) {
  // MT940 may begin with "{1:": only a key can follow here.
  const size_t brace = text.find_first_not_of(" \t\r\n");
  if (brace == std::string_view::npos || text[brace] != '{') return false;
  const size_t key = text.find_first_not_of(" \t\r\n", brace + 1);
  return key != std::string_view::npos && (text[key] == '"' || text[key] == '}');
}

base::Status ParseBankJson(std::string_view text, const Profile& profile, ledger::Date today, Statement& out) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(text));
  return Reader(profile, today, out).Read(document.root());
}

}  // namespace finance::statement
