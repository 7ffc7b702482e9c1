// The way back from ExportJson, and the end of a ledger.
#include <fmt/format.h>

#include <set>

#include "codec/json.h"
#include "finance/ledger/clean_description.h"
#include "finance/statement/bank_json.h"
#include "finance/transaction_processor/export.h"
#include "finance/transaction_processor/rule.h"
#include "finance/transaction_processor/transaction_json.h"

namespace finance::transaction_processor {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using awry::codec::JsonWriter;

constexpr int kMccMax = 9999;
constexpr int kOccurrenceMax = 1'000'000'000;  // of equal rows

std::string Text(JsonValue value) { return std::string(value.AsString().value_or("")); }

ledger::CategorySource SourceOf(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(ledger::CategorySource::kImport); ++i) {
    const auto source = static_cast<ledger::CategorySource>(i);
    if (ledger::CategorySourceName(source) == name) return source;
  }
  return ledger::CategorySource::kNone;
}

class Restorer {
 public:
  Restorer(sql::Connection& connection, const ledger::UserId& user, int64_t now_ns)
      : connection_(connection), user_(user), today_(ledger::Date::FromUnixNs(now_ns)), revision_(now_ns / 1'000'000) {}

  base::Result<Restored> Run(JsonValue root) {
    for (const JsonValue item : root.Find("accounts").items()) RETURN_IF_ERROR(ReadAccountItem(item));
    size_t number = 0;
    for (const JsonValue item : root.Find("transactions").items()) {
      ++number;
      if (base::Status status = ReadRow(item); !status.ok()) return status.WithContext(fmt::format("transaction {}", number));
    }
    for (const JsonValue item : root.Find("rules").items()) RETURN_IF_ERROR(ReadRuleItem(item));
    for (const JsonValue item : root.Find("transfers").items()) RETURN_IF_ERROR(ReadTransferItem(item));
    for (const JsonValue item : root.Find("merged_ids").items()) RETURN_IF_ERROR(ReadMerged(item));
    return std::move(restored_);
  }

 private:
  base::Status ReadAccountItem(JsonValue item) {
    // The file may be of another user's: it becomes this one's.
    std::string body;
    JsonWriter json(body);
    json.BeginObject().Key("user_id").String(user_.str());
    for (const auto& [key, value] : item.members()) {
      if (key != "user_id" && key != "id") json.Key(key).Value(value);
    }
    json.EndObject();
    ASSIGN_OR_RETURN(const Account account, ParseAccount(Text(item.Find("id")), body));
    ASSIGN_OR_RETURN(const std::optional<Account> known, FindAccount(connection_, account.id));
    if (known && known->user_id != user_) return base::AlreadyExists("account id is another user's: " + account.id);
    own_accounts_.insert(account.id);
    if (known) return {};
    ++restored_.accounts;
    return StoreAccount(connection_, account);
  }

  base::Status CheckAccount(const std::string& id) {
    if (own_accounts_.contains(id)) return {};
    ASSIGN_OR_RETURN(const std::optional<Account> account, FindAccount(connection_, id));
    if (!account) return base::InvalidArgument("account is not in the file: " + id.substr(0, 128));
    if (account->user_id != user_) return base::AlreadyExists("account id is another user's: " + id);
    own_accounts_.insert(id);
    return {};
  }

  base::Result<StoredTransaction> Parse(JsonValue item) {
    ASSIGN_OR_RETURN(const ledger::Date date, ledger::Date::Parse(Text(item.Find("date"))));
    RETURN_IF_ERROR(ledger::CheckTransactionDate(date, today_));
    ASSIGN_OR_RETURN(const ledger::Currency currency, ledger::Currency::Parse(Text(item.Find("currency"))));
    const auto minor = item.Find("amount_minor").AsInt64();
    if (!minor || *minor > kAmountMinorMax || *minor < -kAmountMinorMax) return base::InvalidArgument("amount_minor is missing, no 64-bit integer or too large");
    StoredTransaction stored{.row = {.id = Text(item.Find("id")), .account = Text(item.Find("account")), .user_id = user_, .date = date,
                                     .amount = {*minor, currency}, .raw_description = Text(item.Find("description")),
                                     .description = Text(item.Find("merchant"))}};
    RETURN_IF_ERROR(ledger::CheckOpaqueId(stored.row.id, "transaction id"));
    if (stored.row.description.empty()) stored.row.description = ledger::CleanDescription(stored.row.raw_description);
    if (stored.row.description.empty()) return base::InvalidArgument("description is empty");
    RETURN_IF_ERROR(ReadRest(item, stored));
    return stored;
  }

  static base::Result<int> Number(JsonValue item, std::string_view name, int otherwise, int most) {
    const int64_t number = item.Find(name).AsInt64().value_or(otherwise);
    if (number < 0 || number > most) return base::InvalidArgument(fmt::format("{} is out of range: {}", name, number));
    return static_cast<int>(number);
  }

  static base::Status ReadRest(JsonValue item, StoredTransaction& stored) {
    ledger::Transaction& row = stored.row;
    if (item.Find("mcc").AsInt64()) {
      ASSIGN_OR_RETURN(row.mcc, Number(item, "mcc", 0, kMccMax));
    }
    row.booked_at_ns = item.Find("booked_at_ns").AsInt64();
    if (const auto original = item.Find("original_minor").AsInt64()) {
      ASSIGN_OR_RETURN(const ledger::Currency currency, ledger::Currency::Parse(Text(item.Find("original_currency"))));
      stored.original = ledger::Money{*original, currency};
    }
    row.status = item.Find("status").AsString() == "pending" ? ledger::BankStatus::kPending : ledger::BankStatus::kBooked;
    row.category = ledger::CategoryFromId(Text(item.Find("category"))).value_or(ledger::Category::kUncategorized);
    row.category_source = SourceOf(Text(item.Find("category_source")));
    row.confidence = item.Find("confidence").AsDouble().value_or(0);
    stored.predicted = ledger::CategoryFromId(Text(item.Find("predicted_category")));
    row.model_version = Text(item.Find("model_version"));
    if (item.Find("alternatives").is_array()) JsonWriter(stored.alternatives_json).Value(item.Find("alternatives"));
    row.fingerprint = Text(item.Find("fingerprint"));
    ASSIGN_OR_RETURN(row.occurrence, Number(item, "occurrence", 1, kOccurrenceMax));
    row.external_id = Text(item.Find("external_id"));
    row.trace_id = Text(item.Find("trace_id"));
    // A category that the model had given stays; only what was never looked at goes through the pipeline.
    row.processing = row.category_source == ledger::CategorySource::kNone ? ledger::Processing::kQueued : ledger::Processing::kDone;
    stored.source = Text(item.Find("source"));
    stored.note = Text(item.Find("note"));
    if (stored.note.size() > kNoteBytesMax) return base::InvalidArgument(fmt::format("note is too long: {} bytes", stored.note.size()));
    for (const JsonValue tag : item.Find("tags").items()) {
      if (stored.tags.size() < kTagsMax && Text(tag).find(',') == std::string::npos) stored.tags.push_back(Text(tag));
    }
    stored.reconciled = item.Find("reconciled").AsBool().value_or(false);
    stored.deleted_ns = item.Find("deleted_ns").AsInt64().value_or(0);
    stored.rule_id = Text(item.Find("rule_id"));
    stored.parent = Text(item.Find("parent"));
    ASSIGN_OR_RETURN(stored.part_count, Number(item, "part_count", 0, static_cast<int>(kPartsMax)));
    stored.transfer_id = Text(item.Find("transfer_id"));
    return {};
  }

  base::Status ReadRow(JsonValue item) {
    ASSIGN_OR_RETURN(StoredTransaction stored, Parse(item));
    RETURN_IF_ERROR(CheckAccount(stored.row.account));
    ASSIGN_OR_RETURN(const std::optional<StoredTransaction> known, FindTransaction(connection_, stored.row.id));
    if (known && known->row.user_id != user_) return base::AlreadyExists("transaction id is another user's: " + stored.row.id);
    if (known) return {};
    if (stored.row.fingerprint.empty() && stored.parent.empty()) {
      stored.row.fingerprint = ledger::Fingerprint(stored.row.account, stored.row.date, stored.row.amount, stored.row.raw_description);
    }
    // The counting services may remember that the row was taken away: a later revision counts again.
    stored.revision = revision_;
    RETURN_IF_ERROR(InsertTransaction(connection_, stored));
    ++(stored.parent.empty() ? restored_.transactions : restored_.splits);
    written_.insert(stored.row.id);
    restored_.rows.push_back(stored.row.id);
    return {};
  }

  base::Status ReadRuleItem(JsonValue item) {
    std::string body;
    JsonWriter(body).Value(item.Find("rule"));
    ASSIGN_OR_RETURN(Rule rule, ParseRule(body));
    rule.id = Text(item.Find("rule").Find("id"));
    RETURN_IF_ERROR(ledger::CheckOpaqueId(rule.id, "rule id"));
    rule.origin = item.Find("rule").Find("origin").AsString() == "learned" ? RuleOrigin::kLearned : RuleOrigin::kUser;
    rule.hits = item.Find("rule").Find("hits").AsInt64().value_or(0);
    rule.learned_merchant = Text(item.Find("merchant"));
    ASSIGN_OR_RETURN(const sql::Rows known, connection_.Query("SELECT user_id FROM rules WHERE id = $1", {rule.id}));
    if (!known.empty() && known[0].Text(0) != user_.str()) return base::AlreadyExists("rule id is another user's: " + rule.id);
    if (!known.empty()) return {};
    ++restored_.rules;
    return StoreRule(connection_, user_, rule);
  }

  base::Status ReadTransferItem(JsonValue item) {
    const std::string id = Text(item.At(0));
    RETURN_IF_ERROR(ledger::CheckOpaqueId(id, "transfer id"));
    ASSIGN_OR_RETURN(const sql::Rows known, connection_.Query("SELECT user_id FROM transfers WHERE id = $1", {id}));
    if (!known.empty() && known[0].Text(0) != user_.str()) return base::AlreadyExists("transfer id is another user's: " + id);
    const int64_t state = item.At(3).AsInt64().value_or(-1);
    // Only pairs of rows that came with the same file.
    if (!known.empty() || state < 0 || state > 2 || !written_.contains(Text(item.At(1))) || !written_.contains(Text(item.At(2)))) return {};
    ++restored_.transfers;
    return connection_
        .Execute("INSERT INTO transfers (id, user_id, out_id, in_id, state, how, reason, day, accounts, before)"
                 " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                 {id, user_.str(), Text(item.At(1)), Text(item.At(2)), state, item.At(4).AsInt64().value_or(0), Text(item.At(5)),
                  item.At(6).AsInt64().value_or(0), Text(item.At(7)), Text(item.At(8))})
        .status();
  }

  base::Status ReadMerged(JsonValue item) {
    const std::string id = Text(item.At(0));
    if (!written_.contains(id) || !own_accounts_.contains(Text(item.At(1)))) return {};
    return connection_
        .Execute("INSERT INTO merged_ids (transaction_id, account, external_id, fingerprint, import_id, before) VALUES ($1, $2, $3, $4, '', '')",
                 {id, Text(item.At(1)), Text(item.At(2)), Text(item.At(3))})
        .status();
  }

  sql::Connection& connection_;
  const ledger::UserId& user_;
  const ledger::Date today_;
  const int64_t revision_;
  Restored restored_;
  std::set<std::string> own_accounts_;
  std::set<std::string> written_;
};

}  // namespace

base::Result<Restored> RestoreLedger(sql::Connection& connection, const ledger::UserId& user, std::string_view json, int64_t now_ns) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(json));
  const JsonValue root = document.root();
  if (root.Find("schema").AsString() != statement::kOwnSchema || !root.Find("accounts").is_array()) {
    return base::InvalidArgument("file is no export of a whole ledger: import a statement with POST /imports");
  }
  return Restorer(connection, user, now_ns).Run(root);
}

base::Result<std::vector<std::pair<std::string, int64_t>>> WipeLedger(sql::Connection& connection, const ledger::UserId& user) {
  ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query("SELECT id, revision FROM transactions WHERE user_id = $1", {user.str()}));
  std::vector<std::pair<std::string, int64_t>> ids;
  for (const sql::Row& row : rows) ids.emplace_back(row.Text(0), row.Int(1));
  RETURN_IF_ERROR(connection
                      .Execute("DELETE FROM merged_ids WHERE account IN (SELECT id FROM accounts WHERE user_id = $1)", {user.str()})
                      .status());
  for (const std::string_view table : {"transactions", "transfers", "audit", "edit_batches", "rules", "imports", "saved_readings", "day_sums", "month_sums",
                                       "accounts"}) {
    RETURN_IF_ERROR(connection.Execute(fmt::format("DELETE FROM {} WHERE user_id = $1", table), {user.str()}).status());
  }
  return ids;
}

}  // namespace finance::transaction_processor
