// Pairs of rows that move money between a user's own accounts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "finance/transaction_processor/ledger_table.h"
#include "sql/database.h"

namespace finance::transaction_processor {

enum class TransferState : int64_t { kSuggested = 0, kLinked = 1, kRejected = 2 };
enum class TransferHow : int64_t { kAuto = 0, kUser = 1 };
std::string_view TransferStateName(TransferState state);  // "suggested", "linked", "rejected"

struct Transfer {
  std::string id;
  ledger::UserId user_id;
  std::string out_id, in_id;
  TransferState state = TransferState::kSuggested;
  TransferHow how = TransferHow::kAuto;
  std::string reason;  // in words, why these two
};

// Days between the two rows of a pair, at most.
inline constexpr int kTransferDaysMax = 4;

base::Result<std::optional<Transfer>> FindTransfer(sql::Connection& connection, const std::string& id);
// The newest first.
base::Result<std::vector<Transfer>> ReadTransfers(sql::Connection& connection, const ledger::UserId& user,
                                                  std::optional<TransferState> state, int limit);

// Rows that could be the other side of `stored`: own accounts, opposite amount, same currency, within
// kTransferDaysMax, not in a linked pair, not rejected with it. The nearest day first.
base::Result<std::vector<StoredTransaction>> TransferCandidates(sql::Connection& connection,
                                                                const StoredTransaction& stored);

// Looks for the other sides of these rows. Links a pair when neither row has another candidate and a
// hint agrees; else suggests the nearest, each row once. `changed` gets the ids of rows that were linked.
base::Status MatchTransfers(sql::Connection& connection, const std::vector<StoredTransaction>& rows,
                            std::vector<std::string>& changed);

// kInvalidArgument unless the two are opposite rows of two accounts of `user`; kAlreadyExists when one
// of them is linked with another.
base::Result<Transfer> LinkTransfer(sql::Connection& connection, const ledger::UserId& user, const std::string& out_id,
                                    const std::string& in_id, TransferHow how, std::string reason);
// Unlinks as well; gives both rows the category that they had. The pair is not suggested again.
base::Status RejectTransfer(sql::Connection& connection, Transfer& transfer);
// Takes the pairs of a row away that is going to be deleted for good; the other sides are free again.
// `freed` gets the ids of those that were linked.
base::Status ForgetTransfers(sql::Connection& connection, const std::string& transaction_id,
                             std::vector<std::string>& freed);

}  // namespace finance::transaction_processor
