#include "finance/transaction_processor/account_table.h"

#include "finance/ledger/sha256.h"

namespace finance::transaction_processor {
namespace {

using ledger::Currency;
using ledger::UserId;

base::Result<Account> ReadAccount(const sql::Row& row) {
  ASSIGN_OR_RETURN(UserId user, UserId::Parse(row.Text(1)));
  ASSIGN_OR_RETURN(const Currency currency, Currency::Parse(row.Text(4)));
  Account account{row.Text(0), std::move(user), row.Text(2), row.Text(3), currency, row.Text(5), row.Text(6), row.Int(7), {}, row.Int(9) != 0};
  if (!row.is_null(8)) account.opening_date = ledger::Date::FromDays(static_cast<int32_t>(row.Int(8)));
  return account;
}

}  // namespace

base::Result<std::optional<Account>> FindAccount(sql::Connection& connection, const std::string& id) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT id, user_id, name, kind, currency, zone, iban, opening_minor, opening_day, closed"
                                    " FROM accounts WHERE id = $1",
                                    {id}));
  if (rows.empty()) return std::optional<Account>();
  ASSIGN_OR_RETURN(Account account, ReadAccount(rows[0]));
  return std::optional<Account>(std::move(account));
}

base::Result<std::vector<Account>> ReadAccounts(sql::Connection& connection, const UserId& user) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT id, user_id, name, kind, currency, zone, iban, opening_minor, opening_day, closed"
                                    " FROM accounts WHERE user_id = $1 ORDER BY id",
                                    {user.str()}));
  std::vector<Account> accounts;
  for (const sql::Row& row : rows) {
    ASSIGN_OR_RETURN(Account account, ReadAccount(row));
    accounts.push_back(std::move(account));
  }
  return accounts;
}

base::Status StoreAccount(sql::Connection& connection, const Account& account) {
  ASSIGN_OR_RETURN(const std::optional<Account> known, FindAccount(connection, account.id));
  if (known && known->user_id != account.user_id) {
    return base::AlreadyExists("account id is another user's, choose another one: " + account.id);
  }
  const Account& old = known ? *known : account;
  const std::optional<ledger::Date> opened = account.opening_date ? account.opening_date : old.opening_date;
  return connection
      .Execute("INSERT INTO accounts (id, user_id, name, kind, currency, zone, iban, opening_minor, opening_day, closed)"
               " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
               " ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind,"
               " currency = excluded.currency, zone = excluded.zone, iban = excluded.iban,"
               " opening_minor = excluded.opening_minor, opening_day = excluded.opening_day, closed = excluded.closed",
               {account.id, account.user_id.str(), account.name, account.kind, std::string(account.currency.str()),
                account.zone, account.iban.value_or(old.iban.value_or("")),
                account.opening_minor.value_or(old.opening_minor.value_or(0)),
                opened ? sql::SqlValue(int64_t{opened->days()}) : sql::SqlValue(),
                int64_t{account.closed.value_or(old.closed.value_or(false)) ? 1 : 0}})
      .status();
}

base::Result<Account> DefaultAccount(sql::Connection& connection, const UserId& user, Currency currency) {
  // A digest, since a user id may fill all of an account id's length by itself.
  const std::string id = "default-" + ledger::Sha256Hex(user.str()).substr(0, 32);
  ASSIGN_OR_RETURN(std::optional<Account> known, FindAccount(connection, id));
  if (known) return std::move(*known);
  Account account{id, user, "Everyday", "checking", currency, "", {}, {}, {}, {}};
  RETURN_IF_ERROR(StoreAccount(connection, account));
  return account;
}

}  // namespace finance::transaction_processor
