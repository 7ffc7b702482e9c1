#include "finance/statement/csv_guess.h"

#include <cmath>
#include <cstdlib>
#include <string>

#include "finance/statement/csv_names.h"

namespace finance::statement {
namespace {

// Two words, the one for out and the other for in.
bool TellsOutFromIn(const Sample& sample, size_t column) {
  std::set<std::string_view> out, in;
  for (size_t row = 0; row < sample.height(); ++row) {
    const std::string_view cell = sample.cell(row, column);
    const auto direction = DirectionOf(cell);
    if (!direction || *direction == Direction::kNeither) return false;
    (*direction == Direction::kOut ? out : in).insert(cell);
  }
  return out.size() == 1 && in.size() == 1;
}

// CHE is Switzerland in a column of countries, and the currency of no account.
bool IsCurrencyOfAccounts(std::string_view cell) { return IsCurrency(cell) && cell != "CHE" && cell != "CHW"; }

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

}  // namespace

void FindByContent(const CsvRecord* header, const Sample& sample, CsvColumns& columns) {
  if (!columns.amount) return;
  const size_t amount = *columns.amount;
  const auto is_free = [&](size_t column) {
    const bool used = column == amount || column == columns.date || column == columns.balance;
    return !used && column < sample.width() && (header == nullptr || !NamesAnother(CellOf(*header, column)));
  };
  for (const size_t column : {amount + 1, amount - 1}) {
    if (!columns.currency && is_free(column) && sample.Share(column, IsCurrencyOfAccounts) == 1) columns.currency = column;
  }
  if (columns.mark || sample.Any(amount, IsNegative)) return;
  for (size_t column = 0; column < sample.width() && !columns.mark; ++column) {
    if (is_free(column) && sample.Filled(column) == sample.height() && TellsOutFromIn(sample, column)) columns.mark = column;
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
  FindByContent(nullptr, sample, columns);
  return columns;
}

}  // namespace finance::statement
