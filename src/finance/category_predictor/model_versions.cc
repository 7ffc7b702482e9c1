#include "finance/category_predictor/model_versions.h"

#include <fmt/format.h>

#include <optional>

#include "codec/base64.h"
#include "codec/crc32c.h"
#include "finance/category_predictor/model_file.h"

namespace finance::category_predictor {
namespace {

namespace sql = awry::sql;

constexpr std::string_view kShipped = "shipped", kRetrained = "retrained";
// Why a version answers: by the rules, or since a person said so, which no start of the program undoes.
constexpr int64_t kByRule = 1, kByPerson = 2;
constexpr std::string_view kColumns =
    "number, version, origin, made_ns, labels, trained_until, compared_with, held_out, accuracy, macro_f1,"
    " compared_accuracy, compared_macro_f1, verdict, active";

ModelVersion VersionOf(const sql::Row& row) {
  return {.number = row.Int(0),
          .version = row.Text(1),
          .origin = row.Text(2),
          .made_ns = row.Int(3),
          .labels = row.Int(4),
          .trained_until = row.Int(5),
          .compared_with = row.Text(6),
          .held_out = row.Int(7),
          .accuracy = row.Real(8),
          .macro_f1 = row.Real(9),
          .compared_accuracy = row.Real(10),
          .compared_macro_f1 = row.Real(11),
          .verdict = row.Text(12),
          .active = row.Int(13) != 0,
          .chosen = row.Int(13) == kByPerson};
}

base::Result<std::optional<ModelVersion>> FindActive(sql::Connection& connection) {
  ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query(fmt::format("SELECT {} FROM category_models WHERE active > 0", kColumns)));
  return rows.empty() ? std::optional<ModelVersion>() : VersionOf(rows[0]);
}

base::Status Insert(sql::Connection& connection, const ModelVersion& made, const std::string& bytes) {
  return connection
      .Execute(fmt::format("INSERT INTO category_models ({}, content) VALUES"
                           " ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
                           kColumns),
               {made.number, made.version, made.origin, made.made_ns, made.labels, made.trained_until, made.compared_with,
                made.held_out, made.accuracy, made.macro_f1, made.compared_accuracy, made.compared_macro_f1, made.verdict,
                made.active ? kByRule : int64_t{0}, awry::codec::Base64Encode(bytes)})
      .status();
}

base::Status LetNoneAnswer(sql::Connection& connection) {
  return connection.Execute("UPDATE category_models SET active = 0 WHERE active > 0").status();
}

base::Result<int64_t> NextNumber(sql::Connection& connection) {
  ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query("SELECT COALESCE(MAX(number), 0) + 1 FROM category_models"));
  return rows[0].Int(0);
}

base::Result<std::shared_ptr<const CategoryModel>> Read(const std::string& version, const sql::Row& row) {
  const auto bytes = awry::codec::Base64Decode(row.Text(0));
  if (!bytes.ok()) return base::DataLoss("stored model is damaged: " + version);
  auto file = DecodeModel(*bytes);
  if (!file.ok()) {
    return base::FailedPrecondition(fmt::format("stored model cannot be read by this program: {}: {}", version, file.status().message()));
  }
  return std::make_shared<const CategoryModel>(std::move(file->weights), version);
}

// The file's own checksum at its end is left out: with it every file has the same one.
uint32_t ChecksumOf(const std::string& bytes) {
  return awry::codec::Crc32c(std::string_view(bytes).substr(0, bytes.size() - 4));
}

}  // namespace

base::Result<std::shared_ptr<const CategoryModel>> ModelVersions::Open(std::shared_ptr<const CategoryModel> shipped, int64_t now_ns) {
  ASSIGN_OR_RETURN(const sql::Rows known, database_.Query("SELECT number FROM category_models WHERE version = $1", {shipped->version()}));
  if (known.empty()) {
    const std::string bytes = EncodeModel({shipped->weights(), shipped->version()});
    RETURN_IF_ERROR(database_.Write([&](sql::Connection& connection) -> base::Status {
      ASSIGN_OR_RETURN(const std::optional<ModelVersion> active, FindActive(connection));
      ModelVersion made{.version = shipped->version(), .origin = std::string(kShipped), .made_ns = now_ns};
      ASSIGN_OR_RETURN(made.number, NextNumber(connection));
      made.active = !active || active->origin == kShipped;
      made.verdict = made.active ? "came with the program" : "came with the program; the retrained model goes on answering";
      if (made.active) RETURN_IF_ERROR(LetNoneAnswer(connection));
      return Insert(connection, made, bytes);
    }));
  }
  ASSIGN_OR_RETURN(const ModelVersion active, Active());
  if (active.version == shipped->version()) return shipped;
  if (active.origin == kShipped && !active.chosen) return Answer(shipped->version(), kByRule);  // another file was given
  auto model = Load(active.version);
  // An older program's model: what came with this one answers until a new one is learned.
  if (!model.ok() && model.status().code() == awry::base::StatusCode::kFailedPrecondition) return Answer(shipped->version(), kByRule);
  return model;
}

base::Result<std::shared_ptr<const CategoryModel>> ModelVersions::Keep(Weights weights, const Trial& trial,
                                                                       const std::string& compared_with, int64_t labels,
                                                                       int64_t now_ns) {
  const uint32_t checksum = ChecksumOf(EncodeModel({weights, ""}));
  ModelVersion made;
  RETURN_IF_ERROR(database_.Write([&](sql::Connection& connection) -> base::Status {
    made = {.origin = std::string(kRetrained), .made_ns = now_ns, .labels = labels, .trained_until = trial.trained_until,
            .compared_with = compared_with, .held_out = static_cast<int64_t>(trial.rows), .accuracy = trial.accuracy,
            .macro_f1 = trial.macro_f1, .compared_accuracy = trial.current_accuracy, .compared_macro_f1 = trial.current_macro_f1,
            .verdict = trial.verdict};
    ASSIGN_OR_RETURN(made.number, NextNumber(connection));
    made.version = fmt::format("{}.{:08x}", made.number, checksum);
    if (trial.better) {
      // Somebody else's promotion meanwhile is not what the candidate was compared with.
      ASSIGN_OR_RETURN(const std::optional<ModelVersion> active, FindActive(connection));
      made.active = active && active->version == compared_with;
      if (made.active) RETURN_IF_ERROR(LetNoneAnswer(connection));
    }
    return Insert(connection, made, EncodeModel({weights, made.version}));
  }));
  return std::make_shared<const CategoryModel>(std::move(weights), made.version);
}

base::Result<std::vector<ModelVersion>> ModelVersions::List(int limit) {
  ASSIGN_OR_RETURN(const sql::Rows rows, database_.Query(fmt::format("SELECT {} FROM category_models ORDER BY number DESC LIMIT $1", kColumns),
                                                         {int64_t{limit}}));
  std::vector<ModelVersion> out;
  for (const sql::Row& row : rows) out.push_back(VersionOf(row));
  return out;
}

base::Result<ModelVersion> ModelVersions::Active() {
  std::optional<ModelVersion> active;
  RETURN_IF_ERROR(database_.Read([&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(active, FindActive(connection));
    return {};
  }));
  if (!active) return base::DataLoss("no version of the category model answers: table category_models has none that is active");
  return std::move(*active);
}

base::Result<std::shared_ptr<const CategoryModel>> ModelVersions::Load(const std::string& version) {
  ASSIGN_OR_RETURN(const sql::Rows rows, database_.Query("SELECT content FROM category_models WHERE version = $1", {version}));
  if (rows.empty()) return base::NotFound("no model has this version: " + version.substr(0, 64));
  return Read(version, rows[0]);
}

base::Result<std::shared_ptr<const CategoryModel>> ModelVersions::Promote(const std::string& version) {
  return Answer(version, kByPerson);
}

base::Result<std::shared_ptr<const CategoryModel>> ModelVersions::Answer(const std::string& version, int64_t why) {
  std::shared_ptr<const CategoryModel> model;
  RETURN_IF_ERROR(database_.Write([&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query("SELECT content FROM category_models WHERE version = $1", {version}));
    if (rows.empty()) return base::NotFound("no model has this version: " + version.substr(0, 64));
    ASSIGN_OR_RETURN(model, Read(version, rows[0]));
    RETURN_IF_ERROR(LetNoneAnswer(connection));
    return connection.Execute("UPDATE category_models SET active = $2 WHERE version = $1", {version, why}).status();
  }));
  return model;
}

}  // namespace finance::category_predictor
