// A row before and after are two snapshots; what differs between them is the audit row, and what an
// undo puts back.
#include "finance/transaction_processor/edit.h"

#include <awry/sdk/context.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/random.h"
#include "codec/json.h"
#include "finance/jobs/trace_text.h"
#include "finance/transaction_processor/pipeline.h"

namespace finance::transaction_processor {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using awry::codec::JsonWriter;
using ledger::Category;
using ledger::CategorySource;

std::string Traceparent() { return jobs::ToTraceparent(awry::sdk::Context::current().span_context()); }

// --- snapshots ---

void WriteCategory(JsonWriter& json, const StoredTransaction& stored) {
  json.Key("category").String(ledger::CategoryId(stored.row.category));
  json.Key("category_source").Int(static_cast<int64_t>(stored.row.category_source));
  json.Key("confidence").Double(stored.row.confidence).Key("rule_id").String(stored.rule_id);
}

void WriteParts(JsonWriter& json, const std::vector<Part>& parts) {
  json.Key("splits").BeginArray();
  for (const Part& part : parts) {
    json.BeginObject().Key("amount_minor").Int(part.amount_minor).Key("category").String(ledger::CategoryId(part.category));
    json.Key("note").String(part.note).EndObject();
  }
  json.EndArray();
}

bool SameParts(const std::vector<Part>& a, const std::vector<Part>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Part& x, const Part& y) {
    return x.amount_minor == y.amount_minor && x.category == y.category && x.note == y.note;
  });
}

// The fields of `one` that differ in `other`.
std::string DifferenceJson(const StoredTransaction& one, const StoredTransaction& other) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  const ledger::Transaction &a = one.row, &b = other.row;
  if (a.category != b.category || a.category_source != b.category_source || one.rule_id != other.rule_id) WriteCategory(json, one);
  if (one.note != other.note) json.Key("note").String(one.note);
  if (one.tags != other.tags) {
    json.Key("tags").BeginArray();
    for (const std::string& tag : one.tags) json.String(tag);
    json.EndArray();
  }
  if (a.description != b.description) json.Key("merchant").String(a.description);
  if (one.reconciled != other.reconciled) json.Key("reconciled").Bool(one.reconciled);
  if (one.deleted_ns != other.deleted_ns) json.Key("deleted").Bool(one.deleted_ns != 0);
  if (!SameParts(one.parts, other.parts)) WriteParts(json, one.parts);
  json.EndObject();
  return out;
}

// Sets what DifferenceJson has written.
void Restore(JsonValue before, StoredTransaction& stored, int64_t now_ns) {
  if (const auto category = ledger::CategoryFromId(before.Find("category").AsString().value_or(""))) {
    stored.row.category = *category;
    stored.row.category_source = static_cast<CategorySource>(before.Find("category_source").AsInt64().value_or(0));
    stored.row.confidence = before.Find("confidence").AsDouble().value_or(0);
    stored.rule_id = before.Find("rule_id").AsString().value_or("");
  }
  if (const auto note = before.Find("note").AsString()) stored.note = *note;
  if (before.Find("tags").is_array()) {
    stored.tags.clear();
    for (const JsonValue tag : before.Find("tags").items()) stored.tags.emplace_back(tag.AsString().value_or(""));
  }
  if (const auto merchant = before.Find("merchant").AsString()) stored.row.description = *merchant;
  if (const auto reconciled = before.Find("reconciled").AsBool()) stored.reconciled = *reconciled;
  if (const auto deleted = before.Find("deleted").AsBool()) stored.deleted_ns = *deleted ? now_ns : 0;
  if (!before.Find("splits").is_array()) return;
  stored.parts.clear();
  for (const JsonValue item : before.Find("splits").items()) {
    stored.parts.push_back({"", item.Find("amount_minor").AsInt64().value_or(0),
                            ledger::CategoryFromId(item.Find("category").AsString().value_or("")).value_or(Category::kUncategorized),
                            std::string(item.Find("note").AsString().value_or(""))});
  }
}

base::Status WriteAudit(sql::Connection& connection, const EditContext& context, const StoredTransaction& before,
                        const StoredTransaction& after) {
  return connection
      .Execute("INSERT INTO audit (id, user_id, at_ns, actor, what, transaction_id, batch, before, after, trace_id)"
               " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
               {fmt::format("{:016x}{:016x}", context.now_ns, base::EntropySeed()), after.row.user_id.str(), context.now_ns,
                context.actor, context.what, after.row.id, context.batch, DifferenceJson(before, after),
                DifferenceJson(after, before), jobs::CurrentTraceId()})
      .status();
}

// --- parts ---

base::Status CheckParts(const StoredTransaction& stored) {
  if (stored.parts.empty()) return {};
  if (!stored.parent.empty()) return base::InvalidArgument("a part cannot be split again: change the splits of its whole");
  if (stored.parts.size() < 2 || stored.parts.size() > kPartsMax) {
    return base::InvalidArgument(fmt::format("splits are two to {}: {}", kPartsMax, stored.parts.size()));
  }
  int64_t sum = 0;
  for (const Part& part : stored.parts) {
    const auto more = ledger::AddMinor(sum, part.amount_minor);
    if (!more.ok()) return base::InvalidArgument("splits are too large: their sum is beyond 64 bits");
    sum = *more;
  }
  if (sum == stored.row.amount.minor) return {};
  return base::InvalidArgument(fmt::format("splits do not sum to the row: {} instead of {}", sum, stored.row.amount.minor));
}

// Ids of parts are never used again: the counting services would take a new part for an old one.
base::Status ReplaceParts(sql::Connection& connection, const EditContext& context, StoredTransaction& stored) {
  ASSIGN_OR_RETURN(const std::vector<StoredTransaction> old_parts, ReadParts(connection, stored.row.id));
  for (const StoredTransaction& old : old_parts) {
    RETURN_IF_ERROR(DeleteTransaction(connection, old.row.id));
    RETURN_IF_ERROR(EnqueueRetract(connection, context.queue, old.row.user_id, old.row.id, old.revision + 1));
  }
  int number = 0;
  for (Part& part : stored.parts) {
    StoredTransaction child{.row = stored.row};
    part.id = fmt::format("{}~{}.{}", stored.row.id, stored.revision, ++number);
    child.row.id = part.id;
    child.row.amount.minor = part.amount_minor;
    child.row.category = part.category;
    child.row.category_source = CategorySource::kUser;
    child.row.confidence = 1;
    child.row.fingerprint.clear();
    child.row.external_id.clear();
    child.row.processing = ledger::Processing::kDone;
    child.parent = stored.row.id;
    child.note = part.note;
    child.tags = stored.tags;
    child.deleted_ns = stored.deleted_ns;
    child.source = stored.source;
    RETURN_IF_ERROR(InsertTransaction(connection, child));
    RETURN_IF_ERROR(EnqueueCount(connection, context.queue, child.row.id));
  }
  stored.part_count = static_cast<int>(stored.parts.size());
  return {};
}

// Tags, deletion and merchant are the whole's; its parts follow.
base::Status PassOnToParts(sql::Connection& connection, const EditContext& context, const StoredTransaction& stored) {
  ASSIGN_OR_RETURN(std::vector<StoredTransaction> parts, ReadParts(connection, stored.row.id));
  for (StoredTransaction& part : parts) {
    part.tags = stored.tags;
    part.deleted_ns = stored.deleted_ns;
    part.row.description = stored.row.description;
    ++part.revision;
    RETURN_IF_ERROR(UpdateTransaction(connection, part));
    RETURN_IF_ERROR(EnqueueCount(connection, context.queue, part.row.id));
  }
  return {};
}

// --- writing ---

void Set(const Change& change, int64_t now_ns, StoredTransaction& stored) {
  if (change.category) {
    stored.row.category = *change.category;
    stored.row.category_source = change.source;
    stored.row.confidence = 1;
    stored.rule_id = change.rule_id;
  }
  if (change.note) stored.note = *change.note;
  if (change.tags) stored.tags = *change.tags;
  for (const std::string& tag : change.add_tags) {
    if (std::find(stored.tags.begin(), stored.tags.end(), tag) == stored.tags.end()) stored.tags.push_back(tag);
  }
  for (const std::string& tag : change.remove_tags) std::erase(stored.tags, tag);
  if (change.merchant) stored.row.description = *change.merchant;
  if (change.reconciled) stored.reconciled = *change.reconciled;
  if (change.deleted) stored.deleted_ns = *change.deleted ? (stored.deleted_ns != 0 ? stored.deleted_ns : now_ns) : 0;
  if (change.parts) stored.parts = *change.parts;
}

bool LeavesReconciledAlone(const StoredTransaction& before, const StoredTransaction& after) {
  return before.row.category == after.row.category && before.row.description == after.row.description &&
         before.deleted_ns == after.deleted_ns && SameParts(before.parts, after.parts);
}

// Writes `after` over `before` in all tables.
base::Status Write(sql::Connection& connection, const EditContext& context, const StoredTransaction& before, StoredTransaction& after) {
  if (after.tags.size() > kTagsMax) return base::InvalidArgument(fmt::format("row has too many tags: at most {}", kTagsMax));
  if (before.reconciled && after.reconciled && !LeavesReconciledAlone(before, after)) {
    return base::FailedPrecondition("row is reconciled, take that mark off first: " + after.row.id);
  }
  RETURN_IF_ERROR(CheckParts(after));
  if (!before.parent.empty() && before.deleted_ns != after.deleted_ns) {
    return base::InvalidArgument("a part cannot be deleted: change the splits of its whole: " + before.parent);
  }
  ++after.revision;
  if (!SameParts(before.parts, after.parts)) {
    RETURN_IF_ERROR(ReplaceParts(connection, context, after));
  } else if (after.part_count > 0) {
    RETURN_IF_ERROR(PassOnToParts(connection, context, after));
  }
  RETURN_IF_ERROR(UpdateTransaction(connection, after));
  RETURN_IF_ERROR(WriteAudit(connection, context, before, after));
  return EnqueueCount(connection, context.queue, after.row.id);
}

}  // namespace

base::Status EnqueueCount(sql::Connection& connection, jobs::JobQueue& queue, const std::string& id) {
  return queue.Enqueue(connection, {std::string(kRecategorize), id, "", Traceparent()});
}

base::Status EnqueueRetract(sql::Connection& connection, jobs::JobQueue& queue, const ledger::UserId& user, const std::string& id,
                            int64_t revision) {
  return queue.Enqueue(connection, {std::string(kRetract), id, fmt::format("{} {}", user.str(), revision), Traceparent()});
}

base::Result<bool> EditTransaction(sql::Connection& connection, const EditContext& context, StoredTransaction& stored,
                                   const Change& change) {
  if (stored.part_count > 0 && stored.parts.empty()) RETURN_IF_ERROR(LoadDetails(connection, stored));
  StoredTransaction after = stored;
  Set(change, context.now_ns, after);
  if (DifferenceJson(after, stored) == "{}") return false;
  RETURN_IF_ERROR(Write(connection, context, stored, after));
  stored = std::move(after);
  return true;
}

base::Result<std::string> BeginBatch(sql::Connection& connection, const ledger::UserId& user, int64_t now_ns) {
  std::string id = fmt::format("batch-{:016x}{:08x}", now_ns, static_cast<uint32_t>(base::EntropySeed()));
  RETURN_IF_ERROR(connection.Execute("INSERT INTO edit_batches (id, user_id, undone) VALUES ($1, $2, 0)", {id, user.str()}).status());
  return id;
}

base::Result<Undone> UndoNewestBatch(sql::Connection& connection, const EditContext& context, const ledger::UserId& user) {
  ASSIGN_OR_RETURN(const sql::Rows batches,
                   connection.Query("SELECT id FROM edit_batches WHERE user_id = $1 AND undone = 0 ORDER BY id DESC LIMIT 1", {user.str()}));
  if (batches.empty()) return base::NotFound("no bulk edit is left to undo");
  Undone undone{.batch = batches[0].Text(0)};
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT transaction_id, before, after FROM audit WHERE user_id = $1 AND batch = $2 AND batch <> ''"
                                    " ORDER BY id DESC",
                                    {user.str(), undone.batch}));
  for (const sql::Row& row : rows) {
    ASSIGN_OR_RETURN(std::optional<StoredTransaction> stored, FindTransaction(connection, row.Text(0)));
    if (stored) RETURN_IF_ERROR(LoadDetails(connection, *stored));
    StoredTransaction before = stored ? *stored : StoredTransaction{.row = {.user_id = user, .date = ledger::Date::FromDays(0), .amount = {0, ledger::Currency::Parse("EUR").value()}}};
    ASSIGN_OR_RETURN(const JsonDocument old, JsonDocument::Parse(row.Text(1)));
    Restore(old.root(), before, context.now_ns);
    // What differs now from before the batch must be just what the batch has done.
    if (!stored || DifferenceJson(*stored, before) != row.Text(2)) {
      ++undone.skipped;
      continue;
    }
    RETURN_IF_ERROR(Write(connection, context, *stored, before));
    ++undone.restored;
  }
  RETURN_IF_ERROR(connection.Execute("UPDATE edit_batches SET undone = 1 WHERE id = $1", {undone.batch}).status());
  return undone;
}

base::Result<std::vector<AuditEntry>> ReadAudit(sql::Connection& connection, const std::string& transaction_id, int limit) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT at_ns, actor, what, batch, before, after, trace_id FROM audit WHERE transaction_id = $1"
                                    " ORDER BY id DESC LIMIT $2",
                                    {transaction_id, int64_t{limit}}));
  std::vector<AuditEntry> entries;
  for (const sql::Row& row : rows) {
    entries.push_back({row.Int(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4), row.Text(5), row.Text(6)});
  }
  return entries;
}

}  // namespace finance::transaction_processor
