#include "finance/dashboard/acting_rights.h"

#include <fmt/format.h>

#include "codec/json.h"
#include "finance/dashboard/secrets.h"
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

// What the rows of one user (account_id, may_edit, source) let a person do. A share of all accounts
// comes first and stands alone: single accounts beside it change nothing.
ActingRight RightOf(std::string user_id, std::span<const Row> rows) {
  ActingRight right{.user_id = std::move(user_id)};
  for (const Row& row : rows) {
    right.sample = row.Text(3) == "sample";
    if (row.Text(1).empty()) {
      right.may_edit = row.Int(2) != 0;
      return right;
    }
    right.accounts.push_back({.id = row.Text(1), .may_edit = row.Int(2) != 0});
  }
  return right;
}

constexpr std::string_view kRights =
    "SELECT user_id, account_id, may_edit, source FROM share WHERE person_id = $1 ";

}  // namespace

const ActingRight::Account* ActingRight::FindAccount(std::string_view id) const {
  for (const Account& account : accounts) {
    if (account.id == id) return &account;
  }
  return nullptr;
}

Result<std::vector<ActingRight>> ActingRights::List(const std::string& person_id) {
  ASSIGN_OR_RETURN(const Rows rows,
                   database_.Query(std::string(kRights) + "ORDER BY source, user_id, account_id",
                                   {person_id}));
  std::vector<ActingRight> rights;
  rights.push_back({.user_id = person_id, .may_edit = true});
  for (size_t from = 0; from < rows.size();) {
    size_t until = from + 1;
    while (until < rows.size() && rows[until].Text(0) == rows[from].Text(0)) ++until;
    rights.push_back(
        RightOf(rows[from].Text(0), std::span(rows).subspan(from, until - from)));
    from = until;
  }
  return rights;
}

Result<std::optional<ActingRight>> ActingRights::Find(const std::string& person_id,
                                                      std::string_view user_id) {
  if (user_id == person_id)
    return std::optional(ActingRight{.user_id = person_id, .may_edit = true});
  ASSIGN_OR_RETURN(const Rows rows,
                   database_.Query(std::string(kRights) + "AND user_id = $2 ORDER BY account_id",
                                   {person_id, std::string(user_id)}));
  if (rows.empty()) return std::optional<ActingRight>();
  return std::optional(RightOf(rows[0].Text(0), rows));
}

Result<std::string> ActingRights::Give(const Share& share) {
  std::string id;
  const Status given = database_.Write([&](Connection& connection) -> Status {
    ASSIGN_OR_RETURN(const Rows count,
                     connection.Query("SELECT COUNT(*) FROM share WHERE user_id = $1",
                                      {share.user_id}));
    if (count[0].Int(0) >= kSharesMax)
      return awry::base::ResourceExhausted("Too many shares; at most " + std::to_string(kSharesMax));
    RETURN_IF_ERROR(
        connection
            .Execute("INSERT INTO share (id, person_id, user_id, account_id, may_edit, source, "
                     "created_ns) VALUES ($1, $2, $3, $4, $5, 'household', $6) "
                     "ON CONFLICT (person_id, user_id, account_id) DO UPDATE SET may_edit = $5",
                     {RandomId("share-"), share.person_id, share.user_id, share.account_id,
                      int64_t{share.may_edit}, clock_.NowUnixNs()})
            .status());
    ASSIGN_OR_RETURN(const Rows rows,
                     connection.Query("SELECT id FROM share WHERE person_id = $1 AND user_id = $2 "
                                      "AND account_id = $3",
                                      {share.person_id, share.user_id, share.account_id}));
    id = rows[0].Text(0);
    return OkStatus();
  });
  RETURN_IF_ERROR(given);
  return id;
}

Result<std::vector<Share>> ActingRights::Shares(const std::string& person_id) {
  ASSIGN_OR_RETURN(const Rows rows,
                   database_.Query("SELECT id, person_id, user_id, account_id, may_edit FROM share "
                                   "WHERE source = 'household' AND (person_id = $1 OR user_id = $1) "
                                   "ORDER BY created_ns, id",
                                   {person_id}));
  std::vector<Share> shares;
  for (const Row& row : rows) {
    shares.push_back({.id = row.Text(0),
                      .person_id = row.Text(1),
                      .user_id = row.Text(2),
                      .account_id = row.Text(3),
                      .may_edit = row.Int(4) != 0});
  }
  return shares;
}

Status ActingRights::Withdraw(const std::string& person_id, const std::string& share_id) {
  ASSIGN_OR_RETURN(const int64_t changed,
                   database_.Execute("DELETE FROM share WHERE id = $1 AND source = 'household' "
                                     "AND (person_id = $2 OR user_id = $2)",
                                     {share_id, person_id}));
  if (changed == 0) return awry::base::NotFound("There is no such share: " + share_id);
  return OkStatus();
}

Status ActingRights::GrantSample(const std::string& person_id,
                                 std::span<const std::string> user_ids) {
  return database_.Write([&](Connection& connection) -> Status {
    for (const std::string& user_id : user_ids) {
      RETURN_IF_ERROR(
          connection
              .Execute("INSERT INTO share (id, person_id, user_id, account_id, may_edit, source, "
                       "created_ns) VALUES ($1, $2, $3, '', 1, 'sample', $4) "
                       "ON CONFLICT (person_id, user_id, account_id) DO NOTHING",
                       {RandomId("share-"), person_id, user_id, clock_.NowUnixNs()})
              .status());
    }
    return OkStatus();
  });
}

Status ActingRights::WithdrawSample(const std::string& person_id) {
  return database_
      .Execute("DELETE FROM share WHERE source = 'sample' AND person_id = $1", {person_id})
      .status();
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
