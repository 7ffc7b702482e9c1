// The JSON bodies that people and other programs send: bulk changes, rules, rows, accounts, whole ledgers. What is
// taken can be written again and is then taken as well; a ledger that was restored can be exported and restored.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"
#include "finance/transaction_processor/edit.h"
#include "finance/transaction_processor/export.h"
#include "finance/transaction_processor/import_plan.h"
#include "finance/transaction_processor/ledger_schema.h"
#include "finance/transaction_processor/rule.h"
#include "finance/transaction_processor/transaction_json.h"
#include "sql/database.h"
#include "sql/test_servers.h"

namespace processor = finance::transaction_processor;
namespace sql = awry::sql;

namespace {

constexpr int64_t kNow = 1'780'000'000'000'000'000;

constexpr std::string_view kChange =
    R"({"category":"dining","note":"n","tags":["a","b"],"add_tags":["c"],"remove_tags":["d"],"merchant":"m","reconciled":true,)"
    R"("deleted":false,"splits":[{"amount_minor":-700,"category":"groceries"},{"amount_minor":-300,"category":"home","note":"lamp"}]})";
constexpr std::string_view kRule =
    R"({"name":"r","stage":"normal","match":"all","conditions":[{"field":"merchant","op":"contains","text":"rewe"},)"
    R"({"field":"amount","op":"above","amount_minor":-5000},{"field":"date","op":"from","date":"2026-01-01"}],)"
    R"("actions":{"category":"groceries","tag":"t","note":"n","merchant":"m"},"state":"active"})";
constexpr std::string_view kRow =
    R"({"id":"t1","user_id":"u","account":"main","date":"2026-01-31","amount_minor":-1239,"currency":"EUR","description":"x","mcc":5411})";
constexpr std::string_view kAccount =
    R"({"user_id":"u","name":"Main","kind":"checking","currency":"EUR","iban":"DE89370400440532013000","opening_minor":5,"opening_date":"2026-01-01"})";
constexpr std::string_view kLedger =
    R"({"schema":"awry.finance.transactions/1","accounts":[{"id":"main","name":"Main","kind":"checking","currency":"EUR"}],)"
    R"("transactions":[{"id":"t1","account":"main","date":"2026-01-31","amount_minor":-1239,"currency":"EUR","description":"x",)"
    R"("merchant":"x","mcc":5411,"status":"booked","category":"groceries","category_source":"model","confidence":0.5,)"
    R"("alternatives":[],"occurrence":1,"note":"n","tags":["a"],"reconciled":false,"deleted_ns":0,"part_count":0},)"
    R"({"id":"t2","account":"main","date":"2026-01-31","amount_minor":1239,"currency":"EUR","description":"y"}],)"
    R"("rules":[{"merchant":"x","rule":{"id":"r1","name":"r","stage":"normal","match":"all","conditions":[{"field":"merchant",)"
    R"("op":"contains","text":"rewe"}],"actions":{"category":"groceries"},"state":"active"}}],)"
    R"("transfers":[["p","t1","t2",1,0,"amount",20000,"main main",""]],"merged_ids":[["t1","main","e","f"]]})";

sql::Database& Database() {
  static const auto* folder = new sql::TestFolder;
  static sql::Database* database = [] {
    auto opened = sql::Database::Open("sqlite:" + folder->path() + "/ledger.db");
    CHECK(opened.ok());
    CHECK(processor::MigrateLedger(**opened).ok());
    std::atexit([] { delete folder; });
    return opened->release();
  }();
  return *database;
}

void TryLedger(std::string_view json) {
  const auto user = *finance::ledger::UserId::Parse("u");
  // Nothing stays: the next input finds an empty ledger.
  const auto undone = Database().Write([&](sql::Connection& connection) -> awry::base::Status {
    RETURN_IF_ERROR(processor::RestoreLedger(connection, user, json, kNow).status());
    std::string out;
    const processor::Writer append = [&out](std::string_view piece) {
      out += piece;
      return true;
    };
    CHECK(processor::ExportJson(connection, {.user = user}, append).ok());
    const auto again = processor::RestoreLedger(connection, user, out, kNow);
    CHECK(again.ok());
    CHECK(again->transactions == 0);
    return awry::base::Internal("roll back");
  });
  CHECK(!undone.ok());
}

void Try(std::string_view json) {
  (void)processor::ParseChange(json);
  (void)processor::ReadDraftJson(json);
  (void)processor::ParseTransaction(json, finance::ledger::Date::FromUnixNs(kNow));
  (void)processor::ParseAccount("main", json);
  if (const auto rule = processor::ParseRule(json); rule.ok()) CHECK(processor::ParseRule(processor::RuleJson(*rule)).ok());
}

std::string Edited(std::string_view seed, const uint8_t* data, size_t size) {
  std::string edited(seed);
  for (size_t i = 0; i + 2 < size; i += 3) edited[(data[i] * 256U + data[i + 1]) % edited.size()] = static_cast<char>(data[i + 2]);
  return edited;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Try({reinterpret_cast<const char*>(data), size});
  // A right body with some bytes changed comes further than noise.
  for (const std::string_view seed : {kChange, kRule, kRow, kAccount}) Try(Edited(seed, data, size));
  TryLedger(Edited(kLedger, data, size));
  return 0;
}
