#include "finance/transaction_processor/export.h"

#include <fmt/format.h>

#include <algorithm>

#include "codec/json.h"
#include "finance/ledger/money.h"
#include "finance/statement/bank_json.h"
#include "finance/statement/csv_columns.h"
#include "finance/statement/csv_details.h"
#include "finance/transaction_processor/rule.h"
#include "finance/transaction_processor/transaction_json.h"
#include "finance/transaction_processor/transfer_table.h"

namespace finance::transaction_processor {
namespace {

using awry::codec::JsonWriter;

constexpr size_t kPieceBytes = 64 << 10;

// Gathers small texts into pieces.
class Pieces {
 public:
  explicit Pieces(const Writer& write) : write_(write) {}
  std::string& text() { return text_; }
  base::Status Pass(size_t bytes_min = kPieceBytes) {
    if (text_.size() < bytes_min || text_.empty()) return {};
    if (!write_(text_)) return {base::StatusCode::kCancelled, "reader of the export is gone"};
    text_.clear();
    return {};
  }

 private:
  const Writer& write_;
  std::string text_;
};

// --- CSV ---

// A spreadsheet would run what begins so. Quotes before it count too: the import takes one off.
bool NeedsGuard(std::string_view text) {
  const size_t first = text.find_first_not_of('\'');
  return first != std::string_view::npos && std::string_view("=+-@\t\r").find(text[first]) != std::string_view::npos;
}

void AppendCell(std::string& out, std::string_view text, bool is_text) {
  std::string cell = is_text && NeedsGuard(text) ? "'" : "";
  cell += text;
  // Readers trim what is not quoted.
  const bool quote = cell.find_first_of(",\"\r\n;\t") != std::string::npos || cell.starts_with(' ') || cell.ends_with(' ');
  if (!quote) {
    out += cell;
    return;
  }
  out += '"';
  for (const char c : cell) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  out += '"';
}

void AppendCsvRow(std::string& out, const StoredTransaction& stored) {
  const ledger::Transaction& row = stored.row;
  std::string tags;
  for (const std::string& tag : stored.tags) tags += (tags.empty() ? "" : ",") + tag;
  const auto text = [&out](std::string_view cell) {
    AppendCell(out, cell, true);
    out += ',';
  };
  out += row.date.ToString() + ',' + ledger::FormatMoney(row.amount) + ',' + std::string(row.amount.currency.str()) + ',';
  text(row.raw_description);
  text(row.description == row.raw_description ? "" : row.description);
  // None is said where somebody has chosen it; where nobody has found one, the next may.
  const bool open = row.category_source == ledger::CategorySource::kNone ||
                    (row.category_source == ledger::CategorySource::kModel && row.category == ledger::Category::kUncategorized);
  text(open ? "" : ledger::CategoryId(row.category));
  text(row.account);
  text(ledger::BankStatusName(row.status));
  text(stored.note);
  text(tags);
  text(row.mcc ? fmt::format("{:04}", *row.mcc) : "");
  out += stored.original ? fmt::format("{},{},", ledger::FormatMoney(*stored.original), stored.original->currency.str()) : ",,";
  std::vector<statement::StatementPart> parts;
  for (const Part& part : stored.parts) parts.push_back({part.amount_minor, std::string(ledger::CategoryId(part.category)), part.note});
  text(statement::FormatParts(parts, row.amount.currency));
  text(stored.transfer_id);
  AppendCell(out, row.id, true);
  out += "\r\n";
}

// --- OFX ---

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20) out += c;
        else out += ' ';
    }
  }
  return out;
}

std::string OfxDate(ledger::Date date) { return fmt::format("{:04}{:02}{:02}", date.year(), date.month(), date.day()); }

void AppendOfxRow(std::string& out, const StoredTransaction& stored) {
  const ledger::Transaction& row = stored.row;
  const bool pending = row.status == ledger::BankStatus::kPending;
  const std::string tag = pending ? "STMTTRNP" : "STMTTRN";
  out += fmt::format("<{}><TRNTYPE>{}</TRNTYPE><{}>{}</{}>", tag, row.amount.minor < 0 ? "DEBIT" : "CREDIT",
                     pending ? "DTTRAN" : "DTPOSTED", OfxDate(row.date), pending ? "DTTRAN" : "DTPOSTED");
  out += fmt::format("<TRNAMT>{}</TRNAMT>", ledger::FormatMoney(row.amount));
  if (!pending) out += fmt::format("<FITID>{}</FITID>", Escaped(row.external_id.empty() ? row.id : row.external_id));
  if (row.mcc) out += fmt::format("<SIC>{:04}</SIC>", *row.mcc);
  // NAME holds 32 characters; what is longer stands in MEMO alone.
  const std::string description = Escaped(row.raw_description);
  out += row.raw_description.size() <= 32 ? "<NAME>" + description + "</NAME>" : "<MEMO>" + description + "</MEMO>";
  out += "</" + tag + ">\n";
}

base::Status AppendOfxAccount(sql::Connection& connection, const Account& account, TransactionFilter filter, Pieces& pieces) {
  filter.account = account.id;
  ASSIGN_OR_RETURN(const sql::Rows days,
                   connection.Query("SELECT MIN(day), MAX(day) FROM day_sums WHERE user_id = $1 AND account = $2 AND balance_rows > 0",
                                    {filter.user.str(), account.id}));
  if (days[0].is_null(0)) return {};
  const ledger::Date first = ledger::Date::FromDays(static_cast<int32_t>(days[0].Int(0)));
  const ledger::Date last = ledger::Date::FromDays(static_cast<int32_t>(days[0].Int(1)));
  const bool card = account.kind == "card";
  std::string& out = pieces.text();
  out += card ? "<CCSTMTTRNRS>" : "<STMTTRNRS>";
  out += "<TRNUID>0</TRNUID><STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS>";
  out += card ? "<CCSTMTRS>" : "<STMTRS>";
  out += fmt::format("<CURDEF>{}</CURDEF>", account.currency.str());
  out += card ? fmt::format("<CCACCTFROM><ACCTID>{}</ACCTID></CCACCTFROM>", Escaped(account.id))
              : fmt::format("<BANKACCTFROM><BANKID>0</BANKID><ACCTID>{}</ACCTID><ACCTTYPE>{}</ACCTTYPE></BANKACCTFROM>", Escaped(account.id),
                            account.kind == "savings" ? "SAVINGS" : "CHECKING");
  out += fmt::format("<BANKTRANLIST><DTSTART>{}</DTSTART><DTEND>{}</DTEND>\n", OfxDate(std::max(first, filter.from.value_or(first))),
                     OfxDate(std::min(last, filter.to.value_or(last))));
  int64_t balance = account.opening_minor.value_or(0);
  RETURN_IF_ERROR(VisitTransactions(connection, filter, [&](StoredTransaction& row) -> base::Status {
    // One statement has one currency.
    if (!row.parent.empty() || row.row.amount.currency != account.currency) return {};
    ASSIGN_OR_RETURN(balance, ledger::AddMinor(balance, row.row.amount.minor));
    AppendOfxRow(pieces.text(), row);
    return pieces.Pass();
  }));
  pieces.text() += fmt::format("</BANKTRANLIST><LEDGERBAL><BALAMT>{}</BALAMT><DTASOF>{}</DTASOF></LEDGERBAL>",
                               ledger::FormatMoney({balance, account.currency}), OfxDate(last));
  pieces.text() += card ? "</CCSTMTRS></CCSTMTTRNRS>\n" : "</STMTRS></STMTTRNRS>\n";
  return {};
}

// --- JSON ---

// What TransactionJson leaves out, since only a copy of the ledger needs it.
void WriteWhole(JsonWriter& json, StoredTransaction& stored) {
  const ledger::Transaction& row = stored.row;
  json.BeginObject().Key("id").String(row.id).Key("account").String(row.account).Key("date").String(row.date.ToString());
  json.Key("amount_minor").Int(row.amount.minor).Key("currency").String(row.amount.currency.str());
  json.Key("description").String(row.raw_description).Key("merchant").String(row.description);
  if (stored.original) json.Key("original_minor").Int(stored.original->minor).Key("original_currency").String(stored.original->currency.str());
  if (row.mcc) json.Key("mcc").Int(*row.mcc);
  if (row.booked_at_ns) json.Key("booked_at_ns").Int(*row.booked_at_ns);
  json.Key("status").String(ledger::BankStatusName(row.status)).Key("category").String(ledger::CategoryId(row.category));
  json.Key("category_source").String(ledger::CategorySourceName(row.category_source)).Key("confidence").Double(row.confidence);
  if (stored.predicted) json.Key("predicted_category").String(ledger::CategoryId(*stored.predicted)).Key("model_version").String(row.model_version);
  if (!stored.alternatives_json.empty()) json.Key("alternatives").Raw(stored.alternatives_json);
  json.Key("fingerprint").String(row.fingerprint).Key("occurrence").Int(row.occurrence).Key("external_id").String(row.external_id);
  json.Key("source").String(stored.source).Key("note").String(stored.note).Key("tags").BeginArray();
  for (const std::string& tag : stored.tags) json.String(tag);
  json.EndArray().Key("reconciled").Bool(stored.reconciled).Key("deleted_ns").Int(stored.deleted_ns);
  json.Key("trace_id").String(row.trace_id).Key("rule_id").String(stored.rule_id).Key("parent").String(stored.parent);
  json.Key("part_count").Int(stored.part_count).Key("transfer_id").String(stored.transfer_id).EndObject();
}

base::Status WriteRows(sql::Connection& connection, const TransactionFilter& filter, Pieces& pieces, bool& first) {
  return VisitTransactions(connection, filter, [&](StoredTransaction& row) -> base::Status {
    pieces.text() += first ? "\n" : ",\n";
    first = false;
    JsonWriter json(pieces.text());
    WriteWhole(json, row);
    return pieces.Pass();
  });
}

base::Status WriteTables(sql::Connection& connection, const ledger::UserId& user, std::string& out) {
  ASSIGN_OR_RETURN(const std::vector<Account> accounts, ReadAccounts(connection, user));
  ASSIGN_OR_RETURN(const std::vector<Rule> rules, ReadRules(connection, user));
  ASSIGN_OR_RETURN(const sql::Rows transfers,
                   connection.Query("SELECT id, out_id, in_id, state, how, reason, day, accounts, before FROM transfers WHERE user_id = $1 ORDER BY id",
                                    {user.str()}));
  ASSIGN_OR_RETURN(const sql::Rows merged,
                   connection.Query("SELECT m.transaction_id, m.account, m.external_id, m.fingerprint FROM merged_ids m"
                                    " JOIN transactions t ON t.id = m.transaction_id WHERE t.user_id = $1 ORDER BY 1, 3, 4",
                                    {user.str()}));
  JsonWriter json(out);
  json.BeginArray();
  for (const Account& account : accounts) json.Raw(AccountJson(account));
  json.EndArray();
  out += ",\n\"rules\":";
  JsonWriter rule_json(out);
  rule_json.BeginArray();
  for (const Rule& rule : rules) {
    rule_json.BeginObject().Key("rule").Raw(RuleJson(rule)).Key("merchant").String(rule.learned_merchant).EndObject();
  }
  rule_json.EndArray();
  for (const auto& [name, rows] : {std::pair<std::string_view, const sql::Rows&>{"transfers", transfers}, {"merged_ids", merged}}) {
    out += fmt::format(",\n\"{}\":", name);
    JsonWriter list(out);
    list.BeginArray();
    for (const sql::Row& row : rows) {
      list.BeginArray();
      for (size_t i = 0; i < row.size(); ++i) {
        if (name == "transfers" && (i == 3 || i == 4 || i == 6)) {
          list.Int(row.Int(i));
        } else {
          list.String(row.Text(i));
        }
      }
      list.EndArray();
    }
    list.EndArray();
  }
  return {};
}

}  // namespace

base::Status ExportCsv(sql::Connection& connection, const TransactionFilter& filter, const Writer& write) {
  Pieces pieces(write);
  pieces.text() = fmt::format("{}\r\n", statement::kOwnCsvHeader);
  RETURN_IF_ERROR(VisitTransactions(connection, filter, [&](StoredTransaction& row) -> base::Status {
    if (!row.parent.empty()) return {};
    if (row.part_count > 0) RETURN_IF_ERROR(LoadDetails(connection, row));
    AppendCsvRow(pieces.text(), row);
    return pieces.Pass();
  }));
  return pieces.Pass(0);
}

base::Status ExportJson(sql::Connection& connection, const TransactionFilter& filter, const Writer& write) {
  Pieces pieces(write);
  pieces.text() = fmt::format("{{\"schema\":\"{}\",\n\"accounts\":", statement::kOwnSchema);
  RETURN_IF_ERROR(WriteTables(connection, filter.user, pieces.text()));
  pieces.text() += ",\n\"transactions\":[";
  bool first = true;
  TransactionFilter deleted = filter;
  deleted.deleted = true;
  RETURN_IF_ERROR(WriteRows(connection, filter, pieces, first));
  RETURN_IF_ERROR(WriteRows(connection, deleted, pieces, first));
  pieces.text() += "\n]}\n";
  return pieces.Pass(0);
}

base::Status ExportOfx(sql::Connection& connection, const TransactionFilter& filter, const std::string& now_text, const Writer& write) {
  Pieces pieces(write);
  pieces.text() = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n"
                  "<?OFX OFXHEADER=\"200\" VERSION=\"220\" SECURITY=\"NONE\" OLDFILEUID=\"NONE\" NEWFILEUID=\"NONE\"?>\n<OFX>"
                  "<SIGNONMSGSRSV1><SONRS><STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS><DTSERVER>" + now_text +
                  "</DTSERVER><LANGUAGE>ENG</LANGUAGE></SONRS></SIGNONMSGSRSV1>\n";
  ASSIGN_OR_RETURN(const std::vector<Account> accounts, ReadAccounts(connection, filter.user));
  for (const bool card : {false, true}) {
    const std::string_view set = card ? "CREDITCARDMSGSRSV1" : "BANKMSGSRSV1";
    const auto belongs = [&](const Account& account) {
      return (account.kind == "card") == card && (filter.account.empty() || filter.account == account.id);
    };
    if (std::none_of(accounts.begin(), accounts.end(), belongs)) continue;
    pieces.text() += fmt::format("<{}>", set);
    for (const Account& account : accounts) {
      if (belongs(account)) RETURN_IF_ERROR(AppendOfxAccount(connection, account, filter, pieces));
    }
    pieces.text() += fmt::format("</{}>\n", set);
  }
  pieces.text() += "</OFX>\n";
  return pieces.Pass(0);
}

}  // namespace finance::transaction_processor
