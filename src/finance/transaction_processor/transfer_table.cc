#include "finance/transaction_processor/transfer_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>

#include "base/random.h"
#include "codec/json.h"
#include "finance/ledger/clean_description.h"

namespace finance::transaction_processor {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using awry::codec::JsonWriter;
using ledger::Category;
using ledger::CategorySource;

constexpr std::string_view kTransferColumns = "id, user_id, out_id, in_id, state, how, reason";

base::Result<Transfer> ReadTransfer(const sql::Row& row) {
  ASSIGN_OR_RETURN(ledger::UserId user, ledger::UserId::Parse(row.Text(1)));
  return Transfer{row.Text(0), std::move(user), row.Text(2), row.Text(3), static_cast<TransferState>(row.Int(4)),
                  static_cast<TransferHow>(row.Int(5)), row.Text(6)};
}

// The same for both directions.
std::string AccountsKey(const std::string& a, const std::string& b) { return a < b ? a + "\x1f" + b : b + "\x1f" + a; }

// --- hints ---

// Without their first letter where it is no ASCII: folding leaves it as it is.
constexpr std::array<std::string_view, 20> kTransferWords = {
    "transfer", "berweisung", "umbuchung", "bertrag", "virement", "transferencia", "bonifico",
    "giroconto", "overboeking", "overschrijving", "overførsel", "transferência", "kreditkartenabrechnung", "payment thank you",
    "card payment", "credit card pymt", "autopay", "internal", "sparen", "savings"};
constexpr std::array<int, 3> kTransferMccs = {4829, 6012, 6211};

std::string WithoutBlanks(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != ' ') out += c;
  }
  return out;
}

// What `row` says of the other account; "" when nothing.
std::string HintOf(const StoredTransaction& row, const Account& other) {
  constexpr size_t kNameBytesMin = 4;
  const std::string folded = ledger::FoldText(row.row.raw_description);
  if (other.iban && !other.iban->empty() &&
      WithoutBlanks(folded).find(ledger::FoldText(WithoutBlanks(*other.iban))) != std::string::npos) {
    return "names the account number of " + other.name;
  }
  if (other.name.size() >= kNameBytesMin && other.name != "Everyday" && folded.find(ledger::FoldText(other.name)) != std::string::npos) {
    return "names the account " + other.name;
  }
  for (const std::string_view word : kTransferWords) {
    if (folded.find(word) != std::string::npos) return fmt::format("says \"{}\"", word);
  }
  if (row.row.mcc && std::find(kTransferMccs.begin(), kTransferMccs.end(), *row.row.mcc) != kTransferMccs.end()) {
    return fmt::format("has the merchant category {:04} of money transfers", *row.row.mcc);
  }
  return {};
}

base::Result<std::string> HintOfPair(sql::Connection& connection, const StoredTransaction& out, const StoredTransaction& in) {
  ASSIGN_OR_RETURN(const std::optional<Account> out_account, FindAccount(connection, out.row.account));
  ASSIGN_OR_RETURN(const std::optional<Account> in_account, FindAccount(connection, in.row.account));
  if (!out_account || !in_account) return std::string();
  if (std::string hint = HintOf(out, *in_account); !hint.empty()) return "the outgoing row " + hint;
  if (std::string hint = HintOf(in, *out_account); !hint.empty()) return "the incoming row " + hint;
  ASSIGN_OR_RETURN(const sql::Rows linked,
                   connection.Query("SELECT 1 FROM transfers WHERE user_id = $1 AND accounts = $2 AND state = 1 LIMIT 1",
                                    {out.row.user_id.str(), AccountsKey(out.row.account, in.row.account)}));
  return linked.empty() ? std::string() : std::string("these two accounts have had transfers before");
}

// --- rows of a pair ---

void WriteSide(JsonWriter& json, std::string_view key, const ledger::Transaction& row) {
  json.Key(key).BeginArray().Int(static_cast<int64_t>(row.category)).Int(static_cast<int64_t>(row.category_source));
  json.Double(row.confidence).EndArray();
}

base::Status MarkLinked(sql::Connection& connection, StoredTransaction stored, const std::string& transfer_id, TransferHow how) {
  stored.transfer_id = transfer_id;
  stored.row.category = Category::kTransfer;
  stored.row.category_source = how == TransferHow::kUser ? CategorySource::kUser : CategorySource::kRule;
  stored.row.confidence = 1;
  ++stored.revision;
  return UpdateTransaction(connection, stored);
}

base::Status Unmark(sql::Connection& connection, const std::string& id, const std::string& transfer_id, JsonValue before) {
  ASSIGN_OR_RETURN(std::optional<StoredTransaction> stored, FindTransaction(connection, id));
  if (!stored || stored->transfer_id != transfer_id) return {};
  stored->transfer_id.clear();
  ++stored->revision;
  // Unless the user has said something else meanwhile.
  if (stored->row.category == Category::kTransfer) {
    ledger::Transaction& row = stored->row;
    row.category = ledger::CategoryFromNumber(before.At(0).AsInt64().value_or(0)).value_or(Category::kUncategorized);
    row.category_source = static_cast<CategorySource>(before.At(1).AsInt64().value_or(0));
    row.confidence = before.At(2).AsDouble().value_or(0);
    // The model may have answered while the pair was linked.
    if (row.category_source == CategorySource::kNone && stored->predicted) {
      row.category = *stored->predicted;
      row.category_source = CategorySource::kModel;
    }
  }
  return UpdateTransaction(connection, *stored);
}

base::Status UnmarkBoth(sql::Connection& connection, const Transfer& transfer) {
  ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query("SELECT before FROM transfers WHERE id = $1", {transfer.id}));
  const std::string text = rows.empty() || rows[0].Text(0).empty() ? "{}" : rows[0].Text(0);
  ASSIGN_OR_RETURN(const JsonDocument before, JsonDocument::Parse(text));
  RETURN_IF_ERROR(Unmark(connection, transfer.out_id, transfer.id, before.root().Find("out")));
  return Unmark(connection, transfer.in_id, transfer.id, before.root().Find("in"));
}

base::Result<std::optional<Transfer>> FindPair(sql::Connection& connection, const std::string& out_id, const std::string& in_id) {
  static const std::string kStatement = fmt::format("SELECT {} FROM transfers WHERE out_id = $1 AND in_id = $2", kTransferColumns);
  ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query(kStatement, {out_id, in_id}));
  if (rows.empty()) return std::optional<Transfer>();
  ASSIGN_OR_RETURN(Transfer found, ReadTransfer(rows[0]));
  return std::optional<Transfer>(std::move(found));
}

base::Status StorePair(sql::Connection& connection, const Transfer& transfer, const StoredTransaction& out,
                       const StoredTransaction& in) {
  std::string before;
  JsonWriter json(before);
  json.BeginObject();
  WriteSide(json, "out", out.row);
  WriteSide(json, "in", in.row);
  json.EndObject();
  return connection
      .Execute("INSERT INTO transfers (id, user_id, out_id, in_id, state, how, reason, day, accounts, before)"
               " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO UPDATE SET state = excluded.state,"
               " how = excluded.how, reason = excluded.reason, before = excluded.before",
               {transfer.id, transfer.user_id.str(), transfer.out_id, transfer.in_id, static_cast<int64_t>(transfer.state),
                static_cast<int64_t>(transfer.how), transfer.reason, int64_t{std::max(out.row.date, in.row.date).days()},
                AccountsKey(out.row.account, in.row.account), before})
      .status();
}

base::Status CheckPair(const StoredTransaction& out, const StoredTransaction& in, const ledger::UserId& user) {
  const bool own = out.row.user_id == user && in.row.user_id == user;
  if (!own) return base::NotFound("no transaction has this id");
  const bool opposite = out.row.amount.minor < 0 && in.row.amount.minor == -out.row.amount.minor &&
                        out.row.amount.currency == in.row.amount.currency;
  if (!opposite) return base::InvalidArgument("rows of a transfer have opposite, equal amounts in one currency");
  if (out.row.account == in.row.account) return base::InvalidArgument("rows of a transfer are of two accounts");
  if (!out.parent.empty() || !in.parent.empty() || out.deleted_ns != 0 || in.deleted_ns != 0) {
    return base::InvalidArgument("rows of a transfer are whole and not deleted");
  }
  return {};
}

bool IsFree(const StoredTransaction& stored) {
  return stored.transfer_id.empty() && stored.deleted_ns == 0 && stored.parent.empty() && stored.row.amount.minor != 0;
}

base::Result<bool> HasSuggestion(sql::Connection& connection, const std::string& id) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT 1 FROM transfers WHERE (out_id = $1 OR in_id = $1) AND state < 2 LIMIT 1", {id}));
  return !rows.empty();
}

struct PossiblePair {
  int days = 0;
  StoredTransaction out, in;
  bool unique = false;
};

base::Status Settle(sql::Connection& connection, const PossiblePair& pair, std::vector<std::string>& changed) {
  for (const StoredTransaction* side : {&pair.out, &pair.in}) {
    ASSIGN_OR_RETURN(const bool taken, HasSuggestion(connection, side->row.id));
    if (taken) return {};
  }
  ASSIGN_OR_RETURN(const std::string hint, HintOfPair(connection, pair.out, pair.in));
  if (pair.unique && !hint.empty()) {
    RETURN_IF_ERROR(LinkTransfer(connection, pair.out.row.user_id, pair.out.row.id, pair.in.row.id, TransferHow::kAuto, hint).status());
    changed.push_back(pair.out.row.id);
    changed.push_back(pair.in.row.id);
    return {};
  }
  const std::string reason = pair.unique ? "equal amounts within " + std::to_string(kTransferDaysMax) + " days, but nothing else says that they belong together"
                                         : "equal amounts; other rows would fit as well";
  return StorePair(connection,
                   {fmt::format("tr-{:016x}", base::EntropySeed()), pair.out.row.user_id, pair.out.row.id, pair.in.row.id,
                    TransferState::kSuggested, TransferHow::kAuto, reason},
                   pair.out, pair.in);
}

}  // namespace

std::string_view TransferStateName(TransferState state) {
  return state == TransferState::kLinked ? "linked" : state == TransferState::kRejected ? "rejected" : "suggested";
}

base::Result<std::optional<Transfer>> FindTransfer(sql::Connection& connection, const std::string& id) {
  static const std::string kStatement = fmt::format("SELECT {} FROM transfers WHERE id = $1", kTransferColumns);
  ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query(kStatement, {id}));
  if (rows.empty()) return std::optional<Transfer>();
  ASSIGN_OR_RETURN(Transfer found, ReadTransfer(rows[0]));
  return std::optional<Transfer>(std::move(found));
}

base::Result<std::vector<Transfer>> ReadTransfers(sql::Connection& connection, const ledger::UserId& user,
                                                  std::optional<TransferState> state, int limit) {
  const std::string which = state ? fmt::format("state = {}", static_cast<int64_t>(*state)) : "state < 2";
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query(fmt::format("SELECT {} FROM transfers WHERE user_id = $1 AND {} ORDER BY day DESC, id LIMIT $2",
                                                kTransferColumns, which),
                                    {user.str(), int64_t{limit}}));
  std::vector<Transfer> transfers;
  for (const sql::Row& row : rows) {
    ASSIGN_OR_RETURN(Transfer transfer, ReadTransfer(row));
    transfers.push_back(std::move(transfer));
  }
  return transfers;
}

base::Result<std::vector<StoredTransaction>> TransferCandidates(sql::Connection& connection, const StoredTransaction& stored) {
  static const std::string kStatement = fmt::format(
      // CROSS JOIN keeps SQLite from reading all of the user's rows of these days: each account is asked for the amount.
      "SELECT {} FROM (SELECT id AS other_account FROM accounts WHERE user_id = $1 AND id <> $2) AS others CROSS JOIN transactions"
      " WHERE account = other_account AND amount_minor = $3 AND day BETWEEN $4 AND $5 AND currency = $6 AND transfer_id = ''"
      " AND deleted_ns = 0 AND parent = ''"
      " AND NOT EXISTS (SELECT 1 FROM transfers WHERE state = 2 AND ((out_id = $7 AND in_id = transactions.id)"
      " OR (in_id = $7 AND out_id = transactions.id)))",
      TransactionColumns());
  std::vector<StoredTransaction> found;
  if (!IsFree(stored)) return found;
  const int64_t day = stored.row.date.days();
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query(kStatement, {stored.row.user_id.str(), stored.row.account, -stored.row.amount.minor,
                                                 day - kTransferDaysMax, day + kTransferDaysMax,
                                                 std::string(stored.row.amount.currency.str()), stored.row.id}));
  for (const sql::Row& row : rows) {
    ASSIGN_OR_RETURN(StoredTransaction candidate, ReadTransaction(row));
    found.push_back(std::move(candidate));
  }
  const auto distance = [&](const StoredTransaction& other) { return std::abs(ledger::DaysBetween(stored.row.date, other.row.date)); };
  std::sort(found.begin(), found.end(), [&](const StoredTransaction& a, const StoredTransaction& b) {
    return std::pair(distance(a), a.row.id) < std::pair(distance(b), b.row.id);
  });
  return found;
}

base::Status MatchTransfers(sql::Connection& connection, const std::vector<StoredTransaction>& rows,
                            std::vector<std::string>& changed) {
  std::map<std::pair<std::string, std::string>, PossiblePair> pairs;
  for (const StoredTransaction& row : rows) {
    ASSIGN_OR_RETURN(const std::vector<StoredTransaction> candidates, TransferCandidates(connection, row));
    for (const StoredTransaction& other : candidates) {
      const bool out = row.row.amount.minor < 0;
      PossiblePair pair{std::abs(ledger::DaysBetween(row.row.date, other.row.date)), out ? row : other, out ? other : row, false};
      if (candidates.size() == 1) {
        ASSIGN_OR_RETURN(const auto backwards, TransferCandidates(connection, other));
        pair.unique = backwards.size() == 1;
      }
      std::pair key(pair.out.row.id, pair.in.row.id);
      pairs.insert_or_assign(std::move(key), std::move(pair));
    }
  }
  std::vector<const PossiblePair*> nearest_first;
  for (const auto& [key, pair] : pairs) nearest_first.push_back(&pair);
  std::stable_sort(nearest_first.begin(), nearest_first.end(),
                   [](const PossiblePair* a, const PossiblePair* b) { return a->days < b->days; });
  for (const PossiblePair* pair : nearest_first) RETURN_IF_ERROR(Settle(connection, *pair, changed));
  return {};
}

base::Result<Transfer> LinkTransfer(sql::Connection& connection, const ledger::UserId& user, const std::string& out_id,
                                    const std::string& in_id, TransferHow how, std::string reason) {
  ASSIGN_OR_RETURN(const std::optional<StoredTransaction> out, FindTransaction(connection, out_id));
  ASSIGN_OR_RETURN(const std::optional<StoredTransaction> in, FindTransaction(connection, in_id));
  if (!out || !in) return base::NotFound("no transaction has this id");
  RETURN_IF_ERROR(CheckPair(*out, *in, user));
  ASSIGN_OR_RETURN(const std::optional<Transfer> known, FindPair(connection, out_id, in_id));
  if (known && known->state == TransferState::kLinked) return *known;
  if (!out->transfer_id.empty() || !in->transfer_id.empty()) {
    return base::AlreadyExists("one of the rows is linked with another, unlink it first");
  }
  Transfer transfer{known ? known->id : fmt::format("tr-{:016x}", base::EntropySeed()), user, out_id, in_id,
                    TransferState::kLinked, how, std::move(reason)};
  // Other suggestions for either row are settled by this.
  RETURN_IF_ERROR(connection
                      .Execute("DELETE FROM transfers WHERE state = 0 AND (out_id IN ($1, $2) OR in_id IN ($1, $2)) AND id <> $3",
                               {out_id, in_id, transfer.id})
                      .status());
  RETURN_IF_ERROR(StorePair(connection, transfer, *out, *in));
  RETURN_IF_ERROR(MarkLinked(connection, *out, transfer.id, how));
  RETURN_IF_ERROR(MarkLinked(connection, *in, transfer.id, how));
  return transfer;
}

base::Status RejectTransfer(sql::Connection& connection, Transfer& transfer) {
  if (transfer.state == TransferState::kLinked) RETURN_IF_ERROR(UnmarkBoth(connection, transfer));
  transfer.state = TransferState::kRejected;
  return connection
      .Execute("UPDATE transfers SET state = $2, how = $3 WHERE id = $1",
               {transfer.id, static_cast<int64_t>(transfer.state), static_cast<int64_t>(TransferHow::kUser)})
      .status();
}

base::Status ForgetTransfers(sql::Connection& connection, const std::string& transaction_id, std::vector<std::string>& freed) {
  static const std::string kStatement = fmt::format("SELECT {} FROM transfers WHERE out_id = $1 OR in_id = $1", kTransferColumns);
  ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query(kStatement, {transaction_id}));
  for (const sql::Row& row : rows) {
    ASSIGN_OR_RETURN(const Transfer transfer, ReadTransfer(row));
    if (transfer.state == TransferState::kLinked) {
      RETURN_IF_ERROR(UnmarkBoth(connection, transfer));
      freed.push_back(transfer.out_id == transaction_id ? transfer.in_id : transfer.out_id);
    }
    RETURN_IF_ERROR(connection.Execute("DELETE FROM transfers WHERE id = $1", {transfer.id}).status());
  }
  return {};
}

}  // namespace finance::transaction_processor
