#include "finance/statement/csv_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace finance::statement {
namespace {

constexpr size_t kVoteLines = 60;

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

// Reads one record after the other.
class Splitter {
 public:
  Splitter(std::string_view text, char delimiter, CsvRecords& out) : text_(text), delimiter_(delimiter), out_(out) {}

  base::Status Run() {
    while (at_ < text_.size()) {
      CsvRecord record{.line = line_};
      const size_t begin = at_;
      RETURN_IF_ERROR(ReadRecord(record));
      record.text = text_.substr(begin, record_end_ - begin);
      const bool blank = std::all_of(record.cells.begin(), record.cells.end(), [](auto cell) { return cell.empty(); });
      if (blank) continue;
      if (out_.records.size() == kCsvRowsMax) {
        return base::ResourceExhausted(fmt::format("file has too many rows, split it: at most {}", kCsvRowsMax));
      }
      out_.records.push_back(std::move(record));
    }
    return {};
  }

 private:
  base::Status ReadRecord(CsvRecord& record) {
    while (true) {
      std::string_view cell;
      RETURN_IF_ERROR(ReadCell(cell));
      if (cell.size() > kCsvCellBytesMax) {
        return base::ResourceExhausted(fmt::format("a cell is too large: line {}, at most {} bytes", record.line, kCsvCellBytesMax));
      }
      record.cells.push_back(cell);
      if (at_ < text_.size() && text_[at_] == delimiter_) {
        ++at_;
        continue;
      }
      record_end_ = at_;
      EndLine();
      return {};
    }
  }

  void EndLine() {
    if (at_ >= text_.size()) return;
    at_ += text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n' ? 2 : 1;
    ++line_;
  }

  bool EndsCell(char c) const { return c == delimiter_ || c == '\n' || c == '\r'; }

  base::Status ReadCell(std::string_view& cell) {
    size_t first = at_;
    while (first < text_.size() && text_[first] == ' ') ++first;
    if (first < text_.size() && text_[first] == '"') return ReadQuoted(first, cell);
    const size_t begin = at_;
    while (at_ < text_.size() && !EndsCell(text_[at_])) ++at_;
    cell = WithoutFormula(Trim(text_.substr(begin, at_ - begin)));
    return {};
  }

  // `="2026-01-31"`: text that a spreadsheet must not read as a number.
  static std::string_view WithoutFormula(std::string_view cell) {
    const bool formula = cell.size() >= 3 && cell.starts_with("=\"") && cell.ends_with('"');
    return formula ? cell.substr(2, cell.size() - 3) : cell;
  }

  base::Status ReadQuoted(size_t quote, std::string_view& cell) {
    const uint32_t began_line = line_;
    const size_t begin = quote + 1;
    bool doubled = false;
    for (at_ = begin; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n' || (c == '\r' && (at_ + 1 == text_.size() || text_[at_ + 1] != '\n'))) ++line_;
      if (c != '"') continue;
      if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        doubled = true;
        ++at_;
        continue;
      }
      break;
    }
    if (at_ >= text_.size()) {
      return base::InvalidArgument(fmt::format("a quote is never closed: it opens in line {}", began_line));
    }
    cell = Trim(text_.substr(begin, at_ - begin));
    if (doubled) cell = Undouble(cell);
    // What stands between the closing quote and the delimiter belongs to nobody's format.
    for (++at_; at_ < text_.size() && !EndsCell(text_[at_]);) ++at_;
    return {};
  }

  std::string_view Undouble(std::string_view cell) {
    std::string& plain = out_.unquoted.emplace_back();
    for (size_t i = 0; i < cell.size(); ++i) {
      plain += cell[i];
      if (cell[i] == '"' && i + 1 < cell.size() && cell[i + 1] == '"') ++i;
    }
    return plain;
  }

  const std::string_view text_;
  const char delimiter_;
  CsvRecords& out_;
  size_t at_ = 0;
  size_t record_end_ = 0;
  uint32_t line_ = 1;
};

// How often `delimiter` stands in each of the first lines, outside quotes.
std::vector<size_t> CountPerLine(std::string_view text, char delimiter) {
  std::vector<size_t> counts;
  size_t count = 0;
  bool quoted = false;
  bool any = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == '\n' || c == '\r')) {
      if (any) counts.push_back(count);
      if (counts.size() == kVoteLines) return counts;
      count = 0;
      any = false;
      continue;
    }
    any = true;
    if (!quoted && c == delimiter) ++count;
  }
  if (any) counts.push_back(count);
  return counts;
}

}  // namespace

char VoteDelimiter(std::string_view text) {
  char best = ',';
  size_t best_score = 0;
  for (const char delimiter : std::array{',', ';', '\t', '|'}) {
    std::map<size_t, size_t> lines_with;
    for (const size_t count : CountPerLine(text, delimiter)) {
      if (count > 0) ++lines_with[count];
    }
    for (const auto& [count, lines] : lines_with) {
      // Agreement between lines counts more than many cells.
      const size_t score = lines * lines * count;
      if (score > best_score) {
        best_score = score;
        best = delimiter;
      }
    }
  }
  return best;
}

base::Result<CsvRecords> SplitRecords(std::string_view text, char delimiter) {
  CsvRecords out;
  RETURN_IF_ERROR(Splitter(text, delimiter, out).Run());
  return out;
}

}  // namespace finance::statement
