#include "finance/statement/csv_columns.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <set>
#include <string>

#include "finance/statement/cell_formats.h"
#include "finance/statement/csv_names.h"

namespace finance::statement {
namespace {

using enum Meaning;

constexpr size_t kHeaderSearchRecords = 60;
constexpr size_t kSampleRecords = 200;
constexpr double kMost = 0.8;

bool IsSomeDate(std::string_view cell) {
  return ReadDate(cell, DateOrder::kYmd) || ReadDate(cell, DateOrder::kDmy) || ReadDate(cell, DateOrder::kMdy);
}
bool IsNumber(std::string_view cell) { return LooksNumeric(cell); }
bool IsNegative(std::string_view cell) { return IsNumber(cell) && (cell.find('-') != std::string_view::npos || cell.front() == '('); }
bool IsMoney(std::string_view cell) {
  return IsNumber(cell) && (cell.find_first_of(".,") != std::string_view::npos || CurrencyIn(cell).has_value());
}
bool IsZeroOrEmpty(std::string_view cell) {
  return cell.find_first_of("123456789") == std::string_view::npos && (cell.empty() || IsNumber(cell));
}
bool IsCurrency(std::string_view cell) { return cell.size() == 3 && ledger::Currency::Parse(cell).ok(); }
// An account's number, a reference: nothing that one would read.
bool IsCode(std::string_view cell) {
  const auto count = [&](auto test) { return std::count_if(cell.begin(), cell.end(), test); };
  const auto digits = count([](char c) { return c >= '0' && c <= '9'; });
  const auto letters = count([](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; });
  return digits >= 6 && letters * 2 <= digits;
}
std::string_view CellOf(const CsvRecord& record, size_t column) {
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

// --- by the header's names ---

// Does what stands in the column bear its name out? A debit or credit column may be empty.
bool BearsOut(const Sample& sample, size_t column, const Named& named) {
  if (sample.height() == 0) return true;
  const bool filled = sample.Filled(column) > 0;
  switch (named.meaning) {
    case kDate: return sample.Share(column, IsSomeDate) >= 0.5;
    case kAmount:
    case kBalance: return sample.Share(column, IsNumber) >= 0.5;
    case kDebit:
    case kCredit: return filled ? sample.Share(column, IsNumber) >= 0.5 : true;
    case kCurrency: return sample.Share(column, IsCurrency) >= kMost;
    case kMark: return filled && sample.Share(column, [](std::string_view cell) { return DirectionOf(cell).has_value(); }) >= kMost;
    case kDescription:
      return filled && (named.rank == 0 || sample.Share(column, [](std::string_view cell) {
               return IsMoney(cell) || IsSomeDate(cell) || DirectionOf(cell).has_value();
             }) < 0.5);
    case kState: return filled;
    case kId: return sample.IsUnique(column);
    case kMcc: return filled && sample.Share(column, IsNumber) == 1;
    case kAccount: return sample.HasSeveral(column);
  }
  return false;
}

struct Best {
  std::optional<size_t> column;
  int rank = 100;
  std::optional<size_t> second;
  void Offer(size_t candidate, int candidate_rank) {
    if (candidate_rank < rank) {
      second = std::exchange(column, candidate);
      rank = candidate_rank;
    } else if (!second) {
      second = candidate;
    }
  }
};

// An amount that has signs says all; one without leaves the word to debit and credit.
void ChooseAmount(const Sample& sample, CsvColumns& columns) {
  const bool sides = columns.debit && columns.credit;
  const bool is_signed = columns.amount && sample.Any(*columns.amount, IsNegative);
  if (columns.amount && (!sides || is_signed)) {
    columns.debit.reset();
    columns.credit.reset();
  } else if (sides) {
    columns.amount.reset();
  }
}

// A description goes on in the columns behind it that have no name.
void AddUnnamed(const CsvRecord& header, const Sample& sample, std::vector<size_t>& description) {
  constexpr size_t kUnnamedMax = 4;
  if (description.empty()) return;
  const size_t last = *std::max_element(description.begin(), description.end());
  for (size_t column = last + 1; column <= last + kUnnamedMax && column < header.cells.size() && header.cells[column].empty(); ++column) {
    const bool text = sample.Filled(column) > 0 && sample.Share(column, [](std::string_view cell) { return IsNumber(cell) || IsSomeDate(cell); }) < 0.5;
    if (text) description.push_back(column);
  }
}

CsvLayout LayoutByNames(const CsvRecord& header, const Sample& sample) {
  constexpr size_t kDescriptionsMax = 3;
  constexpr int kLastResort = 7;  // a kind of transaction, when nothing says more
  std::array<Best, kMeanings> best;
  std::vector<std::pair<int, size_t>> descriptions;
  for (size_t column = 0; column < header.cells.size(); ++column) {
    for (const Named& named : MeaningsOf(header.cells[column])) {
      if (!BearsOut(sample, column, named)) continue;
      best[static_cast<size_t>(named.meaning)].Offer(column, named.rank);
      if (named.meaning != kDescription) continue;
      const bool dull = sample.Share(column, IsCode) >= 0.5 || sample.IsConstant(column);
      descriptions.emplace_back(named.rank + (dull ? kLastResort : 0), column);
    }
  }
  const auto of = [&best](Meaning meaning) { return best[static_cast<size_t>(meaning)].column; };
  CsvLayout layout;
  layout.second_date = best[static_cast<size_t>(kDate)].second;
  layout.state = of(kState);
  layout.id = of(kId);
  layout.mcc = of(kMcc);
  layout.account = of(kAccount);
  CsvColumns& columns = layout.columns;
  columns = {of(kDate), of(kAmount), of(kDebit), of(kCredit), of(kMark), of(kCurrency), of(kBalance), {}};
  if (columns.debit == columns.credit) columns.debit.reset();
  ChooseAmount(sample, columns);
  std::stable_sort(descriptions.begin(), descriptions.end());
  for (const auto& [rank, column] : descriptions) {
    const bool wanted = columns.description.empty() || (rank < kLastResort && columns.description.size() < kDescriptionsMax);
    if (wanted && column != columns.date && column != columns.amount) columns.description.push_back(column);
  }
  AddUnnamed(header, sample, columns.description);
  return layout;
}

// --- by what is in the columns ---

// Two columns of which each row fills exactly one, each with one sign.
bool AreDebitAndCredit(const Sample& sample, size_t a, size_t b) {
  for (const size_t column : {a, b}) {
    const double negative = sample.Share(column, IsNegative);
    const double zero = sample.Share(column, IsZeroOrEmpty);
    if (negative > 0 && negative + zero < 1) return false;
  }
  bool a_used = false, b_used = false;
  for (size_t row = 0; row < sample.height(); ++row) {
    const bool a_zero = IsZeroOrEmpty(sample.cell(row, a));
    const bool b_zero = IsZeroOrEmpty(sample.cell(row, b));
    if (a_zero == b_zero) return false;
    a_used |= !a_zero;
    b_used |= !b_zero;
  }
  return a_used && b_used;
}

// Thousandths of each cell; 0 where there is none, or one that no account holds.
std::vector<int64_t> ValuesOf(const Sample& sample, size_t column, DecimalMark mark) {
  constexpr double kMax = 1e15;
  std::vector<int64_t> values;
  for (size_t row = 0; row < sample.height(); ++row) {
    const auto plain = PlainNumber(sample.cell(row, column), mark);
    const double value = plain.ok() ? std::strtod(plain->c_str(), nullptr) * 1000 : 0;
    values.push_back(std::abs(value) <= kMax ? std::llround(value) : 0);
  }
  return values;
}

// Does the balance go up and down by these amounts, from the top or from the bottom? Two steps at least.
bool Explains(const std::vector<int64_t>& amounts, const std::vector<int64_t>& balances) {
  size_t down = 0, up = 0;
  for (size_t i = 1; i < amounts.size(); ++i) {
    down += balances[i] - balances[i - 1] == amounts[i] ? 1 : 0;
    up += balances[i - 1] - balances[i] == amounts[i - 1] ? 1 : 0;
  }
  const size_t steps = amounts.size() - std::min<size_t>(amounts.size(), 1);
  return steps >= 2 && static_cast<double>(std::max(down, up)) >= kMost * static_cast<double>(steps);
}

DecimalMark MarkOf(const Sample& sample, const std::vector<size_t>& numeric) {
  std::vector<std::string_view> cells;
  for (const size_t column : numeric) {
    for (size_t row = 0; row < sample.height(); ++row) cells.push_back(sample.cell(row, column));
  }
  return DecideNumbers(cells, {}).mark;
}

// An amount, or debit and credit, that a balance bears out.
bool GuessByBalance(const Sample& sample, const std::vector<size_t>& numeric, CsvColumns& columns) {
  const DecimalMark mark = MarkOf(sample, numeric);
  std::vector<std::vector<int64_t>> values;
  for (const size_t column : numeric) values.push_back(ValuesOf(sample, column, mark));
  for (size_t balance = 0; balance < numeric.size(); ++balance) {
    for (size_t a = 0; a < numeric.size(); ++a) {
      if (a == balance) continue;
      if (Explains(values[a], values[balance])) {
        columns.amount = numeric[a];
        columns.balance = numeric[balance];
        return true;
      }
      for (size_t b = 0; b < numeric.size(); ++b) {
        if (b == a || b == balance || !AreDebitAndCredit(sample, numeric[a], numeric[b])) continue;
        std::vector<int64_t> sides(sample.height());
        for (size_t row = 0; row < sides.size(); ++row) sides[row] = std::abs(values[b][row]) - std::abs(values[a][row]);
        if (!Explains(sides, values[balance])) continue;
        columns.debit = numeric[a];
        columns.credit = numeric[b];
        columns.balance = numeric[balance];
        return true;
      }
    }
  }
  return false;
}

void GuessAmounts(const Sample& sample, const std::vector<size_t>& numeric, CsvColumns& columns) {
  constexpr size_t kMany = 8;
  if (numeric.size() <= kMany && GuessByBalance(sample, numeric, columns)) return;
  for (size_t i = 0; i < numeric.size(); ++i) {
    for (size_t j = i + 1; j < numeric.size(); ++j) {
      if (!AreDebitAndCredit(sample, numeric[i], numeric[j])) continue;
      columns.debit = numeric[i];
      columns.credit = numeric[j];
      return;
    }
  }
  const auto signed_one = std::find_if(numeric.begin(), numeric.end(), [&](size_t c) { return sample.Any(c, IsNegative); });
  if (signed_one != numeric.end()) {
    columns.amount = *signed_one;
  } else if (!numeric.empty()) {
    columns.amount = numeric.front();
  }
}

CsvColumns GuessColumns(const Sample& sample) {
  CsvColumns columns;
  std::vector<size_t> numeric, whole;  // with cents or signs, without
  std::pair<double, size_t> longest{0, 0};
  for (size_t column = 0; column < sample.width(); ++column) {
    const auto filled = static_cast<double>(sample.Filled(column));
    if (sample.Share(column, IsSomeDate) >= kMost && filled >= kMost * static_cast<double>(sample.height())) {
      if (!columns.date) columns.date = column;
      continue;
    }
    const double numbers = sample.Share(column, IsNumber);
    if (numbers >= kMost) {
      const bool money = sample.Any(column, IsMoney) || sample.Any(column, IsNegative);
      if (money) numeric.push_back(column);
      else if (!sample.IsConstant(column)) whole.push_back(column);
      continue;
    }
    double length = 0;
    for (size_t row = 0; row < sample.height(); ++row) length += static_cast<double>(sample.cell(row, column).size());
    const bool dull = sample.Share(column, IsCode) >= 0.5 || sample.IsConstant(column);
    if (filled > 0 && numbers < kMost && length / (dull ? 1000 : 1) > longest.first) longest = {length / (dull ? 1000 : 1), column};
  }
  numeric.insert(numeric.end(), whole.begin(), whole.end());
  GuessAmounts(sample, numeric, columns);
  if (longest.first > 0) columns.description.push_back(longest.second);
  return columns;
}

// --- where the rows begin ---

bool HasDateAt(const CsvRecord& record, size_t column) { return IsSomeDate(CellOf(record, column)); }
bool HasNumber(const CsvRecord& record) {
  return std::any_of(record.cells.begin(), record.cells.end(), [](std::string_view cell) { return IsNumber(cell) && !IsSomeDate(cell); });
}

// The first record with a date and a number whose date stands where the next record has one, too.
size_t FirstRowOf(std::span<const CsvRecord> records) {
  for (size_t i = 0; i < std::min(records.size(), kHeaderSearchRecords); ++i) {
    if (!HasNumber(records[i])) continue;
    for (size_t column = 0; column < records[i].cells.size(); ++column) {
      if (HasDateAt(records[i], column) && (i + 1 == records.size() || HasDateAt(records[i + 1], column))) return i;
    }
  }
  return 0;
}

// Names stand right above the rows: as many cells, and no date or sum among them.
bool LooksLikeHeader(const CsvRecord& record, const CsvRecord& row) {
  const bool data = std::any_of(record.cells.begin(), record.cells.end(), [](std::string_view cell) { return IsSomeDate(cell) || IsMoney(cell); });
  const auto filled = std::count_if(record.cells.begin(), record.cells.end(), [](std::string_view cell) { return !cell.empty(); });
  return !data && record.cells.size() + 1 >= row.cells.size() && static_cast<size_t>(filled) * 2 >= row.cells.size();
}

CsvLayout GuessLayout(std::span<const CsvRecord> records) {
  const size_t first = FirstRowOf(records);
  const Sample sample(records.subspan(first));
  const CsvColumns guessed = GuessColumns(sample);
  CsvLayout layout;
  layout.columns = guessed;
  layout.first_row = first;
  if (first == 0 || !LooksLikeHeader(records[first - 1], records[first])) return layout;
  layout = LayoutByNames(records[first - 1], sample);
  layout.header = first - 1;
  layout.first_row = first;
  CsvColumns& columns = layout.columns;
  if (!columns.date) columns.date = guessed.date;
  if (!columns.complete()) {
    columns.amount = guessed.amount;
    columns.debit = guessed.debit;
    columns.credit = guessed.credit;
    if (guessed.balance) columns.balance = guessed.balance;
  }
  if (columns.description.empty()) columns.description = guessed.description;
  return layout;
}

}  // namespace

CsvLayout FindLayout(std::span<const CsvRecord> records) {
  for (size_t i = 0; i < std::min(records.size(), kHeaderSearchRecords); ++i) {
    CsvLayout layout = LayoutByNames(records[i], Sample(records.subspan(i + 1)));
    if (!layout.columns.complete()) continue;
    layout.header = i;
    layout.first_row = i + 1;
    return layout;
  }
  return GuessLayout(records);
}

CsvLayout LayoutOf(CsvColumns columns, std::span<const CsvRecord> records) {
  CsvLayout layout;
  const auto first = std::find_if(records.begin(), records.end(), [&](const CsvRecord& record) { return HasDateAt(record, *columns.date); });
  if (first != records.end()) layout.first_row = static_cast<size_t>(first - records.begin());
  if (layout.first_row > 0) {
    const size_t row = layout.first_row;
    layout = LayoutByNames(records[row - 1], Sample(records.subspan(row)));
    layout.second_date.reset();  // the person has named the date
    layout.first_row = row;
    layout.header = row - 1;
  }
  layout.columns = std::move(columns);
  return layout;
}

}  // namespace finance::statement
