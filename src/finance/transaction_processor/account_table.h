// The table of accounts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "finance/ledger/date.h"
#include "finance/ledger/money.h"
#include "finance/ledger/user_id.h"
#include "sql/database.h"

namespace finance::transaction_processor {

namespace base = awry::base;
namespace sql = awry::sql;

struct Account {
  std::string id;
  ledger::UserId user_id;
  std::string name;
  std::string kind;  // "checking", "savings", "card", "loan", "cash", "investment", "other"
  ledger::Currency currency;
  std::string zone;  // IANA name; "" means UTC
  // Unset: what is stored stays.
  std::optional<std::string> iban;          // without blanks
  std::optional<int64_t> opening_minor;     // balance before the first row
  std::optional<ledger::Date> opening_date; // nothing stored: before the first row
  std::optional<bool> closed;
};

base::Result<std::optional<Account>> FindAccount(sql::Connection& connection, const std::string& id);
base::Result<std::vector<Account>> ReadAccounts(sql::Connection& connection, const ledger::UserId& user);
// kAlreadyExists when the account is another user's.
base::Status StoreAccount(sql::Connection& connection, const Account& account);
// The user's own account for rows that name none, made on first use.
base::Result<Account> DefaultAccount(sql::Connection& connection, const ledger::UserId& user,
                                     ledger::Currency currency);

}  // namespace finance::transaction_processor
