// What a SimpleFIN server sends is an account set or an error; what a person types is a token or an error.
#include <cctype>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "codec/json.h"
#include "finance/bank_connection/simplefin.h"

namespace bank = finance::bank_connection;

namespace {

constexpr std::string_view kSeed =
    R"({"errors":["x\ny"],"errlist":[{"code":"con.auth","msg":"log in"}],"connections":[{"conn_id":"c","name":"Bank"}],)"
    R"("accounts":[{"org":{"name":"Bank","domain":"b.example"},"conn_id":"c","id":"1","name":"Savings","currency":"EUR",)"
    R"("balance":"100.23","balance-date":978366153,"transactions":[{"id":"t","posted":978366153,"amount":"-33.29","description":"x","pending":true}]}]})";

void Try(std::string_view json) {
  const auto set = bank::ParseAccountSet(json);
  if (!set.ok()) return;
  CHECK(set->accounts.size() <= bank::kAccountsMax);
  for (const bank::BankAccount& account : set->accounts) {
    CHECK(!account.id.empty());
    CHECK(awry::codec::JsonDocument::Parse(account.json).ok());
  }
  for (const std::string& message : set->messages) {
    for (const char c : message) CHECK(std::iscntrl(static_cast<unsigned char>(c)) == 0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Try(bytes);
  (void)bank::ParseSetupToken(bytes, true);
  // A right answer with some bytes changed comes further than noise.
  std::string edited(kSeed);
  for (size_t i = 0; i + 2 < size; i += 3) edited[(data[i] * 256U + data[i + 1]) % edited.size()] = static_cast<char>(data[i + 2]);
  Try(edited);
  return 0;
}
