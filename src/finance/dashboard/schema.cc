#include "finance/dashboard/schema.h"

#include "finance/jobs/job_queue.h"

namespace finance::dashboard {
namespace {

constexpr std::string_view kOneOwner = R"sql(
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
)sql";

constexpr std::string_view kManyPeople = R"sql(
CREATE TABLE person (
  user_id TEXT PRIMARY KEY,                   -- of the ledger
  name TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  role TEXT NOT NULL,                         -- 'owner' or 'member'
  leaving INTEGER NOT NULL DEFAULT 0,         -- their data is being erased
  created_ns BIGINT NOT NULL
);
CREATE UNIQUE INDEX person_one_owner ON person (role) WHERE role = 'owner';
INSERT INTO person (user_id, name, password_hash, role, created_ns)
  SELECT user_id, name, password_hash, 'owner', created_ns FROM owner;

DELETE FROM session WHERE NOT EXISTS (SELECT 1 FROM owner);
ALTER TABLE session ADD COLUMN id TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN user_id TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN agent TEXT NOT NULL DEFAULT '';
UPDATE session SET id = 'session-' || substr(token_digest, 1, 12),
                   user_id = (SELECT user_id FROM owner);
CREATE INDEX session_by_user ON session (user_id, seen_ns);

CREATE TABLE share (
  id TEXT PRIMARY KEY,
  person_id TEXT NOT NULL,                    -- who may act
  user_id TEXT NOT NULL,                      -- for whom
  account_id TEXT NOT NULL,                   -- '': all accounts
  may_edit INTEGER NOT NULL,
  source TEXT NOT NULL,                       -- 'household' or 'sample'
  created_ns BIGINT NOT NULL,
  UNIQUE (person_id, user_id, account_id)
);
INSERT INTO share (id, person_id, user_id, account_id, may_edit, source, created_ns)
  SELECT 'share-' || a.user_id, o.user_id, a.user_id, '', a.may_edit, 'sample', o.created_ns
  FROM acting_right a CROSS JOIN owner o WHERE a.source = 'sample';
DROP TABLE acting_right;
DROP TABLE owner;

CREATE TABLE invitation (
  id TEXT PRIMARY KEY,
  code_digest TEXT NOT NULL UNIQUE,
  created_ns BIGINT NOT NULL,
  expires_ns BIGINT NOT NULL
);
CREATE TABLE second_factor (
  user_id TEXT PRIMARY KEY,
  sealed_secret TEXT NOT NULL,                -- with a key that is not in this database
  enabled INTEGER NOT NULL,
  last_step BIGINT NOT NULL                   -- of the newest code that was taken
);
CREATE TABLE backup_code (
  user_id TEXT NOT NULL,
  digest TEXT NOT NULL,
  PRIMARY KEY (user_id, digest)
);
CREATE TABLE login_challenge (
  digest TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  created_ns BIGINT NOT NULL
);
CREATE TABLE api_token (
  id TEXT PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL,
  name TEXT NOT NULL,
  scope TEXT NOT NULL,                        -- 'read', 'write' or 'admin'
  created_ns BIGINT NOT NULL,
  expires_ns BIGINT NOT NULL,                 -- 0: never
  used_ns BIGINT NOT NULL                     -- 0: not yet
);
CREATE INDEX api_token_by_user ON api_token (user_id, created_ns);
CREATE TABLE audit (
  id BIGINT PRIMARY KEY,
  user_id TEXT NOT NULL,                      -- whose record it is; '': nobody's, the owner sees it
  actor_id TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  address TEXT NOT NULL,
  trace_id TEXT NOT NULL,
  at_ns BIGINT NOT NULL
);
CREATE INDEX audit_by_user ON audit (user_id, id);
CREATE TABLE erasing (user_id TEXT PRIMARY KEY);  -- set while an account goes for good
)sql";

// The audit record is only ever added to; it goes with its account alone.
constexpr std::string_view kAppendOnlySqlite = R"sql(
CREATE TRIGGER audit_stays_as_it_is BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit record cannot be changed'); END;
CREATE TRIGGER audit_stays BEFORE DELETE ON audit
WHEN NOT EXISTS (SELECT 1 FROM erasing WHERE user_id = OLD.user_id)
BEGIN SELECT RAISE(ABORT, 'the audit record cannot be deleted'); END;
)sql";

constexpr std::string_view kAppendOnlyPostgres = R"sql(
CREATE FUNCTION audit_refuses() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF TG_OP = 'DELETE' AND EXISTS (SELECT 1 FROM erasing WHERE user_id = OLD.user_id) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'the audit record cannot be changed or deleted';
END $body$;
CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE ON audit
  FOR EACH ROW EXECUTE FUNCTION audit_refuses();
)sql";

}  // namespace

std::vector<std::string> SchemaSteps(std::string_view sql_system) {
  std::vector<std::string> steps = {std::string(kOneOwner), std::string(kManyPeople)};
  steps.emplace_back(sql_system == "sqlite" ? kAppendOnlySqlite : kAppendOnlyPostgres);
  for (std::string& step : jobs::JobQueue::MigrationSteps(sql_system))
    steps.push_back(std::move(step));
  return steps;
}

awry::base::Status MigrateSchema(awry::sql::Database& database) {
  const std::vector<std::string> steps = SchemaSteps(database.system());
  const std::vector<std::string_view> views(steps.begin(), steps.end());
  return database.Migrate(views);
}

}  // namespace finance::dashboard
