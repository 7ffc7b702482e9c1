// The decisions of import_plan.h. Stored rows are claimed once each: by the bank's id first, then by
// equal content, then as the booking of a pending row or the same row from another source, which is
// an assignment problem for each amount, and last as the booking of a pending row with a tip.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

#include "finance/ledger/clean_description.h"
#include "finance/transaction_processor/import_details.h"
#include "finance/transaction_processor/import_plan.h"
#include "finance/transaction_processor/row_pairing.h"
#include "finance/transaction_processor/transfer_table.h"

namespace finance::transaction_processor {
namespace {

constexpr int kSameIdDaysMax = 14;
constexpr int kOtherSourceDaysMax = 7;
constexpr int kBookedAfterDaysMax = 8;

// Whether `is` may be what `was` has become: up to 30 % more or less, and never money in for money out.
bool IsUsualChange(int64_t was, int64_t is) {
  const auto ten_times = static_cast<__int128>(is) * 10, before = static_cast<__int128>(was);
  return was < 0 ? ten_times <= before * 7 && ten_times >= before * 13 : ten_times >= before * 7 && ten_times <= before * 13;
}

enum class ById { kSame, kAsk, kOther };
// A bank may use an id again for something else: then it tells nothing. Of a pending row the amount may still change
// a little; a person is asked whether it has changed more.
ById CompareById(const StoredTransaction& known, const statement::StatementRow& row) {
  const ledger::Transaction& stored = known.row;
  if (std::abs(ledger::DaysBetween(stored.date, row.date)) > kSameIdDaysMax) return ById::kOther;
  if (stored.amount == row.amount) return ById::kSame;
  const bool open = stored.status == ledger::BankStatus::kPending && known.part_count == 0 && stored.amount.currency == row.amount.currency &&
                    (stored.amount.minor < 0) == (row.amount.minor < 0);
  if (!open) return ById::kOther;
  if (known.transfer_id.empty() && IsUsualChange(stored.amount.minor, row.amount.minor)) return ById::kSame;
  return known.deleted_ns == 0 && !known.reconciled ? ById::kAsk : ById::kOther;
}

// A stored row that a row of the file has turned out to be.
void Recognise(PlannedRow& planned, const StoredTransaction& stored, bool takes_over, std::string_view reason) {
  planned.matched = stored.row.id;
  planned.matched_deleted = stored.deleted_ns != 0;
  planned.outcome = RowOutcome::kDuplicate;
  if (planned.matched_deleted) {
    planned.reason = "you have deleted this row";
  } else if (takes_over && stored.reconciled) {
    planned.reason = "the account has this row already, reconciled";
  } else {
    planned.outcome = takes_over ? RowOutcome::kMatch : RowOutcome::kDuplicate;
    planned.reason = reason;
  }
}

class Planner {
 public:
  Planner(sql::Connection& connection, const Account& account, const std::string& format, const std::vector<statement::StatementRow>& rows)
      : connection_(connection), account_(account), source_(format) {
    for (const statement::StatementRow& row : rows) {
      rows_.push_back({.row = row, .account = account.id, .fingerprint = ledger::Fingerprint(account.id, row.date, row.amount, row.description),
                       .remark = RemarkOn(row)});
    }
    decided_.assign(rows_.size(), false);
  }

  base::Result<std::vector<PlannedRow>> Run() {
    ASSIGN_OR_RETURN(const sql::Rows any, connection_.Query("SELECT 1 FROM transactions WHERE account = $1 LIMIT 1", {account_.id}));
    const bool empty = any.empty();
    for (size_t i = 0; i < rows_.size(); ++i) RETURN_IF_ERROR(DecideById(i, empty));
    RETURN_IF_ERROR(DecideByContent(empty));
    if (!empty) RETURN_IF_ERROR(DecideByPairing());
    if (!empty) RETURN_IF_ERROR(DecideByTip());
    DropDecidedSuggestions();
    RETURN_IF_ERROR(FindTransfers());
    return std::move(rows_);
  }

 private:
  base::Status DecideById(size_t at, bool empty) {
    PlannedRow& planned = rows_[at];
    const statement::StatementRow& row = planned.row;
    if (row.external_id.empty()) return {};
    const auto [twin, first] = by_external_id_.try_emplace(row.external_id, at);
    if (!first && rows_[twin->second].row.amount == row.amount && rows_[twin->second].row.date == row.date) {
      planned.outcome = RowOutcome::kDuplicate;
      planned.reason = "the file has this row twice, by the bank's own id";
      decided_[at] = true;
      return {};
    }
    if (empty) return {};
    ASSIGN_OR_RETURN(const std::optional<StoredTransaction> stored, FindExternal(connection_, account_.id, row.external_id));
    if (!stored) return {};
    if (const ById compared = CompareById(*stored, row); compared != ById::kSame) {
      planned.reason = "the bank has used this row's id before, for another amount or date";
      if (compared == ById::kAsk) planned.suggested = stored->row.id;
      return {};
    }
    const bool books = stored->row.status == ledger::BankStatus::kPending && !row.pending;
    const bool changed = stored->row.amount != row.amount;
    Recognise(planned, *stored, books || changed, changed && !books ? "changes a row that is pending" : books ? "books a row that was pending" : "the account has this row already, by the bank's own id");
    Claim(at, *stored);
    return {};
  }

  void Claim(size_t at, const StoredTransaction& stored) {
    decided_[at] = true;
    claimed_.insert(stored.row.id);
  }

  // Stored rows of one content that no row of the file has claimed.
  struct Pool {
    std::vector<std::string> free;  // ids, the first occurrence last
    int stored = 0;
  };

  base::Result<Pool> PoolOf(const std::string& fingerprint) {
    ASSIGN_OR_RETURN(const sql::Rows rows,
                     connection_.Query("SELECT id, occurrence, seq FROM transactions WHERE account = $1 AND fingerprint = $2"
                                       " UNION ALL SELECT transaction_id, 0, 0 FROM merged_ids WHERE account = $1 AND fingerprint = $2"
                                       " ORDER BY 2 DESC, 3 DESC",
                                       {account_.id, fingerprint}));
    Pool pool{.stored = static_cast<int>(rows.size())};
    for (const sql::Row& row : rows) {
      if (!claimed_.contains(row.Text(0))) pool.free.push_back(row.Text(0));
    }
    return pool;
  }

  base::Status DecideByContent(bool empty) {
    std::unordered_map<std::string, Pool> pools;
    for (size_t i = 0; i < rows_.size(); ++i) {
      const auto [entry, first] = pools.try_emplace(rows_[i].fingerprint);
      Pool& pool = entry->second;
      if (first && !empty) {
        ASSIGN_OR_RETURN(pool, PoolOf(rows_[i].fingerprint));
      }
      if (decided_[i]) continue;
      // A row that stands there twice, by itself and by another's content, is free once.
      while (!pool.free.empty() && claimed_.contains(pool.free.back())) pool.free.pop_back();
      if (pool.free.empty()) {
        rows_[i].occurrence = ++pool.stored;
      } else {
        RETURN_IF_ERROR(DecideAsKnown(i, pool.free.back()));
      }
    }
    return {};
  }

  base::Status DecideAsKnown(size_t at, const std::string& id) {
    PlannedRow& planned = rows_[at];
    ASSIGN_OR_RETURN(const std::optional<StoredTransaction> stored, FindTransaction(connection_, id));
    if (!stored) return base::Internal("row of a merged id is gone: " + id);
    const bool books = stored->row.status == ledger::BankStatus::kPending && !planned.row.pending;
    Recognise(planned, *stored, books, books ? "books a row that was pending" : "the account has this row already");
    Claim(at, *stored);
    return {};
  }

  // What a pair of a row of the file with a stored one costs; above kPairCostMax when they are not the
  // same transaction.
  int64_t CostOf(const statement::StatementRow& row, const StoredTransaction& stored) const {
    constexpr int64_t kOtherMerchant = 1000;
    const int days = ledger::DaysBetween(stored.row.date, row.date);
    const bool books = stored.row.status == ledger::BankStatus::kPending && !row.pending && stored.source == source_ && days >= 0 &&
                       days <= kBookedAfterDaysMax;
    const bool other = stored.source != source_ && !stored.source.empty() && std::abs(days) <= kOtherSourceDaysMax;
    const bool same_merchant = ledger::MerchantKey(stored.row.raw_description) == ledger::MerchantKey(row.description);
    if (!other && !(books && same_merchant)) return kPairCostMax + 1;
    return std::abs(days) + (same_merchant ? 0 : kOtherMerchant);
  }

  base::Result<std::vector<StoredTransaction>> CandidatesFor(const std::vector<size_t>& group) {
    static const std::string kStatement =
        fmt::format("SELECT {} FROM transactions WHERE account = $1 AND amount_minor = $2 AND day BETWEEN $3 AND $4 AND currency = $5"
                    " AND parent = '' ORDER BY day, raw_description, id",
                    TransactionColumns());
    ledger::Date first = rows_[group.front()].row.date, last = first;
    for (const size_t at : group) {
      first = std::min(first, rows_[at].row.date);
      last = std::max(last, rows_[at].row.date);
    }
    const ledger::Money& amount = rows_[group.front()].row.amount;
    ASSIGN_OR_RETURN(const sql::Rows rows,
                     connection_.Query(kStatement, {account_.id, amount.minor, int64_t{first.days()} - kBookedAfterDaysMax,
                                                    int64_t{last.days()} + kOtherSourceDaysMax, std::string(amount.currency.str())}));
    std::vector<StoredTransaction> candidates;
    for (const sql::Row& row : rows) {
      ASSIGN_OR_RETURN(StoredTransaction stored, ReadTransaction(row));
      if (!claimed_.contains(stored.row.id)) candidates.push_back(std::move(stored));
    }
    return candidates;
  }

  base::Status DecideByPairing() {
    std::map<std::pair<int64_t, std::string>, std::vector<size_t>> by_amount;
    for (size_t i = 0; i < rows_.size(); ++i) {
      const ledger::Money& amount = rows_[i].row.amount;
      if (!decided_[i]) by_amount[{amount.minor, std::string(amount.currency.str())}].push_back(i);
    }
    for (auto& [amount, group] : by_amount) {
      // The file's order must not matter, so the content gives one.
      std::sort(group.begin(), group.end(), [this](size_t a, size_t b) {
        const auto key = [](const statement::StatementRow& row) { return std::tie(row.date, row.description, row.external_id); };
        return key(rows_[a].row) < key(rows_[b].row);
      });
      RETURN_IF_ERROR(PairGroup(group));
    }
    return {};
  }

  base::Status PairGroup(const std::vector<size_t>& group) {
    ASSIGN_OR_RETURN(const std::vector<StoredTransaction> candidates, CandidatesFor(group));
    if (candidates.empty()) return {};
    std::vector<int64_t> cost;
    for (const size_t at : group) {
      for (const StoredTransaction& candidate : candidates) cost.push_back(CostOf(rows_[at].row, candidate));
    }
    const auto pairs = BestPairs(cost, group.size(), candidates.size());
    for (size_t i = 0; i < group.size(); ++i) {
      if (!pairs[i]) continue;
      const StoredTransaction& stored = candidates[*pairs[i]];
      const bool books = stored.row.status == ledger::BankStatus::kPending && stored.source == source_;
      Recognise(rows_[group[i]], stored, true,
                books ? "books a row that was pending" : "is the row that you have from elsewhere: " + stored.source);
      Claim(group[i], stored);
    }
    return {};
  }

  // A pending row that is booked for more: at a restaurant the tip comes to it, at a petrol station the sum.
  base::Status DecideByTip() {
    ASSIGN_OR_RETURN(const auto open, OpenByMerchant());
    if (open.empty()) return {};
    std::map<std::string, std::vector<size_t>> books;  // id of the pending row → rows that may book it
    std::vector<std::vector<const StoredTransaction*>> held(rows_.size());
    for (size_t i = 0; i < rows_.size(); ++i) {
      const statement::StatementRow& row = rows_[i].row;
      if (rows_[i].outcome != RowOutcome::kNew || !rows_[i].matched.empty() || !rows_[i].suggested.empty() || row.pending || row.amount.minor >= 0) continue;
      const auto found = open.find(ledger::MerchantKey(row.description));
      if (found == open.end()) continue;
      for (const StoredTransaction& pending : found->second) {
        if (TipOf(pending, row) == Tip::kNone) continue;
        held[i].push_back(&pending);
        books[pending.row.id].push_back(i);
      }
    }
    for (size_t i = 0; i < rows_.size(); ++i) {
      if (held[i].size() == 1 && books[held[i][0]->row.id].size() == 1) BookWithTip(rows_[i], *held[i][0]);
    }
    return {};
  }

  enum class Tip { kNone, kUsual, kLarge };
  // Up to 30 % within three days is usual, up to as much again is for the person to say.
  static Tip TipOf(const StoredTransaction& pending, const statement::StatementRow& row) {
    constexpr int kDaysMax = 3;
    const int days = ledger::DaysBetween(pending.row.date, row.date);
    const int64_t was = pending.row.amount.minor, is = row.amount.minor;  // both below zero
    if (days < 0 || days > kDaysMax || pending.row.amount.currency != row.amount.currency || is >= was) return Tip::kNone;
    if (was < INT64_MIN / 2 || is < 2 * was) return Tip::kNone;
    return static_cast<__int128>(is) * 10 >= static_cast<__int128>(was) * 13 ? Tip::kUsual : Tip::kLarge;
  }

  static void BookWithTip(PlannedRow& planned, const StoredTransaction& pending) {
    const std::string was = fmt::format("{}, {}", ledger::FormatMoney(pending.row.amount), pending.row.date.ToString());
    if (TipOf(pending, planned.row) == Tip::kLarge) {
      planned.suggested = pending.row.id;
      planned.reason = "may book a row that was pending, for much more: " + was;
      return;
    }
    Recognise(planned, pending, true, "");
    planned.reason = "books a row that was pending, for more: " + was;
  }

  // A stored row may be asked about once, and not when a row of the file is it for certain.
  void DropDecidedSuggestions() {
    std::map<std::string, int> asked;
    for (const PlannedRow& planned : rows_) ++asked[planned.outcome == RowOutcome::kNew ? planned.suggested : planned.matched];
    for (PlannedRow& planned : rows_) {
      if (planned.outcome != RowOutcome::kNew || asked[planned.suggested] > 1) planned.suggested.clear();
    }
  }

  // Rows of this source that wait to be booked, no money in, whole and unclaimed.
  base::Result<std::map<std::string, std::vector<StoredTransaction>>> OpenByMerchant() {
    static const std::string kStatement =
        fmt::format("SELECT {} FROM transactions WHERE account = $1 AND status = $2 AND source = $3 AND amount_minor < 0 AND parent = ''"
                    " AND part_count = 0 AND deleted_ns = 0 AND reconciled = 0 AND transfer_id = '' AND day BETWEEN $4 AND $5 ORDER BY day, id",
                    TransactionColumns());
    std::map<std::string, std::vector<StoredTransaction>> open;
    if (rows_.empty()) return open;
    const auto [first, last] = std::minmax_element(rows_.begin(), rows_.end(), [](const PlannedRow& a, const PlannedRow& b) { return a.row.date < b.row.date; });
    ASSIGN_OR_RETURN(const sql::Rows rows, connection_.Query(kStatement, {account_.id, static_cast<int64_t>(ledger::BankStatus::kPending), source_,
                                                                          int64_t{first->row.date.days()} - kBookedAfterDaysMax, int64_t{last->row.date.days()}}));
    for (const sql::Row& row : rows) {
      ASSIGN_OR_RETURN(StoredTransaction stored, ReadTransaction(row));
      if (!claimed_.contains(stored.row.id)) open[ledger::MerchantKey(stored.row.raw_description)].push_back(std::move(stored));
    }
    return open;
  }

  base::Status FindTransfers() {
    ASSIGN_OR_RETURN(const sql::Rows others, connection_.Query("SELECT 1 FROM accounts WHERE user_id = $1 AND id <> $2 LIMIT 1",
                                                               {account_.user_id.str(), account_.id}));
    if (others.empty()) return {};
    std::set<std::string> taken;
    for (PlannedRow& planned : rows_) {
      if (planned.outcome != RowOutcome::kNew) continue;
      const StoredTransaction as_stored{.row = {.id = "", .account = account_.id, .user_id = account_.user_id,
                                                .date = planned.row.date, .amount = planned.row.amount}};
      ASSIGN_OR_RETURN(const std::vector<StoredTransaction> sides, TransferCandidates(connection_, as_stored));
      for (const StoredTransaction& side : sides) {
        if (!taken.insert(side.row.id).second) continue;
        planned.outcome = RowOutcome::kTransfer;
        planned.matched = side.row.id;
        planned.reason = "has another side in the account " + side.row.account;
        break;
      }
    }
    return {};
  }

  sql::Connection& connection_;
  const Account& account_;
  const std::string source_;
  std::vector<PlannedRow> rows_;
  std::vector<bool> decided_;
  std::unordered_map<std::string, size_t> by_external_id_;
  std::set<std::string> claimed_;
};

}  // namespace

base::Result<std::vector<PlannedRow>> PlanRows(sql::Connection& connection, const Account& account, const std::vector<FileAccount>& files,
                                               const statement::Statement& statement) {
  if (files.empty()) return Planner(connection, account, statement.format, statement.rows).Run();
  std::map<std::string, std::pair<const Account*, std::vector<size_t>>> by_account;  // two names may be one account
  for (const FileAccount& file : files) {
    auto& [target, places] = by_account[file.account.id];
    target = &file.account;
    for (size_t i = 0; i < statement.rows.size(); ++i) {
      if (statement.rows[i].account == file.name) places.push_back(i);
    }
  }
  std::vector<PlannedRow> all;
  for (const statement::StatementRow& row : statement.rows) all.push_back({.row = row, .account = {}, .fingerprint = {}});
  for (auto& [id, group] : by_account) {
    auto& [target, places] = group;
    std::sort(places.begin(), places.end());
    std::vector<statement::StatementRow> rows;
    for (const size_t place : places) rows.push_back(statement.rows[place]);
    ASSIGN_OR_RETURN(std::vector<PlannedRow> planned, Planner(connection, *target, statement.format, rows).Run());
    for (size_t i = 0; i < places.size(); ++i) all[places[i]] = std::move(planned[i]);
  }
  return all;
}

}  // namespace finance::transaction_processor
