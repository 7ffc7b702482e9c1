#include "finance/transaction_processor/import_details.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "codec/utf8.h"
#include "finance/ledger/category_names.h"
#include "finance/transaction_processor/account_table.h"
#include "finance/transaction_processor/transfer_table.h"

namespace finance::transaction_processor {
namespace {

// Tags have no comma, and no control characters.
std::string TagOf(std::string_view name) {
  std::string tag;
  for (const char c : name) tag += c == ',' || static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  return std::string(awry::codec::TruncateUtf8(tag, kTagBytesMax));
}

bool SumsUp(const statement::StatementRow& row) {
  int64_t sum = 0;
  for (const statement::StatementPart& part : row.parts) {
    const auto more = ledger::AddMinor(sum, part.amount_minor);
    if (!more.ok()) return false;
    sum = *more;
  }
  return sum == row.amount.minor && row.parts.size() <= kPartsMax;
}

void AddTag(const std::string& tag, std::vector<std::string>& tags) {
  if (!tag.empty() && tags.size() < kTagsMax && std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(tag);
}

}  // namespace

std::string RemarkOn(const statement::StatementRow& row) {
  if (row.bad_parts) return "splits of the file cannot be read and are left out";
  if (!row.parts.empty() && !SumsUp(row)) return "splits of the file do not sum to the row and are left out";
  if (row.category.empty() || ledger::CategoryFromName(row.category)) return {};
  return "category of the file is kept as a tag: " + TagOf(row.category);
}

void TakeDetails(const statement::StatementRow& row, StoredTransaction& out) {
  out.original = row.original;
  out.note = awry::codec::TruncateUtf8(row.note, kNoteBytesMax);
  for (const std::string& tag : row.tags) AddTag(TagOf(tag), out.tags);
  const auto take = [&](ledger::Category category) {
    out.row.category = category;
    out.row.category_source = ledger::CategorySource::kImport;
    out.row.confidence = 1;
  };
  // A name for "none" leaves the row to the model, unless somebody has chosen it here.
  if (const auto known = ledger::CategoryFromName(row.category)) {
    if (*known != ledger::Category::kUncategorized || row.category_decided) take(*known);
  } else {
    AddTag(TagOf(row.category), out.tags);
  }
  if (!row.other_account.empty()) take(ledger::Category::kTransfer);
}

base::Status DivideRow(sql::Connection& connection, const EditContext& context, const statement::StatementRow& row, StoredTransaction& stored) {
  if (row.parts.empty() || !SumsUp(row)) return {};
  Change change;
  change.parts.emplace();
  for (const statement::StatementPart& part : row.parts) {
    const auto category = ledger::CategoryFromName(part.category);
    std::string note = part.note;
    if (!category && !part.category.empty()) note = note.empty() ? part.category : part.category + ": " + note;
    change.parts->push_back({"", part.amount_minor, category.value_or(ledger::Category::kUncategorized),
                             std::string(awry::codec::TruncateUtf8(note, kNoteBytesMax))});
  }
  return EditTransaction(connection, context, stored, change).status();
}

namespace {

using NamedRow = std::pair<const statement::StatementRow*, std::string>;

base::Status Link(sql::Connection& connection, const StoredTransaction& one, const StoredTransaction& other, std::string reason,
                  std::vector<std::string>& changed) {
  const bool out = one.row.amount.minor < 0;
  const auto linked = LinkTransfer(connection, one.row.user_id, out ? one.row.id : other.row.id, out ? other.row.id : one.row.id,
                                   TransferHow::kAuto, std::move(reason));
  // What was changed since the export is no pair any more: the rows stay as they are.
  if (!linked.ok()) return linked.status().code() == base::StatusCode::kInternal ? linked.status() : base::OkStatus();
  changed.push_back(one.row.id);
  changed.push_back(other.row.id);
  return {};
}

base::Status LinkByAccount(sql::Connection& connection, const NamedRow& named, std::vector<std::string>& changed) {
  ASSIGN_OR_RETURN(const std::optional<StoredTransaction> stored, FindTransaction(connection, named.second));
  if (!stored) return {};
  ASSIGN_OR_RETURN(const std::vector<StoredTransaction> candidates, TransferCandidates(connection, *stored));
  std::vector<const StoredTransaction*> fitting;
  for (const StoredTransaction& candidate : candidates) {
    ASSIGN_OR_RETURN(const std::optional<Account> account, FindAccount(connection, candidate.row.account));
    if (account && (account->name == named.first->other_account || account->id == named.first->other_account)) fitting.push_back(&candidate);
  }
  if (fitting.size() != 1) return {};
  return Link(connection, *stored, *fitting[0], "the file names the account " + named.first->other_account, changed);
}

}  // namespace

base::Status LinkNamedTransfers(sql::Connection& connection, const std::vector<NamedRow>& rows, std::vector<std::string>& changed) {
  std::map<std::string, std::vector<std::string>> pairs;
  for (const auto& [row, id] : rows) {
    if (!row->transfer.empty()) pairs[row->transfer].push_back(id);
  }
  for (const auto& [transfer, ids] : pairs) {
    if (ids.size() != 2) continue;
    ASSIGN_OR_RETURN(const std::optional<StoredTransaction> one, FindTransaction(connection, ids[0]));
    ASSIGN_OR_RETURN(const std::optional<StoredTransaction> other, FindTransaction(connection, ids[1]));
    if (one && other) RETURN_IF_ERROR(Link(connection, *one, *other, "the file names the pair", changed));
  }
  for (const NamedRow& named : rows) {
    if (!named.first->other_account.empty()) RETURN_IF_ERROR(LinkByAccount(connection, named, changed));
  }
  return {};
}

}  // namespace finance::transaction_processor
