#include "codec/json.h"
#include "finance/jobs/request_check.h"
#include "finance/jobs/traced_sql.h"
#include "finance/transaction_processor/request_fields.h"
#include "finance/transaction_processor/transaction_json.h"
#include "finance/transaction_processor/transaction_processor.h"
#include "finance/transaction_processor/transfer_table.h"

namespace finance::transaction_processor {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonWriter;
using net::ErrorResponse;
using net::HttpRequest;
using net::HttpResponse;

constexpr int kTransfersShown = 100;
constexpr int kTransfersMax = 1000;

base::Result<std::string> SideJson(sql::Connection& connection, const std::string& id) {
  ASSIGN_OR_RETURN(std::optional<StoredTransaction> stored, FindTransaction(connection, id));
  if (!stored) return std::string("null");
  RETURN_IF_ERROR(LoadDetails(connection, *stored));
  return TransactionJson(*stored);
}

base::Result<std::string> TransferJson(sql::Connection& connection, const Transfer& transfer) {
  ASSIGN_OR_RETURN(const std::string out_row, SideJson(connection, transfer.out_id));
  ASSIGN_OR_RETURN(const std::string in_row, SideJson(connection, transfer.in_id));
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("id").String(transfer.id).Key("state").String(TransferStateName(transfer.state));
  json.Key("how").String(transfer.how == TransferHow::kUser ? "user" : "auto").Key("reason").String(transfer.reason);
  json.Key("out").Raw(out_row).Key("in").Raw(in_row).EndObject();
  return out;
}

}  // namespace

void TransactionProcessor::AddTransferRoutes(net::Router& router) {
  router.Add("GET", "/transfers", [this](const HttpRequest& request) { return GetTransfers(request); });
  router.Add("POST", "/transfers", jobs::ForJson([this](const HttpRequest& request) { return PostTransfer(request); }));
  router.Add("POST", "/transfers/{id}/confirm", [this](const HttpRequest& request) { return ChangeTransfer(request, true); });
  router.Add("POST", "/transfers/{id}/reject", [this](const HttpRequest& request) { return ChangeTransfer(request, false); });
}

HttpResponse TransactionProcessor::GetTransfers(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  const auto limit = ReadLimit(request, kTransfersShown, kTransfersMax);
  if (!limit.ok()) return ErrorResponse(limit.status());
  std::optional<TransferState> state;
  if (const std::string name = QueryText(request, "state"); !name.empty()) {
    for (const TransferState one : {TransferState::kSuggested, TransferState::kLinked, TransferState::kRejected}) {
      if (TransferStateName(one) == name) state = one;
    }
    if (!state) return ErrorResponse(base::InvalidArgument("state is none of suggested, linked, rejected: " + name.substr(0, 20)));
  }
  std::string out;
  const base::Status status = jobs::TracedRead(database_, "SELECT transfers", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const std::vector<Transfer> transfers, ReadTransfers(connection, *user, state, *limit));
    JsonWriter json(out);
    json.BeginObject().Key("transfers").BeginArray();
    for (const Transfer& transfer : transfers) {
      ASSIGN_OR_RETURN(const std::string one, TransferJson(connection, transfer));
      json.Raw(one);
    }
    json.EndArray().EndObject();
    return {};
  });
  return status.ok() ? net::JsonResponse(200, std::move(out)) : ErrorResponse(status);
}

HttpResponse TransactionProcessor::PostTransfer(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  const auto document = JsonDocument::Parse(request.body);
  if (!document.ok()) return ErrorResponse(document.status());
  const auto out_id = document->root().Find("out_id").AsString();
  const auto in_id = document->root().Find("in_id").AsString();
  if (!out_id || !in_id) return ErrorResponse(base::InvalidArgument("send {\"out_id\": …, \"in_id\": …}"));
  std::string answer;
  const base::Status status = jobs::TracedWrite(database_, "INSERT transfers", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const Transfer transfer,
                     LinkTransfer(connection, *user, std::string(*out_id), std::string(*in_id), TransferHow::kUser, "linked by hand"));
    for (const std::string& id : {transfer.out_id, transfer.in_id}) RETURN_IF_ERROR(EnqueueCount(connection, *queue_, id));
    ASSIGN_OR_RETURN(answer, TransferJson(connection, transfer));
    return {};
  });
  if (!status.ok()) return ErrorResponse(status);
  queue_->Wake();
  return net::JsonResponse(201, std::move(answer));
}

HttpResponse TransactionProcessor::ChangeTransfer(const HttpRequest& request, bool link) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  const std::string id(request.path_param("id"));
  std::string answer;
  const base::Status status = jobs::TracedWrite(database_, "UPDATE transfers", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(std::optional<Transfer> transfer, FindTransfer(connection, id));
    if (!transfer || transfer->user_id != *user) return base::NotFound("no transfer has this id: " + id.substr(0, 128));
    if (link) {
      ASSIGN_OR_RETURN(transfer, LinkTransfer(connection, *user, transfer->out_id, transfer->in_id, TransferHow::kUser, transfer->reason));
    } else {
      RETURN_IF_ERROR(RejectTransfer(connection, *transfer));
    }
    for (const std::string& side : {transfer->out_id, transfer->in_id}) RETURN_IF_ERROR(EnqueueCount(connection, *queue_, side));
    ASSIGN_OR_RETURN(answer, TransferJson(connection, *transfer));
    return {};
  });
  if (!status.ok()) return ErrorResponse(status);
  queue_->Wake();
  return net::JsonResponse(200, std::move(answer));
}

}  // namespace finance::transaction_processor
