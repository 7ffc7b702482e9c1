#include "finance/dashboard/acting_rights.h"

#include <fmt/format.h>

#include "codec/json.h"
#include "finance/ledger/user_id.h"

namespace finance::dashboard {

using awry::base::InvalidArgument;
using awry::base::OkStatus;
using awry::base::Result;
using awry::base::Status;
using awry::sql::Connection;
using awry::sql::Row;
using awry::sql::Rows;

namespace {
ActingRight RightOf(const Row& row) {
  return {.user_id = row.Text(0), .may_edit = row.Int(1) != 0, .sample = row.Text(2) == "sample"};
}
}  // namespace

Result<std::vector<ActingRight>> ActingRights::List() {
  ASSIGN_OR_RETURN(const Rows rows,
                   database_.Query("SELECT user_id, may_edit, source FROM acting_right "
                                   "ORDER BY source, user_id"));
  std::vector<ActingRight> rights;
  for (const Row& row : rows) rights.push_back(RightOf(row));
  return rights;
}

Result<std::optional<ActingRight>> ActingRights::Find(std::string_view user_id) {
  ASSIGN_OR_RETURN(const Rows rows,
                   database_.Query("SELECT user_id, may_edit, source FROM acting_right "
                                   "WHERE user_id = $1",
                                   {std::string(user_id)}));
  if (rows.empty()) return std::optional<ActingRight>();
  return std::optional(RightOf(rows[0]));
}

Status ActingRights::GrantSample(std::span<const std::string> user_ids) {
  return database_.Write([&](Connection& connection) -> Status {
    for (const std::string& user_id : user_ids) {
      RETURN_IF_ERROR(connection
                          .Execute("INSERT INTO acting_right (user_id, may_edit, source) "
                                   "VALUES ($1, 1, 'sample') ON CONFLICT (user_id) DO NOTHING",
                                   {user_id})
                          .status());
    }
    return OkStatus();
  });
}

Status ActingRights::WithdrawSample() {
  return database_.Execute("DELETE FROM acting_right WHERE source = 'sample'").status();
}

Result<std::vector<std::string>> ParseSampleUsers(std::string_view json) {
  ASSIGN_OR_RETURN(const auto document, awry::codec::JsonDocument::Parse(json));
  if (!document.root().is_array())
    return InvalidArgument("sample users must be a JSON array of user ids");
  std::vector<std::string> users;
  for (const awry::codec::JsonValue item : document.root().items()) {
    const auto id = item.AsString();
    if (!id || !ledger::UserId::Parse(*id).ok()) {
      return InvalidArgument(
          fmt::format("sample users: an entry is no user id: entry {}", users.size() + 1));
    }
    users.emplace_back(*id);
  }
  return users;
}

}  // namespace finance::dashboard
