#include "finance/statement/csv_details.h"

#include <algorithm>

#include "finance/statement/row_collector.h"

namespace finance::statement {
namespace {

std::string_view CellAt(const CsvRecord& record, std::optional<size_t> column) {
  return column && *column < record.cells.size() ? record.cells[*column] : std::string_view();
}

std::vector<std::string> TagsOf(std::string_view cell, std::string_view marks) {
  std::vector<std::string> tags;
  while (!cell.empty()) {
    const size_t end = std::min(cell.find_first_of(marks), cell.size());
    std::string tag = Folded(cell.substr(0, end));
    if (!tag.empty() && std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(std::move(tag));
    cell.remove_prefix(std::min(end + 1, cell.size()));
  }
  return tags;
}

// Nothing when it is none, or no other currency's.
std::optional<ledger::Money> OriginalOf(std::string_view sum, std::string_view code, DecimalMark mark, const ledger::Money& amount) {
  const auto currency = ledger::Currency::Parse(code);
  if (sum.empty() || !currency.ok() || *currency == amount.currency) return {};
  const auto plain = PlainNumber(sum, mark);
  if (!plain.ok()) return {};
  auto money = ledger::ParseMoney(*plain, *currency);
  if (!money.ok() || money->minor == INT64_MIN || money->minor == 0) return {};
  if ((money->minor < 0) != (amount.minor < 0)) money->minor = -money->minor;
  return *money;
}

}  // namespace

std::string_view WithoutGuard(std::string_view cell) {
  const size_t first = cell.find_first_not_of('\'');
  const bool guard = first != std::string_view::npos && first > 0 && std::string_view("=+-@\t\r").find(cell[first]) != std::string_view::npos;
  return guard ? cell.substr(1) : cell;
}

void AddCsvDetails(const CsvRecord& record, const CsvLayout& layout, DecimalMark mark, StatementRow& out) {
  constexpr size_t kCategoryBytesMax = 200;
  const auto text = [&](std::optional<size_t> column) { return WithoutGuard(CellAt(record, column)); };
  if (const std::string_view category = text(layout.category); category.size() <= kCategoryBytesMax) out.category = category;
  out.note = text(layout.note);
  out.category_decided = layout.own && !out.category.empty();
  out.tags = TagsOf(text(layout.tags), layout.own ? "," : ",;|");
  out.transfer = text(layout.transfer);
  out.original = OriginalOf(CellAt(record, layout.original_amount), CellAt(record, layout.original_currency), mark, out.amount);
  auto parts = ParseParts(text(layout.splits), out.amount.currency);
  out.bad_parts = !parts.ok();
  if (parts.ok()) out.parts = std::move(*parts);
}

std::string FormatParts(const std::vector<StatementPart>& parts, ledger::Currency currency) {
  std::string out;
  for (const StatementPart& part : parts) {
    if (!out.empty()) out += " | ";
    out += part.category + ' ' + ledger::FormatMoney({part.amount_minor, currency});
    if (!part.note.empty()) out += ' ';
    for (const char c : part.note) {
      if (c == '|' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out;
}

base::Result<std::vector<StatementPart>> ParseParts(std::string_view text, ledger::Currency currency) {
  std::vector<StatementPart> parts;
  std::string part;
  const auto end_part = [&]() -> base::Status {
    const std::string plain = Folded(part);
    part.clear();
    const size_t first = plain.find(' ');
    if (first == std::string::npos) return base::InvalidArgument("column of splits cannot be read, expected \"category amount note | …\": " + plain.substr(0, 80));
    const size_t second = std::min(plain.find(' ', first + 1), plain.size());
    ASSIGN_OR_RETURN(const ledger::Money money, ledger::ParseMoney(std::string_view(plain).substr(first + 1, second - first - 1), currency));
    parts.push_back({money.minor, plain.substr(0, first), plain.substr(std::min(second + 1, plain.size()))});
    return {};
  };
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '|') {
      RETURN_IF_ERROR(end_part());
    } else {
      if (text[i] == '\\' && i + 1 < text.size()) ++i;
      part += text[i];
    }
  }
  if (!text.empty()) RETURN_IF_ERROR(end_part());
  return parts;
}

}  // namespace finance::statement
