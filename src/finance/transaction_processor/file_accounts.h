// A file may have rows of several accounts: which of the user's each of them is.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "finance/statement/statement.h"
#include "finance/transaction_processor/account_table.h"
#include "sql/database.h"

namespace finance::transaction_processor {

struct FileAccount {
  std::string name;  // as the file calls it
  Account account;
  bool is_new = false;  // not stored yet
  size_t rows = 0;
};

// What a person has chosen: name in the file → id of an account of theirs, or "" for a new one.
using AccountChoices = std::map<std::string, std::string, std::less<>>;
// Reads {"name": "id"}.
base::Result<AccountChoices> ReadAccountChoices(std::string_view json);

// Nothing when the file names fewer than two accounts: then all rows are `main`'s. Else one entry for each, in the file's
// order: as chosen, else the user's account with that IBAN, name or id, else the one made for it before, else `main` for the first
// that is left over, else a new one. kNotFound when a chosen account is not the user's.
base::Result<std::vector<FileAccount>> SettleAccounts(sql::Connection& connection, const Account& main,
                                                      const statement::Statement& statement, const AccountChoices& choices);

}  // namespace finance::transaction_processor
