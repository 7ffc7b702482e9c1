#include "finance/dashboard/api_tokens.h"

#include <array>

#include "finance/dashboard/secrets.h"

namespace finance::dashboard {

using awry::base::OkStatus;
using awry::base::Result;
using awry::base::Status;
using awry::sql::Connection;
using awry::sql::Row;
using awry::sql::Rows;

namespace {

constexpr std::string_view kPrefix = "fin_";  // so that people and scanners know what it is
constexpr int64_t kNoteUseAfterNs = 60'000'000'000;
constexpr int64_t kDayNs = 86'400'000'000'000;
constexpr std::array<std::string_view, 3> kScopeNames = {"read", "write", "admin"};
constexpr std::string_view kColumns =
    "SELECT id, user_id, name, scope, created_ns, expires_ns, used_ns FROM api_token ";

ApiToken TokenOf(const Row& row) {
  return {.id = row.Text(0),
          .user_id = row.Text(1),
          .name = row.Text(2),
          .scope = ParseScope(row.Text(3)).value_or(Scope::kRead),
          .created_ns = row.Int(4),
          .expires_ns = row.Int(5),
          .used_ns = row.Int(6)};
}

}  // namespace

std::optional<Scope> ParseScope(std::string_view text) {
  for (size_t i = 0; i < kScopeNames.size(); ++i) {
    if (kScopeNames[i] == text) return static_cast<Scope>(i);
  }
  return std::nullopt;
}

std::string_view ScopeName(Scope scope) {
  const auto index = static_cast<size_t>(scope);
  return index < kScopeNames.size() ? kScopeNames[index] : "log-in";
}

Result<ApiTokens::Made> ApiTokens::Make(const std::string& user_id, const std::string& name,
                                        Scope scope, int64_t days) {
  const int64_t now_ns = clock_.NowUnixNs();
  Made made{.text = std::string(kPrefix) + RandomToken(),
            .token = {.id = RandomId("token-"),
                      .user_id = user_id,
                      .name = name,
                      .scope = scope,
                      .created_ns = now_ns,
                      .expires_ns = days == 0 ? 0 : now_ns + days * kDayNs}};
  const Status stored = database_.Write([&](Connection& connection) -> Status {
    ASSIGN_OR_RETURN(
        const Rows rows,
        connection.Query("SELECT COUNT(*) FROM api_token WHERE user_id = $1", {user_id}));
    if (rows[0].Int(0) >= kTokensMax)
      return awry::base::ResourceExhausted("Too many tokens: revoke some; at most " +
                                           std::to_string(kTokensMax));
    return connection
        .Execute("INSERT INTO api_token (id, digest, user_id, name, scope, created_ns, expires_ns, "
                 "used_ns) VALUES ($1, $2, $3, $4, $5, $6, $7, 0)",
                 {made.token.id, Digest(made.text, "api token"), user_id, name,
                  std::string(ScopeName(scope)), now_ns, made.token.expires_ns})
        .status();
  });
  RETURN_IF_ERROR(stored);
  return made;
}

Result<std::optional<ApiToken>> ApiTokens::Touch(std::string_view text) {
  const std::string digest = Digest(text, "api token");
  ASSIGN_OR_RETURN(const Rows rows,
                   database_.Query(std::string(kColumns) + "WHERE digest = $1", {digest}));
  if (rows.empty()) return std::optional<ApiToken>();
  ApiToken token = TokenOf(rows[0]);
  const int64_t now_ns = clock_.NowUnixNs();
  if (token.expires_ns != 0 && now_ns >= token.expires_ns) return std::optional<ApiToken>();
  if (now_ns - token.used_ns >= kNoteUseAfterNs) {
    RETURN_IF_ERROR(
        database_.Execute("UPDATE api_token SET used_ns = $2 WHERE digest = $1", {digest, now_ns})
            .status());
  }
  return std::optional(std::move(token));
}

Result<std::vector<ApiToken>> ApiTokens::List(const std::string& user_id) {
  ASSIGN_OR_RETURN(const Rows rows,
                   database_.Query(std::string(kColumns) +
                                       "WHERE user_id = $1 ORDER BY created_ns DESC, id",
                                   {user_id}));
  std::vector<ApiToken> tokens;
  for (const Row& row : rows) tokens.push_back(TokenOf(row));
  return tokens;
}

Status ApiTokens::Revoke(const std::string& user_id, const std::string& token_id) {
  ASSIGN_OR_RETURN(const int64_t changed,
                   database_.Execute("DELETE FROM api_token WHERE user_id = $1 AND id = $2",
                                     {user_id, token_id}));
  if (changed == 0) return awry::base::NotFound("There is no such token: " + token_id);
  return OkStatus();
}

}  // namespace finance::dashboard
