// The dashboard's own tables: who may log in, who is logged in, for whom they may act, and which
// imports they started. Money lives with the services.
#pragma once

#include <array>
#include <string_view>

namespace finance::dashboard {

// Steps for sql::Database::Migrate; only ever appended to. Times are Unix nanoseconds.
inline constexpr std::array<std::string_view, 1> kSchemaSteps = {R"sql(
CREATE TABLE owner (
  slot INTEGER PRIMARY KEY CHECK (slot = 1),  -- one owner; the second set-up breaks this key
  name TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  user_id TEXT NOT NULL,                      -- of the ledger
  created_ns BIGINT NOT NULL
);
CREATE TABLE session (
  token_digest TEXT PRIMARY KEY,
  created_ns BIGINT NOT NULL,
  seen_ns BIGINT NOT NULL
);
CREATE TABLE acting_right (
  user_id TEXT PRIMARY KEY,
  may_edit INTEGER NOT NULL,
  source TEXT NOT NULL                        -- 'own' or 'sample'
);
CREATE TABLE started_import (
  import_id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  file_name TEXT NOT NULL,
  format TEXT NOT NULL,
  created_ns BIGINT NOT NULL
);
CREATE INDEX started_import_by_user ON started_import (user_id, created_ns);
)sql"};

}  // namespace finance::dashboard
