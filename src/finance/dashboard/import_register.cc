#include "finance/dashboard/import_register.h"

#include "codec/utf8.h"

namespace finance::dashboard {

using awry::base::Result;
using awry::base::Status;
using awry::sql::Row;
using awry::sql::Rows;

Status ImportRegister::Add(StartedImport import) {
  return database_
      .Execute(
          "INSERT INTO started_import (import_id, user_id, file_name, format, created_ns) "
          "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (import_id) DO NOTHING",
          {import.import_id, import.user_id,
           std::string(awry::codec::TruncateUtf8(import.file_name, kFileNameBytesMax)),
           import.format, clock_.NowUnixNs()})
      .status();
}

Result<bool> ImportRegister::BelongsTo(std::string_view import_id, std::string_view user_id) {
  ASSIGN_OR_RETURN(
      const Rows rows,
      database_.Query("SELECT 1 FROM started_import WHERE import_id = $1 AND user_id = $2",
                      {std::string(import_id), std::string(user_id)}));
  return !rows.empty();
}

Result<std::vector<StartedImport>> ImportRegister::Newest(std::string_view user_id, int64_t limit) {
  ASSIGN_OR_RETURN(
      const Rows rows,
      database_.Query(
          "SELECT import_id, user_id, file_name, format, created_ns FROM started_import "
          "WHERE user_id = $1 ORDER BY created_ns DESC, import_id LIMIT $2",
          {std::string(user_id), limit}));
  std::vector<StartedImport> imports;
  for (const Row& row : rows) {
    imports.push_back({row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Int(4)});
  }
  return imports;
}

}  // namespace finance::dashboard
