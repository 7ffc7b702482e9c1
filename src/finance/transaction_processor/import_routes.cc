#include <awry/sdk/context.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/random.h"
#include "codec/json.h"
#include "finance/jobs/request_check.h"
#include "finance/jobs/trace_text.h"
#include "finance/jobs/traced_sql.h"
#include "finance/ledger/clean_description.h"
#include "finance/statement/statement.h"
#include "finance/transaction_processor/form_file.h"
#include "finance/transaction_processor/edit.h"
#include "finance/transaction_processor/import_details.h"
#include "finance/transaction_processor/import_merge.h"
#include "finance/transaction_processor/import_plan.h"
#include "finance/transaction_processor/request_fields.h"
#include "finance/transaction_processor/rule.h"
#include "finance/transaction_processor/saved_reading.h"
#include "finance/transaction_processor/transaction_json.h"
#include "finance/transaction_processor/transaction_processor.h"
#include "finance/transaction_processor/transfer_table.h"

namespace finance::transaction_processor {
namespace {

using net::ErrorResponse;
using net::HttpRequest;
using net::HttpResponse;

constexpr int kAllRows = 10'000'000;

base::Status NoImport(const std::string& id) { return base::NotFound("no import has this id: " + id.substr(0, 128)); }

// `number` counts the rows of the file: several may stand on one line.
StoredTransaction RowOf(const Import& import, const PlannedRow& planned, size_t number) {
  const statement::StatementRow& read = planned.row;
  ledger::Transaction row{.id = fmt::format("{}-{}", import.id, number),
                          .account = planned.account,
                          .user_id = import.user_id,
                          .date = read.date,
                          .amount = read.amount,
                          .raw_description = read.description,
                          .description = ledger::CleanDescription(read.description)};
  if (read.mcc != 0) row.mcc = read.mcc;
  row.status = read.pending ? ledger::BankStatus::kPending : ledger::BankStatus::kBooked;
  row.import_id = import.id;
  row.fingerprint = planned.fingerprint;
  row.occurrence = planned.occurrence;
  row.external_id = read.external_id;
  StoredTransaction stored{.row = std::move(row), .source = import.format};
  TakeDetails(read, stored);
  return stored;
}

// {"rows": [{"number", "outcome": "new", "skip" or "match"}]}, or nothing.
base::Result<std::vector<Overrule>> ReadOverrules(std::string_view body) {
  std::vector<Overrule> overrules;
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) return overrules;
  ASSIGN_OR_RETURN(const awry::codec::JsonDocument document, awry::codec::JsonDocument::Parse(body));
  for (const awry::codec::JsonValue item : document.root().Find("rows").items()) {
    const auto number = item.Find("number").AsUInt64();
    const auto outcome = item.Find("outcome").AsString();
    if (!number || (outcome != "new" && outcome != "skip" && outcome != "match")) {
      return base::InvalidArgument("rows to overrule need a number, and an outcome that is new, skip or match");
    }
    overrules.push_back({static_cast<size_t>(*number), outcome == "new" ? RowOutcome::kNew : outcome == "skip" ? RowOutcome::kSkip : RowOutcome::kMatch});
  }
  return overrules;
}

base::Result<statement::Profile> ProfileOf(const HttpRequest& request) {
  const std::string* profile = request.query_param("profile");
  if (profile == nullptr) return statement::Profile();
  return statement::ParseProfile(*profile);
}

bool Declines(const HttpRequest& request, std::string_view name) {
  const std::string* value = request.query_param(name);
  return value != nullptr && *value == "0";
}

bool MayAct(const HttpRequest& request, const ledger::UserId& user) {
  const std::string* asked = request.query_param("user_id");
  return asked == nullptr || *asked == user.str();
}

// The trigrams are gathered in memory as long as their rowids grow, which begin with the day; a smaller
// one makes SQLite write them out, row by row in a file with the newest day first.
std::vector<size_t> OldestFirst(const std::vector<PlannedRow>& rows) {
  std::vector<size_t> order(rows.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&rows](size_t a, size_t b) { return rows[a].row.date < rows[b].row.date; });
  return order;
}

// The limit of POST /transactions holds for files as well.
void RefuseHugeAmounts(statement::Statement& statement) {
  const auto huge = [](const statement::StatementRow& row) { return row.amount.minor > kAmountMinorMax || row.amount.minor < -kAmountMinorMax; };
  for (const statement::StatementRow& row : statement.rows) {
    if (!huge(row)) continue;
    const std::string amount = ledger::FormatMoney(row.amount);
    statement.errors.push_back({row.line, amount + " " + row.description.substr(0, 200), "amount is too large: " + amount});
  }
  if (std::erase_if(statement.rows, huge) == 0) return;
  std::stable_sort(statement.errors.begin(), statement.errors.end(),
                   [](const statement::RowError& a, const statement::RowError& b) { return a.line < b.line; });
}

// Rows of the file that could not be read, as the preview has counted them.
size_t ErrorsOf(const Import& import) {
  const auto counts = awry::codec::JsonDocument::Parse(import.counts_json);
  return counts.ok() ? static_cast<size_t>(counts->root().Find("error").AsUInt64().value_or(0)) : 0;
}

}  // namespace

void TransactionProcessor::AddImportRoutes(net::Router& router) {
  router.Add("GET", "/imports", jobs::Bound(this, &TransactionProcessor::GetImports));
  router.Add("POST", "/imports", jobs::Bound(this, &TransactionProcessor::PreviewImport));
  router.Add("GET", "/imports/{id}", jobs::Bound(this, &TransactionProcessor::GetImport));
  router.Add("POST", "/imports/{id}/confirm", jobs::Bound(this, &TransactionProcessor::ConfirmImport));
  router.Add("POST", "/imports/{id}/revert", jobs::Bound(this, &TransactionProcessor::RevertImport));
}

// An unknown account belongs to ?user_id=, or to a user of the account's own name.
base::Result<Account> TransactionProcessor::AccountOf(const HttpRequest& request, sql::Connection& connection) {
  const std::string* id = request.query_param("account");
  if (id == nullptr) return base::InvalidArgument("query parameter is missing: account");
  RETURN_IF_ERROR(ledger::CheckOpaqueId(*id, "account"));
  const std::string* user_text = request.query_param("user_id");
  ASSIGN_OR_RETURN(std::optional<Account> known, FindAccount(connection, *id));
  if (known && user_text != nullptr && known->user_id.str() != *user_text) {
    return base::PermissionDenied("account is another user's: " + *id);
  }
  if (known) return std::move(*known);
  ASSIGN_OR_RETURN(ledger::UserId user, ledger::UserId::Parse(user_text != nullptr ? *user_text : *id));
  ASSIGN_OR_RETURN(const ledger::Currency euro, ledger::Currency::Parse("EUR"));
  return Account{*id, std::move(user), "Everyday", "checking", euro, "", {}, {}, {}, {}};
}

HttpResponse TransactionProcessor::PreviewImport(const HttpRequest& request) {
  auto profile = ProfileOf(request);
  if (!profile.ok()) return ErrorResponse(profile.status());
  const auto file = FileOfRequest(request);
  if (!file.ok()) return ErrorResponse(file.status());
  if (file->empty()) return ErrorResponse(base::InvalidArgument("file is empty: send it as the body, or as a multipart form"));

  auto preview = Preview(request, *file, std::move(*profile));
  return preview.ok() ? net::JsonResponse(200, std::move(*preview)) : ErrorResponse(preview.status());
}

// The file is read outside of any transaction: a large one must not hold up the writers.
base::Result<std::string> TransactionProcessor::Preview(const HttpRequest& request, std::string_view file,
                                                        statement::Profile profile) {
  std::optional<Account> account;
  bool known = false;
  RETURN_IF_ERROR(jobs::TracedRead(database_, "SELECT accounts", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(account, AccountOf(request, connection));
    ASSIGN_OR_RETURN(const std::optional<Account> stored, FindAccount(connection, account->id));
    known = stored.has_value();
    return {};
  }));
  if (known && !profile.currency) profile.currency = account->currency;
  UsedReading reading;
  if (const std::string* chosen = request.query_param("profile")) reading.profile = *chosen;
  ASSIGN_OR_RETURN(statement::Statement statement,
                   ReadFile(database_, file, std::move(profile), {account->user_id, Today(), !Declines(request, "saved")}, reading));
  RefuseHugeAmounts(statement);
  if (!known && !statement.rows.empty()) account->currency = statement.rows.front().amount.currency;

  AccountChoices choices;
  if (const std::string* chosen = request.query_param("file_accounts")) {
    ASSIGN_OR_RETURN(choices, ReadAccountChoices(*chosen));
  }
  std::vector<FileAccount> files;
  std::vector<PlannedRow> rows;
  RETURN_IF_ERROR(jobs::TracedRead(database_, "SELECT transactions", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(files, SettleAccounts(connection, *account, statement, choices));
    ASSIGN_OR_RETURN(rows, PlanRows(connection, *account, files, statement));
    return {};
  }));
  const Import import{.id = fmt::format("imp-{:016x}", base::EntropySeed()), .user_id = account->user_id, .account = account->id,
                      .format = statement.format, .created_ns = options_.clock->NowUnixNs(),
                      .counts_json = CountsJson(rows, statement.errors.size())};
  const std::string draft = DraftJson(rows, files);
  RETURN_IF_ERROR(jobs::TracedWrite(database_, "INSERT imports", [&](sql::Connection& connection) -> base::Status {
    if (!known) RETURN_IF_ERROR(StoreAccount(connection, *account));
    return StoreDraft(connection, import, draft, {statement.csv ? statement.csv->fingerprint : "", reading.profile});
  }));
  return PreviewJson(import.id, *account, statement, rows, files, reading);
}

HttpResponse TransactionProcessor::GetImport(const HttpRequest& request) {
  const std::string id(request.path_param("id"));
  std::optional<Import> import;
  const base::Status status =
      jobs::TracedRead(database_, "SELECT imports", [&](sql::Connection& connection) -> base::Status {
        ASSIGN_OR_RETURN(import, FindImport(connection, id));
        return {};
      });
  if (!status.ok()) return ErrorResponse(status);
  const bool own = import && MayAct(request, import->user_id);
  return own ? net::JsonResponse(200, ImportJson(*import)) : ErrorResponse(NoImport(id));
}

HttpResponse TransactionProcessor::GetImports(const HttpRequest& request) {
  constexpr int kImportsShown = 200;
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  std::vector<Import> imports;
  const base::Status status = jobs::TracedRead(database_, "SELECT imports", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(imports, ReadImports(connection, *user, kImportsShown));
    return {};
  });
  if (!status.ok()) return ErrorResponse(status);
  std::string out;
  awry::codec::JsonWriter json(out);
  json.BeginObject().Key("imports").BeginArray();
  for (const Import& import : imports) json.Raw(ImportJson(import));
  json.EndArray().EndObject();
  return net::JsonResponse(200, std::move(out));
}

// Writes every row by its outcome, with the jobs: all of them become visible at once, or none.
base::Status TransactionProcessor::WriteImport(sql::Connection& connection, Import& import, std::span<const Overrule> overrules) {
  ASSIGN_OR_RETURN(const std::string draft, ReadDraft(connection, import.id));
  ASSIGN_OR_RETURN(Draft read, ReadDraftJson(draft));
  read.statement.format = import.format;
  ASSIGN_OR_RETURN(const std::optional<Account> account, FindAccount(connection, import.account));
  if (!account) return base::NotFound("no account has this id: " + import.account);
  ASSIGN_OR_RETURN(const std::vector<FileAccount> files, SettleAccounts(connection, *account, read.statement, read.accounts));
  for (const FileAccount& file : files) {
    if (file.is_new) RETURN_IF_ERROR(StoreAccount(connection, file.account));
  }
  ASSIGN_OR_RETURN(std::vector<PlannedRow> rows, PlanRows(connection, *account, files, read.statement));
  Apply(overrules, rows);
  ASSIGN_OR_RETURN(std::vector<Rule> rules, ReadRules(connection, import.user_id));
  SortRules(rules);
  std::vector<StoredTransaction> inserted, sides;
  std::vector<std::string> merged;  // rows of before that are not as they were
  std::vector<std::pair<const statement::StatementRow*, std::string>> named;  // rows with more than date, sum and text
  const EditContext context{*queue_, import.user_id.str(), "import", "", options_.clock->NowUnixNs()};
  for (const size_t i : OldestFirst(rows)) {
    const PlannedRow& planned = rows[i];
    if (planned.outcome == RowOutcome::kMatch) {
      RETURN_IF_ERROR(MergeRow(connection, context, import, planned, merged));
    } else if (planned.outcome == RowOutcome::kDuplicate && !planned.matched.empty()) {
      RETURN_IF_ERROR(NoteIds(connection, import, planned));
    } else if (planned.matched_deleted && planned.outcome == RowOutcome::kNew) {
      RETURN_IF_ERROR(BringBack(connection, planned.matched));
    } else if (planned.outcome == RowOutcome::kNew || planned.outcome == RowOutcome::kTransfer) {
      StoredTransaction row = RowOf(import, planned, i + 1);
      RETURN_IF_ERROR(ApplyToNew(connection, rules, row));
      RETURN_IF_ERROR(InsertTransaction(connection, row));
      RETURN_IF_ERROR(DivideRow(connection, context, planned.row, row));
      if (!planned.row.transfer.empty() || !planned.row.other_account.empty()) named.emplace_back(&planned.row, row.row.id);
      if (planned.outcome == RowOutcome::kTransfer) sides.push_back(row);
      inserted.push_back(std::move(row));
    }
  }
  for (const std::string& id : merged) RETURN_IF_ERROR(EnqueueCount(connection, *queue_, id));
  import.total = static_cast<int64_t>(inserted.size());
  import.state = import.total == 0 ? ImportState::kDone : ImportState::kRunning;
  import.counts_json = CountsJson(rows, ErrorsOf(import));
  std::vector<std::string> linked;
  RETURN_IF_ERROR(LinkNamedTransfers(connection, named, linked));
  std::erase_if(sides, [&](const StoredTransaction& side) { return std::find(linked.begin(), linked.end(), side.row.id) != linked.end(); });
  RETURN_IF_ERROR(MatchTransfers(connection, sides, linked));
  // The rows of this import are counted by their own jobs below, as they are by then.
  for (const std::string& id : linked) {
    if (!id.starts_with(import.id + "-")) RETURN_IF_ERROR(EnqueueCount(connection, *queue_, id));
  }
  RETURN_IF_ERROR(EnqueueRows(connection, import, inserted));
  return UpdateImport(connection, import);
}

base::Status TransactionProcessor::EnqueueRows(sql::Connection& connection, const Import& import, const std::vector<StoredTransaction>& rows) {
  if (rows.size() <= options_.single_rows_max) {
    for (const StoredTransaction& row : rows) {
      RETURN_IF_ERROR(queue_->Enqueue(connection, {std::string(kProcess), row.row.id, import.traceparent, ""}));
    }
    return {};
  }
  for (size_t begin = 0; begin < rows.size(); begin += kChunkRows) {
    std::string ids;
    for (size_t i = begin; i < std::min(begin + kChunkRows, rows.size()); ++i) ids += rows[i].row.id + "\n";
    RETURN_IF_ERROR(queue_->Enqueue(connection, {std::string(kProcessChunk), import.id, std::move(ids), import.traceparent}));
  }
  return {};
}

// The user wants a row again that they had deleted.
base::Status TransactionProcessor::BringBack(sql::Connection& connection, const std::string& id) {
  ASSIGN_OR_RETURN(std::optional<StoredTransaction> stored, FindTransaction(connection, id));
  if (!stored) return {};
  const EditContext context{*queue_, stored->row.user_id.str(), "import", "", options_.clock->NowUnixNs()};
  Change change;
  change.deleted = false;
  return EditTransaction(connection, context, *stored, change).status();
}

HttpResponse TransactionProcessor::ConfirmImport(const HttpRequest& request) {
  const std::string id(request.path_param("id"));
  const auto overrules = ReadOverrules(request.body);
  if (!overrules.ok()) return ErrorResponse(overrules.status());
  std::optional<Import> import;
  const base::Status status =
      jobs::TracedWrite(database_, "INSERT transactions", [&](sql::Connection& connection) -> base::Status {
        ASSIGN_OR_RETURN(import, FindImport(connection, id));
        if (!import || !MayAct(request, import->user_id)) return NoImport(id);
        if (import->state == ImportState::kReverted) return base::FailedPrecondition("import was reverted, upload the file again: " + id);
        if (import->state != ImportState::kPreview) return {};  // confirmed before: the same answer
        import->trace_id = jobs::CurrentTraceId();
        import->traceparent = jobs::ToTraceparent(awry::sdk::Context::current().span_context());
        RETURN_IF_ERROR(KeepReading(connection, import->id, options_.clock->NowUnixNs()));
        return WriteImport(connection, *import, *overrules);
      });
  if (!status.ok()) return ErrorResponse(status);
  queue_->Wake();
  return net::JsonResponse(202, ImportJson(*import));
}

// Takes the rows away and tells the services that count them.
base::Status TransactionProcessor::DropImport(sql::Connection& connection, Import& import) {
  ASSIGN_OR_RETURN(const std::vector<ImportedRow> rows, ReadImportedRows(connection, import.id, kAllRows));
  const std::string trace = jobs::ToTraceparent(awry::sdk::Context::current().span_context());
  std::vector<std::string> changed;
  for (const ImportedRow& row : rows) {
    const std::string payload = fmt::format("{} {}", import.user_id.str(), row.revision + 1);
    RETURN_IF_ERROR(queue_->Enqueue(connection, {std::string(kRetract), row.id, payload, trace}));
    RETURN_IF_ERROR(ForgetTransfers(connection, row.id, changed));
    RETURN_IF_ERROR(connection.Execute("DELETE FROM merged_ids WHERE transaction_id = $1", {row.id}).status());
  }
  const EditContext context{*queue_, import.user_id.str(), "import", "", options_.clock->NowUnixNs()};
  RETURN_IF_ERROR(UndoMerges(connection, context, import.id, changed));
  RETURN_IF_ERROR(DeleteImportedRows(connection, import.id));
  for (const std::string& id : changed) RETURN_IF_ERROR(EnqueueCount(connection, *queue_, id));
  import.state = ImportState::kReverted;
  return UpdateImport(connection, import);
}

HttpResponse TransactionProcessor::RevertImport(const HttpRequest& request) {
  const std::string id(request.path_param("id"));
  std::optional<Import> import;
  const base::Status status =
      jobs::TracedWrite(database_, "DELETE transactions", [&](sql::Connection& connection) -> base::Status {
        ASSIGN_OR_RETURN(import, FindImport(connection, id));
        if (!import || !MayAct(request, import->user_id)) return NoImport(id);
        if (import->state == ImportState::kReverted) return {};
        return DropImport(connection, *import);
      });
  if (!status.ok()) return ErrorResponse(status);
  queue_->Wake();
  return net::JsonResponse(200, ImportJson(*import));
}

}  // namespace finance::transaction_processor
