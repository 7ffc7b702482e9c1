// Elements as in the ISO 20022 message definitions camt.05{2,3,4}.001.02 to .13. One entry (Ntry) is
// one row, though it may sum up many transactions (TxDtls). pugixml reads no external entities.
#include "finance/statement/camt.h"

#include <fmt/format.h>

#include <cstring>
#include <map>
#include <pugixml.hpp>

#include "finance/statement/row_collector.h"

namespace finance::statement {
namespace {

using ledger::Currency;
using ledger::Money;
using pugi::xml_node;

constexpr size_t kDepthMax = 64;
constexpr size_t kDetailsShown = 3;

// A name without its namespace's prefix.
std::string_view LocalName(xml_node node) {
  const std::string_view name = node.name();
  const size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

xml_node Child(xml_node node, std::string_view name) {
  for (const xml_node child : node.children()) {
    if (LocalName(child) == name) return child;
  }
  return {};
}

// The node at "Refs/EndToEndId"; null when a step is missing.
xml_node At(xml_node node, std::string_view path) {
  while (node && !path.empty()) {
    const size_t slash = path.find('/');
    node = Child(node, path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  return node;
}

std::string TextAt(xml_node node, std::string_view path) { return Folded(At(node, path).text().get()); }

// pugixml reads without recursion, but a hostile depth would fill the memory with nodes.
bool IsTooDeep(std::string_view bytes) {
  size_t depth = 0;
  for (size_t i = 0; i + 1 < bytes.size(); ++i) {
    if (bytes[i] != '<') {
      if (bytes[i] == '/' && bytes[i + 1] == '>' && depth > 0) --depth;
    } else if (bytes[i + 1] == '/') {
      if (depth > 0) --depth;
    } else if (bytes[i + 1] != '!' && bytes[i + 1] != '?' && ++depth > kDepthMax) {
      return true;
    }
  }
  return false;
}

class Reader {
 public:
  Reader(std::string_view bytes, const Profile& profile, ledger::Date today, Statement& out)
      : bytes_(bytes), lines_(bytes), profile_(profile), rows_(out, today), out_(out),
        default_currency_(profile.currency.value_or(Currency::Parse("EUR").value())) {}

  // Returns how many statements there were.
  size_t Read(xml_node message) {
    size_t count = 0;
    for (const xml_node part : message.children()) {
      const std::string_view name = LocalName(part);
      if (name != "Stmt" && name != "Rpt" && name != "Ntfctn") continue;
      ReadStatement(part);
      ++count;
    }
    DropSharedIds(out_.rows);  // an end-to-end id of a collection, say
    return count;
  }

 private:
  void ReadStatement(xml_node statement) {
    account_ = TextAt(statement, "Acct/Id/IBAN");
    if (account_.empty()) account_ = TextAt(statement, "Acct/Id/Othr/Id");
    currency_ = default_currency_;
    // Not every bank says the account's currency; its balances have it.
    for (const std::string& code : {TextAt(statement, "Acct/Ccy"), std::string(At(statement, "Bal/Amt").attribute("Ccy").value()),
                                    std::string(At(statement, "Ntry/Amt").attribute("Ccy").value())}) {
      if (const auto named = Currency::Parse(code); named.ok()) {
        currency_ = *named;
        break;
      }
    }
    sum_ = 0;
    for (const xml_node entry : statement.children()) {
      if (LocalName(entry) == "Ntry") ReadEntry(entry);
    }
    CheckBalances(statement);
  }

  base::Result<Money> ReadAmount(xml_node node) const {
    Currency currency = currency_;
    const xml_node amount = At(node, "Amt");
    if (const std::string_view code = amount.attribute("Ccy").value(); !code.empty()) {
      ASSIGN_OR_RETURN(currency, Currency::Parse(code));
    }
    ASSIGN_OR_RETURN(Money money, ledger::ParseMoney(Folded(amount.text().get()), currency));
    const std::string mark = TextAt(node, "CdtDbtInd");
    if (mark != "CRDT" && mark != "DBIT") {
      return base::InvalidArgument(fmt::format("CdtDbtInd is neither CRDT nor DBIT: {}", mark.substr(0, 40)));
    }
    if (mark == "DBIT") {
      ASSIGN_OR_RETURN(money.minor, ledger::NegateMinor(money.minor));
    }
    return money;
  }

  static base::Result<ledger::Date> ReadEntryDate(xml_node entry) {
    std::string text;
    for (const std::string_view path : {"BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm"}) {
      text = TextAt(entry, path);
      if (!text.empty()) break;
    }
    if (text.empty()) return base::InvalidArgument("entry has neither BookgDt nor ValDt");
    return ledger::Date::Parse(text.substr(0, 10));
  }

  // The other party's name: the creditor's of money out, the debtor's of money in; behind the shop
  // that it collects for, where there is one.
  static std::string PartyOf(xml_node details, bool is_credit) {
    const xml_node parties = At(details, "RltdPties");
    std::string names;
    for (const std::string_view role : {is_credit ? "UltmtDbtr" : "UltmtCdtr", is_credit ? "Dbtr" : "Cdtr"}) {
      const xml_node party = At(parties, role);
      const std::string name = TextAt(party, "Nm");
      AppendPart(names, name.empty() ? TextAt(party, "Pty/Nm") : name);
    }
    return names;
  }

  static std::string DescriptionOf(xml_node entry, bool is_credit) {
    std::string text;
    size_t shown = 0;
    for (const xml_node group : entry.children()) {
      if (LocalName(group) != "NtryDtls") continue;
      for (const xml_node details : group.children()) {
        if (LocalName(details) != "TxDtls" || shown == kDetailsShown) continue;
        ++shown;
        AppendPart(text, PartyOf(details, is_credit));
        for (const xml_node line : At(details, "RmtInf").children()) {
          if (LocalName(line) == "Ustrd") AppendPart(text, Folded(line.text().get()));
        }
        AppendPart(text, TextAt(details, "RmtInf/Strd/CdtrRefInf/Ref"));
        if (text.empty()) text = TextAt(details, "AddtlTxInf");
      }
    }
    if (text.empty()) text = TextAt(entry, "AddtlNtryInf");
    if (text.empty()) text = TextAt(entry, "BkTxCd/Prtry/Cd");
    return text;
  }

  // The sum before a conversion, of an entry that is one transaction.
  static std::optional<Money> OriginalOf(xml_node entry, const Money& amount) {
    std::vector<xml_node> places = {entry};
    for (const xml_node group : entry.children()) {
      if (LocalName(group) != "NtryDtls") continue;
      for (const xml_node details : group.children()) {
        if (LocalName(details) == "TxDtls") places.push_back(details);
      }
    }
    if (places.size() > 2) return {};
    for (const xml_node place : places) {
      for (const std::string_view path : {"AmtDtls/InstdAmt/Amt", "AmtDtls/TxAmt/Amt"}) {
        const xml_node node = At(place, path);
        const auto currency = Currency::Parse(node.attribute("Ccy").value());
        if (!currency.ok() || *currency == amount.currency) continue;
        auto money = ledger::ParseMoney(Folded(node.text().get()), *currency);
        if (!money.ok() || money->minor <= 0) continue;
        if (amount.minor < 0) money->minor = -money->minor;
        return *money;
      }
    }
    return {};
  }

  static std::string IdOf(xml_node entry) {
    std::string id = TextAt(entry, "AcctSvcrRef");
    if (id.empty()) id = TextAt(entry, "NtryDtls/TxDtls/Refs/AcctSvcrRef");
    if (id.empty()) id = TextAt(entry, "NtryDtls/TxDtls/Refs/EndToEndId");
    return id == "NOTPROVIDED" ? std::string() : id;
  }

  base::Result<StatementRow> ReadRow(xml_node entry) const {
    ASSIGN_OR_RETURN(const ledger::Date date, ReadEntryDate(entry));
    ASSIGN_OR_RETURN(Money amount, ReadAmount(entry));
    StatementRow row{.date = date, .amount = amount, .description = DescriptionOf(entry, amount.minor > 0)};
    if (profile_.flip_signs.value_or(false)) {
      ASSIGN_OR_RETURN(row.amount.minor, ledger::NegateMinor(row.amount.minor));
    }
    row.external_id = IdOf(entry);
    row.original = OriginalOf(entry, row.amount);
    row.account = account_;
    const std::string status = TextAt(entry, "Sts/Cd").empty() ? TextAt(entry, "Sts") : TextAt(entry, "Sts/Cd");
    if (status == "INFO") return base::InvalidArgument("entry is for information only (Sts INFO)");
    row.pending = status == "PDNG" || status == "FUTR";
    return row;
  }

  void ReadEntry(xml_node entry) {
    const ptrdiff_t offset = entry.offset_debug();
    const size_t at = offset < 0 ? 0 : static_cast<size_t>(offset);
    const size_t start = at > 0 ? at - 1 : 0;  // of '<'
    const size_t end = bytes_.find("Ntry>", start + 5);
    const std::string_view text = bytes_.substr(start, end == std::string_view::npos ? end : end + 5 - start);
    const uint32_t line = lines_.LineOf(start);
    auto row = ReadRow(entry);
    if (!row.ok()) return rows_.Fail(line, text, row.status().message());
    row->line = line;
    const int64_t counted = row->pending || row->amount.currency != currency_ ? 0 : row->amount.minor;
    if (rows_.Add(std::move(*row), text)) sum_ = ledger::AddMinor(sum_, counted).ok() ? sum_ + counted : sum_;
  }

  void CheckBalances(xml_node statement) {
    std::map<std::string, Money> by_kind;
    for (const xml_node balance : statement.children()) {
      if (LocalName(balance) != "Bal") continue;
      const auto amount = ReadAmount(balance);
      if (amount.ok()) by_kind.try_emplace(TextAt(balance, "Tp/CdOrPrtry/Cd"), *amount);
    }
    const auto closing = by_kind.find("CLBD");
    auto opening = by_kind.find("OPBD");
    if (opening == by_kind.end()) opening = by_kind.find("PRCD");
    if (opening == by_kind.end() || closing == by_kind.end()) return;
    if (opening->second.currency != closing->second.currency) return;
    out_.balances.push_back({0, account_, opening->second, closing->second, sum_});
  }

  const std::string_view bytes_;
  LineCounter lines_;
  const Profile& profile_;
  RowCollector rows_;
  Statement& out_;
  const Currency default_currency_;
  Currency currency_ = default_currency_;
  std::string account_;
  int64_t sum_ = 0;  // booked rows of the statement in its currency
};

}  // namespace

bool LooksLikeCamt(std::string_view bytes) {
  const std::string_view head = bytes.substr(0, 4 << 10);
  for (const std::string_view name : {"camt.052", "camt.053", "camt.054", "BkToCstmr"}) {
    if (head.find(name) != std::string_view::npos) return true;
  }
  return false;
}

base::Status ParseCamt(std::string_view bytes, const Profile& profile, ledger::Date today, Statement& out) {
  if (IsTooDeep(bytes)) return base::InvalidArgument(fmt::format("XML is nested too deeply: more than {} elements", kDepthMax));
  pugi::xml_document document;
  const pugi::xml_parse_result result = document.load_buffer(bytes.data(), bytes.size(), pugi::parse_default, pugi::encoding_utf8);
  if (!result) {
    LineCounter lines(bytes);
    return base::InvalidArgument(fmt::format("XML cannot be read: {} in line {}", result.description(),
                                             lines.LineOf(static_cast<size_t>(std::max<ptrdiff_t>(result.offset, 0)))));
  }
  Reader reader(bytes, profile, today, out);
  size_t statements = 0;
  for (const xml_node message : Child(document, "Document").children()) statements += reader.Read(message);
  if (statements == 0) return base::InvalidArgument("XML has no Stmt, Rpt or Ntfctn: is it a camt.052, .053 or .054?");
  return {};
}

}  // namespace finance::statement
