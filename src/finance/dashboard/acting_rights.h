// For whom the owner may act: themselves, and the users of the sample while they look at it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "sql/database.h"

namespace finance::dashboard {

struct ActingRight {
  std::string user_id;
  bool may_edit = false;
  bool sample = false;  // else the owner's own
};

// Thread-safe.
class ActingRights {
 public:
  // `database` (migrated with kSchemaSteps) must outlive this.
  explicit ActingRights(awry::sql::Database& database) : database_(database) {}

  // The owner's own first, then the sample's in the order of their ids.
  awry::base::Result<std::vector<ActingRight>> List();
  awry::base::Result<std::optional<ActingRight>> Find(std::string_view user_id);
  // Grants view and edit of the sample's users, or takes every such right away. The owner's own
  // right never changes. Doing it twice changes nothing.
  awry::base::Status GrantSample(std::span<const std::string> user_ids);
  awry::base::Status WithdrawSample();

 private:
  awry::sql::Database& database_;
};

// Reads a JSON array of user ids. kInvalidArgument says which entry is wrong.
awry::base::Result<std::vector<std::string>> ParseSampleUsers(std::string_view json);

}  // namespace finance::dashboard
