// The cells of a CSV file's first rows, and what can be told of each by itself.
#pragma once

#include <algorithm>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "finance/ledger/money.h"
#include "finance/statement/cell_formats.h"
#include "finance/statement/csv_records.h"

namespace finance::statement {

inline constexpr size_t kSampleRecords = 200;
inline constexpr double kMost = 0.8;  // share of cells that settles what a column is

inline bool IsSomeDate(std::string_view cell) {
  return ReadDate(cell, DateOrder::kYmd) || ReadDate(cell, DateOrder::kDmy) || ReadDate(cell, DateOrder::kMdy);
}
inline bool IsNumber(std::string_view cell) { return LooksNumeric(cell); }
inline bool IsNegative(std::string_view cell) { return IsNumber(cell) && (cell.find('-') != std::string_view::npos || cell.front() == '('); }
inline bool IsMoney(std::string_view cell) {
  return IsNumber(cell) && (cell.find_first_of(".,") != std::string_view::npos || CurrencyIn(cell).has_value());
}
inline bool IsZeroOrEmpty(std::string_view cell) {
  return cell.find_first_of("123456789") == std::string_view::npos && (cell.empty() || IsNumber(cell));
}
inline bool IsCurrency(std::string_view cell) { return cell.size() == 3 && ledger::Currency::Parse(cell).ok(); }
// Of one that does not exist, each row is told so.
inline bool LooksLikeCurrency(std::string_view cell) {
  return cell.size() == 3 && std::all_of(cell.begin(), cell.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}
// An account's number, a reference: nothing that one would read.
inline bool IsCode(std::string_view cell) {
  const auto count = [&](auto test) { return std::count_if(cell.begin(), cell.end(), test); };
  const auto digits = count([](char c) { return c >= '0' && c <= '9'; });
  const auto letters = count([](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; });
  return digits >= 6 && letters * 2 <= digits;
}
inline std::string_view CellOf(const CsvRecord& record, size_t column) {
  return column < record.cells.size() ? record.cells[column] : std::string_view();
}

// The columns' cells over the first rows. Short records (totals, notes) are left out.
class Sample {
 public:
  explicit Sample(std::span<const CsvRecord> records) {
    records = records.first(std::min(records.size(), kSampleRecords));
    for (const CsvRecord& record : records) width_ = std::max(width_, record.cells.size());
    for (const CsvRecord& record : records) {
      if (record.cells.size() * 2 > width_) rows_.push_back(&record);
    }
  }
  size_t width() const { return width_; }
  size_t height() const { return rows_.size(); }
  std::string_view cell(size_t row, size_t column) const { return CellOf(*rows_[row], column); }
  size_t Filled(size_t column) const {
    return Count(column, [](std::string_view cell) { return !cell.empty(); });
  }
  // Of the cells that are filled; 0 when none is.
  template <typename Test>
  double Share(size_t column, Test test) const {
    const size_t filled = Filled(column);
    if (filled == 0) return 0;
    return static_cast<double>(Count(column, [&](std::string_view cell) { return !cell.empty() && test(cell); })) / static_cast<double>(filled);
  }
  template <typename Test>
  bool Any(size_t column, Test test) const {
    return Share(column, test) > 0;
  }
  // The same in each of several rows: the account's own name.
  bool IsConstant(size_t column) const {
    constexpr size_t kRows = 4;
    return height() >= kRows && Filled(column) == height() && Share(column, [&](std::string_view other) { return other == cell(0, column); }) == 1;
  }
  // A few values, each in its rows: what a file of several accounts calls them.
  bool HasSeveral(size_t column) const {
    constexpr size_t kSeveralMax = 20;
    std::set<std::string_view> seen;
    for (size_t row = 0; row < height(); ++row) seen.insert(cell(row, column));
    return !seen.contains("") && seen.size() > 1 && seen.size() <= kSeveralMax && seen.size() < height();
  }
  bool IsUnique(size_t column) const {
    std::set<std::string_view> seen;
    for (size_t row = 0; row < height(); ++row) {
      if (cell(row, column).empty() || !seen.insert(cell(row, column)).second) return false;
    }
    return height() > 0;
  }

 private:
  template <typename Test>
  size_t Count(size_t column, Test test) const {
    size_t hits = 0;
    for (const CsvRecord* row : rows_) hits += test(CellOf(*row, column)) ? 1 : 0;
    return hits;
  }

  std::vector<const CsvRecord*> rows_;
  size_t width_ = 0;
};

}  // namespace finance::statement
