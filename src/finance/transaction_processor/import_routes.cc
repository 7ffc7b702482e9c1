#include <awry/sdk/context.h>
#include <fmt/format.h>

#include "base/random.h"
#include "finance/jobs/trace_text.h"
#include "finance/jobs/traced_sql.h"
#include "finance/ledger/clean_description.h"
#include "finance/statement/statement.h"
#include "finance/transaction_processor/form_file.h"
#include "finance/transaction_processor/import_plan.h"
#include "finance/transaction_processor/transaction_json.h"
#include "finance/transaction_processor/transaction_processor.h"

namespace finance::transaction_processor {
namespace {

using net::ErrorResponse;
using net::HttpRequest;
using net::HttpResponse;

constexpr int kAllRows = 10'000'000;

base::Status NoImport(const std::string& id) { return base::NotFound("no import has this id: " + id.substr(0, 128)); }

// `number` counts the rows of the file: several may stand on one line.
ledger::Transaction RowOf(const Import& import, const PlannedRow& planned, size_t number) {
  const statement::StatementRow& read = planned.row;
  ledger::Transaction row{.id = fmt::format("{}-{}", import.id, number),
                          .account = import.account,
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
  return row;
}

base::Result<statement::Profile> ProfileOf(const HttpRequest& request) {
  const std::string* profile = request.query_param("profile");
  if (profile == nullptr) return statement::Profile();
  return statement::ParseProfile(*profile);
}

}  // namespace

void TransactionProcessor::AddImportRoutes(net::Router& router) {
  const auto bind = [this](HttpResponse (TransactionProcessor::*handler)(const HttpRequest&)) {
    return [this, handler](const HttpRequest& request) { return (this->*handler)(request); };
  };
  router.Add("POST", "/imports", bind(&TransactionProcessor::PreviewImport));
  router.Add("GET", "/imports/{id}", bind(&TransactionProcessor::GetImport));
  router.Add("POST", "/imports/{id}/confirm", bind(&TransactionProcessor::ConfirmImport));
  router.Add("POST", "/imports/{id}/revert", bind(&TransactionProcessor::RevertImport));
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
  return Account{*id, std::move(user), "Everyday", "checking", euro, ""};
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
  ASSIGN_OR_RETURN(const statement::Statement statement, statement::ParseStatement(file, profile, Today()));
  if (!known && !statement.rows.empty()) account->currency = statement.rows.front().amount.currency;

  std::vector<PlannedRow> rows;
  RETURN_IF_ERROR(jobs::TracedRead(database_, "SELECT transactions", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(rows, PlanRows(connection, *account, statement));
    return {};
  }));
  const Import import{.id = fmt::format("imp-{:016x}", base::EntropySeed()), .user_id = account->user_id, .account = account->id};
  const std::string draft = DraftJson(rows);
  RETURN_IF_ERROR(jobs::TracedWrite(database_, "INSERT imports", [&](sql::Connection& connection) -> base::Status {
    if (!known) RETURN_IF_ERROR(StoreAccount(connection, *account));
    return StoreDraft(connection, import, draft);
  }));
  return PreviewJson(import.id, *account, statement, rows);
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
  return import ? net::JsonResponse(200, ImportJson(*import)) : ErrorResponse(NoImport(id));
}

// Inserts every row that is new, with its job: all of them become visible at once, or none.
base::Status TransactionProcessor::WriteImport(sql::Connection& connection, Import& import) {
  ASSIGN_OR_RETURN(const std::string draft, ReadDraft(connection, import.id));
  ASSIGN_OR_RETURN(const statement::Statement statement, ReadDraftJson(draft));
  ASSIGN_OR_RETURN(const std::optional<Account> account, FindAccount(connection, import.account));
  if (!account) return base::NotFound("no account has this id: " + import.account);
  ASSIGN_OR_RETURN(const std::vector<PlannedRow> rows, PlanRows(connection, *account, statement));
  import.total = 0;
  size_t number = 0;
  for (const PlannedRow& planned : rows) {
    ++number;
    if (planned.outcome == RowOutcome::kMatch) RETURN_IF_ERROR(MarkBooked(connection, planned.matched));
    if (planned.outcome != RowOutcome::kNew) continue;
    const ledger::Transaction row = RowOf(import, planned, number);
    RETURN_IF_ERROR(InsertTransaction(connection, row));
    RETURN_IF_ERROR(queue_->Enqueue(connection, {std::string(kProcess), row.id, import.traceparent, ""}));
    ++import.total;
  }
  import.state = import.total == 0 ? ImportState::kDone : ImportState::kRunning;
  return UpdateImport(connection, import);
}

HttpResponse TransactionProcessor::ConfirmImport(const HttpRequest& request) {
  const std::string id(request.path_param("id"));
  std::optional<Import> import;
  const base::Status status =
      jobs::TracedWrite(database_, "INSERT transactions", [&](sql::Connection& connection) -> base::Status {
        ASSIGN_OR_RETURN(import, FindImport(connection, id));
        if (!import) return NoImport(id);
        if (import->state == ImportState::kReverted) return base::FailedPrecondition("import was reverted, upload the file again: " + id);
        if (import->state != ImportState::kPreview) return {};  // confirmed before: the same answer
        import->trace_id = jobs::CurrentTraceId();
        import->traceparent = jobs::ToTraceparent(awry::sdk::Context::current().span_context());
        return WriteImport(connection, *import);
      });
  if (!status.ok()) return ErrorResponse(status);
  queue_->Wake();
  return net::JsonResponse(202, ImportJson(*import));
}

// Takes the rows away and tells the services that count them.
base::Status TransactionProcessor::DropImport(sql::Connection& connection, Import& import) {
  ASSIGN_OR_RETURN(const std::vector<ImportedRow> rows, ReadImportedRows(connection, import.id, kAllRows));
  const std::string trace = jobs::ToTraceparent(awry::sdk::Context::current().span_context());
  for (const ImportedRow& row : rows) {
    const std::string payload = fmt::format("{} {}", import.user_id.str(), row.revision + 1);
    RETURN_IF_ERROR(queue_->Enqueue(connection, {std::string(kRetract), row.id, payload, trace}));
  }
  RETURN_IF_ERROR(DeleteImportedRows(connection, import.id));
  import.state = ImportState::kReverted;
  return UpdateImport(connection, import);
}

HttpResponse TransactionProcessor::RevertImport(const HttpRequest& request) {
  const std::string id(request.path_param("id"));
  std::optional<Import> import;
  const base::Status status =
      jobs::TracedWrite(database_, "DELETE transactions", [&](sql::Connection& connection) -> base::Status {
        ASSIGN_OR_RETURN(import, FindImport(connection, id));
        if (!import) return NoImport(id);
        if (import->state == ImportState::kReverted) return {};
        return DropImport(connection, *import);
      });
  if (!status.ok()) return ErrorResponse(status);
  queue_->Wake();
  return net::JsonResponse(200, ImportJson(*import));
}

}  // namespace finance::transaction_processor
