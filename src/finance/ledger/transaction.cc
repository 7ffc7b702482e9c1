#include "finance/ledger/transaction.h"

#include <fmt/format.h>

#include "finance/ledger/clean_description.h"
#include "finance/ledger/sha256.h"

namespace finance::ledger {

std::string_view BankStatusName(BankStatus status) {
  return status == BankStatus::kPending ? "pending" : "booked";
}

std::string_view ProcessingName(Processing processing) {
  switch (processing) {
    case Processing::kQueued: return "queued";
    case Processing::kDone: return "done";
    case Processing::kFailed: return "failed";
  }
  return "queued";
}

std::string_view CategorySourceName(CategorySource source) {
  switch (source) {
    case CategorySource::kNone: return "";
    case CategorySource::kUser: return "user";
    case CategorySource::kRule: return "rule";
    case CategorySource::kModel: return "model";
    case CategorySource::kImport: return "import";
  }
  return "";
}

std::string Fingerprint(std::string_view account, Date date, const Money& amount,
                        std::string_view raw_description) {
  // 0x1F separates the fields: it stands in none of them (ids are visible ASCII, folding drops
  // control characters), so no two different rows give the same bytes.
  return Sha256Hex(fmt::format("{}\x1f{}\x1f{}\x1f{}\x1f{}", account, date.days(), amount.minor,
                               amount.currency.str(), FoldText(raw_description)));
}

}  // namespace finance::ledger
