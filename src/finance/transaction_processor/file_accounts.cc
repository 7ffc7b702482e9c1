#include "finance/transaction_processor/file_accounts.h"

#include <algorithm>

#include "codec/json.h"
#include "codec/utf8.h"
#include "finance/ledger/sha256.h"

namespace finance::transaction_processor {
namespace {

constexpr size_t kNameBytesMax = 80;

std::string WithoutBlanks(std::string_view text) {
  std::string plain(text);
  std::erase(plain, ' ');
  return plain;
}

// The same for the same user and name, so that the next file finds it.
std::string IdFor(const ledger::UserId& user, const std::string& name) {
  return "file-" + ledger::Sha256Hex(user.str() + "\n" + name).substr(0, 32);
}

Account NewAccount(const Account& main, const FileAccount& file, const statement::Statement& statement) {
  const auto row = std::find_if(statement.rows.begin(), statement.rows.end(), [&](const auto& one) { return one.account == file.name; });
  const ledger::Currency currency = row == statement.rows.end() ? main.currency : row->amount.currency;
  return {IdFor(main.user_id, file.name), main.user_id, std::string(awry::codec::TruncateUtf8(file.name, kNameBytesMax)), "checking", currency, main.zone, {}, {}, {}, {}};
}

std::vector<FileAccount> NamedIn(const Account& main, const statement::Statement& statement) {
  std::vector<FileAccount> named;
  for (const statement::StatementRow& row : statement.rows) {
    auto found = std::find_if(named.begin(), named.end(), [&](const FileAccount& one) { return one.name == row.account; });
    if (found == named.end()) found = named.insert(named.end(), {.name = row.account, .account = main});
    ++found->rows;
  }
  return named;
}

const Account* Known(const std::vector<Account>& accounts, const Account& main, const std::string& name) {
  const auto by = [&](auto test) {
    const auto found = std::find_if(accounts.begin(), accounts.end(), test);
    return found == accounts.end() ? nullptr : &*found;
  };
  const std::string plain = WithoutBlanks(name);
  if (const Account* same = by([&](const Account& one) { return one.iban && !one.iban->empty() && *one.iban == plain; })) return same;
  if (const Account* same = by([&](const Account& one) { return one.id == IdFor(main.user_id, name); })) return same;
  return by([&](const Account& one) { return !name.empty() && (one.name == name || one.id == name); });
}

}  // namespace

base::Result<AccountChoices> ReadAccountChoices(std::string_view json) {
  ASSIGN_OR_RETURN(const awry::codec::JsonDocument document, awry::codec::JsonDocument::Parse(json));
  AccountChoices choices;
  for (const awry::codec::JsonMember& member : document.root().members()) {
    const auto id = member.value.AsString();
    if (!id) return base::InvalidArgument("accounts of the file need an id or an empty text each: {\"name in the file\": \"account\"}");
    choices.emplace(member.key, *id);
  }
  return choices;
}

base::Result<std::vector<FileAccount>> SettleAccounts(sql::Connection& connection, const Account& main,
                                                      const statement::Statement& statement, const AccountChoices& choices) {
  std::vector<FileAccount> files = NamedIn(main, statement);
  if (files.size() < 2) return std::vector<FileAccount>();
  ASSIGN_OR_RETURN(const std::vector<Account> accounts, ReadAccounts(connection, main.user_id));
  bool main_taken = std::any_of(files.begin(), files.end(), [&](const FileAccount& file) {
    const auto chosen = choices.find(file.name);
    if (chosen != choices.end()) return chosen->second == main.id;
    const Account* known = Known(accounts, main, file.name);
    return known != nullptr && known->id == main.id;
  });
  for (FileAccount& file : files) {
    const auto chosen = choices.find(file.name);
    if (chosen != choices.end() && !chosen->second.empty()) {
      const auto own = std::find_if(accounts.begin(), accounts.end(), [&](const Account& one) { return one.id == chosen->second; });
      if (own == accounts.end() && chosen->second != main.id) return base::NotFound("no account has this id: " + chosen->second.substr(0, 128));
      file.account = own == accounts.end() ? main : *own;
    } else if (const Account* known = Known(accounts, main, file.name)) {
      file.account = *known;
    } else if (chosen == choices.end() && !main_taken) {
      file.account = main;
      main_taken = true;
    } else {
      file.account = NewAccount(main, file, statement);
      file.is_new = true;
    }
  }
  return files;
}

}  // namespace finance::transaction_processor
