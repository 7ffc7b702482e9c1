// Who may log in here: the owner, and whom they invited.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "sql/database.h"

namespace finance::dashboard {

struct Person {
  std::string user_id;  // of the ledger; never shown as a name
  std::string name;
  std::string password_hash;
  bool owner = false;
  bool leaving = false;  // their data is being erased: may not log in
  int64_t created_ns = 0;
};

struct Invitation {
  std::string id;
  std::string code;  // only when it is made; its digest is stored
  int64_t created_ns = 0;
  int64_t expires_ns = 0;
};

inline constexpr std::chrono::hours kInvitationLifetime{24 * 7};
inline constexpr int kPeopleMax = 100;

// Thread-safe.
class People {
 public:
  // `database` (migrated with MigrateSchema) and `clock` must outlive this.
  People(awry::sql::Database& database, const awry::base::Clock& clock)
      : database_(database), clock_(clock) {}

  awry::base::Result<std::optional<Person>> FindOwner();
  awry::base::Result<std::optional<Person>> FindByName(std::string_view name);
  awry::base::Result<std::optional<Person>> FindById(std::string_view user_id);
  // The owner first, then by name.
  awry::base::Result<std::vector<Person>> List();

  // kAlreadyExists when there is an owner. `created_ns` is set here, below as well.
  awry::base::Status CreateOwner(const Person& person);
  // Uses up the invitation. kNotFound when the code is wrong, used or too old; kAlreadyExists when
  // the name is taken: the code stays good then.
  awry::base::Status CreateInvited(std::string_view code, const Person& person);
  // kResourceExhausted beyond kPeopleMax people and invitations.
  awry::base::Result<Invitation> Invite();
  // Those that can still be used, the newest first.
  awry::base::Result<std::vector<Invitation>> Invitations();
  // kNotFound when there is none.
  awry::base::Status Withdraw(std::string_view invitation_id);

  awry::base::Status ReplacePasswordHash(std::string_view user_id, const std::string& hash);
  // From now on nobody gets in as them: sessions, tokens and shares are gone, and their name and
  // the owner's place are free. Doing it twice is fine.
  awry::base::Status MarkLeaving(awry::sql::Connection& connection, const std::string& user_id);
  // Removes every row of theirs from every table, the audit record included.
  static awry::base::Status Erase(awry::sql::Connection& connection, const std::string& user_id);

 private:
  awry::base::Result<std::optional<Person>> Find(std::string_view where, std::string value);
  awry::base::Status Insert(awry::sql::Connection& connection, const Person& person);

  awry::sql::Database& database_;
  const awry::base::Clock& clock_;
};

}  // namespace finance::dashboard
