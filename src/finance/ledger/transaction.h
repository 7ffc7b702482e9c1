// One row of an account, as the tracker knows it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "finance/ledger/category.h"
#include "finance/ledger/date.h"
#include "finance/ledger/money.h"
#include "finance/ledger/user_id.h"

namespace finance::ledger {

// The bank's state of a row.
enum class BankStatus : uint8_t { kPending = 0, kBooked = 1 };
// Ours: whether the pipeline is through.
enum class Processing : uint8_t { kQueued = 0, kDone = 1, kFailed = 2 };
// Who decided the category.
enum class CategorySource : uint8_t { kNone = 0, kUser = 1, kRule = 2, kModel = 3, kImport = 4 };

std::string_view BankStatusName(BankStatus status);          // "pending", "booked"
std::string_view ProcessingName(Processing processing);      // "queued", "done", "failed"
std::string_view CategorySourceName(CategorySource source);  // "", "user", "rule", "model", "import"

struct Transaction {
  std::string id;
  std::string account;
  UserId user_id;
  Date date;
  Money amount;
  std::string raw_description;  // as the bank wrote it
  std::string description;      // cleaned, see clean_description.h
  std::optional<int> mcc;
  std::optional<int64_t> booked_at_ns;  // Unix time, UTC
  BankStatus status = BankStatus::kBooked;

  Category category = Category::kUncategorized;
  CategorySource category_source = CategorySource::kNone;
  double confidence = 0;      // of the category, 0…1
  std::string model_version;  // "" unless a model decided

  Processing processing = Processing::kQueued;
  std::string trace_id;   // 32 hex digits; "" when tracing is off
  std::string import_id;  // "" when it came one by one
  std::string fingerprint;
  int occurrence = 1;       // the n-th equal row of its file
  std::string external_id;  // the bank's own, unique in the account; "" when it gave none
};

// SHA-256, in hex, over account, date, amount, currency and folded description, as in the contract:
// fields that a user can edit are not in it.
std::string Fingerprint(std::string_view account, Date date, const Money& amount,
                        std::string_view raw_description);

}  // namespace finance::ledger
