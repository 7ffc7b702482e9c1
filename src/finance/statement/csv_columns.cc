#include "finance/statement/csv_columns.h"

#include <algorithm>
#include <array>
#include <string>

#include "finance/statement/csv_guess.h"
#include "finance/statement/csv_names.h"

namespace finance::statement {
namespace {

using enum Meaning;

constexpr size_t kHeaderSearchRecords = 60;

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
    case kCurrency: return sample.Share(column, IsCurrency) >= 0.5 || (named.rank == 0 && sample.Share(column, LooksLikeCurrency) >= kMost);
    case kMark: return filled && sample.Share(column, [](std::string_view cell) { return DirectionOf(cell).has_value(); }) >= kMost;
    case kDescription:
      return filled && (named.rank == 0 || sample.Share(column, [](std::string_view cell) {
               return IsMoney(cell) || IsSomeDate(cell) || DirectionOf(cell).has_value();
             }) < 0.5);
    case kState: return filled;
    case kId: return sample.IsUnique(column);
    case kMcc: return filled && sample.Share(column, IsNumber) == 1;
    case kAccount: return sample.HasSeveral(column);
    case kCategory:
    case kTags: return filled && sample.Share(column, [](std::string_view cell) { return IsNumber(cell) || IsSomeDate(cell); }) == 0;
    case kNote:
    case kTransfer: return filled;
    case kSplits: return sample.Any(column, [](std::string_view cell) {  // "category amount …"
      const size_t first = std::min(cell.find(' '), cell.size() - 1);
      return LooksNumeric(cell.substr(first + 1, cell.find(' ', first + 1) - first - 1));
    });
    case kOriginalAmount: return sample.Share(column, IsNumber) == 1;
    case kOriginalCurrency: return sample.Share(column, IsCurrency) == 1;
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

bool IsOwnHeader(const CsvRecord& header) {
  std::string_view rest = kOwnCsvHeader;
  for (const std::string_view cell : header.cells) {
    if (!rest.starts_with(cell)) return false;
    rest.remove_prefix(cell.size());
    if (!rest.empty() && rest.front() != ',') return false;
    rest.remove_prefix(std::min<size_t>(rest.size(), 1));
  }
  return rest.empty();
}

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

// Columns that say more of a row, where they say nothing else yet.
template <typename Of>
void AddExtras(const Of& of, CsvLayout& layout) {
  const CsvColumns& columns = layout.columns;
  const auto free = [&](Meaning meaning) {
    const std::optional<size_t> column = of(meaning);
    const auto& text = columns.description;
    const bool used = !column || column == columns.date || column == columns.amount || column == columns.debit || column == columns.credit ||
                      column == columns.currency || column == columns.mark || column == columns.balance ||
                      std::find(text.begin(), text.end(), *column) != text.end();
    return used ? std::nullopt : column;
  };
  layout.category = free(kCategory);
  layout.note = free(kNote);
  layout.tags = free(kTags);
  layout.splits = free(kSplits);
  layout.transfer = free(kTransfer);
  layout.original_amount = free(kOriginalAmount);
  layout.original_currency = free(kOriginalCurrency);
  if (layout.original_amount && layout.original_currency) return;
  layout.original_amount.reset();
  layout.original_currency.reset();
}

// Found by its cells alone, under a name of something else: a card may be "Debit" or "Credit" as well.
bool IsDoubtfulMark(const CsvRecord& header, std::optional<size_t> mark, std::optional<size_t> named) {
  return mark && mark != named && !CellOf(header, *mark).empty() && !NamesMark(CellOf(header, *mark));
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
  FindByContent(&header, sample, columns);
  layout.doubtful_mark = IsDoubtfulMark(header, columns.mark, of(kMark));
  std::stable_sort(descriptions.begin(), descriptions.end());
  for (const auto& [rank, column] : descriptions) {
    const bool wanted = columns.description.empty() || (rank < kLastResort && columns.description.size() < kDescriptionsMax);
    if (wanted && column != columns.date && column != columns.amount && column != columns.mark) columns.description.push_back(column);
  }
  AddUnnamed(header, sample, columns.description);
  AddExtras(of, layout);
  layout.own = IsOwnHeader(header);
  if (layout.own) {  // whatever is in them: a tag may be a number
    constexpr size_t kCategoryColumn = 5, kTagsColumn = 9;
    layout.category = kCategoryColumn;
    layout.tags = kTagsColumn;
  }
  return layout;
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
    if (!columns.mark) {
      columns.mark = guessed.mark;
      layout.doubtful_mark = IsDoubtfulMark(records[first - 1], columns.mark, {});
    }
    if (!columns.currency) columns.currency = guessed.currency;
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
    layout.doubtful_mark = false;
    layout.first_row = row;
    layout.header = row - 1;
  }
  layout.columns = std::move(columns);
  return layout;
}

}  // namespace finance::statement
