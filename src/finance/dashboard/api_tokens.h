// Tokens with which a person's programs ask in their name.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "sql/database.h"

namespace finance::dashboard {

// What a request may do. Each includes those before it. A log-in in a browser may do everything
// that its person may; kLogin is beyond any token.
enum class Scope { kRead, kWrite, kAdmin, kLogin };

// "read", "write", "admin"; nothing for another text.
std::optional<Scope> ParseScope(std::string_view text);
std::string_view ScopeName(Scope scope);

struct ApiToken {
  std::string id;
  std::string user_id;
  std::string name;
  Scope scope = Scope::kRead;
  int64_t created_ns = 0;
  int64_t expires_ns = 0;  // 0: never
  int64_t used_ns = 0;     // 0: not yet
};

inline constexpr int kTokensMax = 100;  // of one person
inline constexpr int64_t kTokenDaysMax = 3650;

// Thread-safe.
class ApiTokens {
 public:
  // `database` (migrated with MigrateSchema) and `clock` must outlive this.
  ApiTokens(awry::sql::Database& database, const awry::base::Clock& clock)
      : database_(database), clock_(clock) {}

  struct Made {
    std::string text;  // to be shown once; only its digest is stored
    ApiToken token;
  };
  // `days` until it expires; 0: never. kResourceExhausted beyond kTokensMax.
  awry::base::Result<Made> Make(const std::string& user_id, const std::string& name, Scope scope,
                                int64_t days);
  // The token while it lives. Its use is noted at most once a minute.
  awry::base::Result<std::optional<ApiToken>> Touch(std::string_view text);
  // The newest first, expired ones included.
  awry::base::Result<std::vector<ApiToken>> List(const std::string& user_id);
  // kNotFound when it is not this person's.
  awry::base::Status Revoke(const std::string& user_id, const std::string& token_id);

 private:
  awry::sql::Database& database_;
  const awry::base::Clock& clock_;
};

}  // namespace finance::dashboard
