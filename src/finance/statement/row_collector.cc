#include "finance/statement/row_collector.h"

#include <map>

#include "codec/utf8.h"

namespace finance::statement {

bool RowCollector::Add(StatementRow row, std::string_view text) {
  if (base::Status bad = ledger::CheckTransactionDate(row.date, today_); !bad.ok()) {
    Fail(row.line, text, bad.message());
    return false;
  }
  if (row.description.empty()) row.description = "-";
  out_.rows.push_back(std::move(row));
  return true;
}

void RowCollector::Fail(uint32_t line, std::string_view text, std::string reason) {
  out_.errors.push_back({line, std::string(awry::codec::TruncateUtf8(text, kErrorTextBytesMax)), std::move(reason)});
}

void DropSharedIds(std::span<StatementRow> rows) {
  std::map<std::string, int> times;
  const auto key = [](const StatementRow& row) { return row.account + '\n' + row.external_id; };
  for (const StatementRow& row : rows) ++times[key(row)];
  for (StatementRow& row : rows) {
    if (times[key(row)] > 1) row.external_id.clear();
  }
}

void TurnSign(StatementRow& row) {
  const auto turn = [](int64_t& minor) { minor = minor == INT64_MIN ? minor : -minor; };
  turn(row.amount.minor);
  for (StatementPart& part : row.parts) turn(part.amount_minor);
  if (row.original) turn(row.original->minor);
}

base::Result<ledger::Money> ReadBareAmount(std::string_view text, ledger::Currency currency) {
  const size_t mark = text.find_last_of(".,");
  const bool comma = mark != std::string_view::npos && text[mark] == ',';
  ASSIGN_OR_RETURN(const std::string plain, PlainNumber(text, comma ? DecimalMark::kComma : DecimalMark::kPoint));
  return ledger::ParseMoney(plain, currency);
}

std::string Folded(std::string_view text) {
  std::string out;
  bool blank = false;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      blank = !out.empty();
      continue;
    }
    if (blank) out += ' ';
    blank = false;
    out += c;
  }
  return out;
}

void AppendPart(std::string& text, std::string_view more) {
  if (more.empty() || text.find(more) != std::string::npos) return;
  if (!text.empty()) text += ' ';
  text += more;
}

}  // namespace finance::statement
