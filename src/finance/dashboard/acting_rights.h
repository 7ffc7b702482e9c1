// For whom a person may act: themselves, whoever shares with them, and, for the owner, the users of
// the sample while they look at it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "sql/database.h"

namespace finance::dashboard {

struct ActingRight {
  std::string user_id;
  bool may_edit = false;  // all accounts
  bool sample = false;
  // Empty: all accounts. Else only these, with whether they may be edited.
  struct Account {
    std::string id;
    bool may_edit = false;
  };
  std::vector<Account> accounts;

  bool whole() const { return accounts.empty(); }
  // The account's own right; null when it is not shared. Asked when !whole().
  const Account* FindAccount(std::string_view id) const;
};

// A share of the household, as both sides see it.
struct Share {
  std::string id;
  std::string person_id;  // who may act
  std::string user_id;    // for whom
  std::string account_id;  // "": all accounts
  bool may_edit = false;
};

inline constexpr int kSharesMax = 1000;  // that one person gives

// Thread-safe.
class ActingRights {
 public:
  // `database` (migrated with MigrateSchema) and `clock` must outlive this.
  ActingRights(awry::sql::Database& database, const awry::base::Clock& clock)
      : database_(database), clock_(clock) {}

  // The person's own first, then the household's and the sample's, each in the order of ids.
  awry::base::Result<std::vector<ActingRight>> List(const std::string& person_id);
  awry::base::Result<std::optional<ActingRight>> Find(const std::string& person_id,
                                                      std::string_view user_id);

  // Lets `share.person_id` act for `share.user_id`; the same again changes may_edit. Returns its id
  // (`share.id` is not read).
  awry::base::Result<std::string> Give(const Share& share);
  // Given by this person, and given to them; the sample's are left out.
  awry::base::Result<std::vector<Share>> Shares(const std::string& person_id);
  // kNotFound unless this person gave or got it.
  awry::base::Status Withdraw(const std::string& person_id, const std::string& share_id);

  // Lets the person view and edit the sample's users, or takes every such right away. Doing it
  // twice changes nothing.
  awry::base::Status GrantSample(const std::string& person_id,
                                 std::span<const std::string> user_ids);
  awry::base::Status WithdrawSample(const std::string& person_id);

 private:
  awry::sql::Database& database_;
  const awry::base::Clock& clock_;
};

// Reads a JSON array of user ids. kInvalidArgument says which entry is wrong.
awry::base::Result<std::vector<std::string>> ParseSampleUsers(std::string_view json);

}  // namespace finance::dashboard
