// Text → records → columns → decisions over whole columns → rows.
#include "finance/statement/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "codec/utf8.h"
#include "finance/ledger/sha256.h"
#include "finance/statement/bank_details.h"
#include "finance/statement/csv_columns.h"
#include "finance/statement/csv_details.h"
#include "finance/statement/csv_names.h"
#include "finance/statement/csv_records.h"
#include "finance/statement/csv_signs.h"

namespace finance::statement {
namespace {

using ledger::Currency;
using ledger::Money;

std::string_view CellAt(const CsvRecord& record, std::optional<size_t> column) {
  return column && *column < record.cells.size() ? record.cells[*column] : std::string_view();
}

std::vector<std::string_view> ColumnOf(std::span<const CsvRecord> rows, std::optional<size_t> column) {
  std::vector<std::string_view> cells;
  for (const CsvRecord& row : rows) {
    const std::string_view cell = CellAt(row, column);
    if (!cell.empty()) cells.push_back(cell);
  }
  return cells;
}

class Reader {
 public:
  Reader(const Profile& profile, ledger::Date today, CsvLayout layout, std::span<const CsvRecord> records)
      : profile_(profile), today_(today), layout_(std::move(layout)), rows_(records.subspan(layout_.first_row)) {
    if (layout_.header) header_ = &records[*layout_.header];
  }

  Statement Read() {
    Decide();
    for (const CsvRecord& row : rows_) ReadRow(row);
    DropTrailer();
    DropRepeatedIds();
    const bool told = !columns_.amount || use_marks_;  // by two columns, or by a word
    DecideSigns(statement_, balances_, told ? profile_.flip_signs.value_or(false) : profile_.flip_signs);
    const bool proven = !statement_.balances.empty() && statement_.balances[0].agrees();
    statement_.ambiguous_signs |= use_marks_ && layout_.doubtful_mark && !profile_.flip_signs && !proven;
    return std::move(statement_);
  }

 private:
  void Decide() {
    const DateDecision dates = DecideDates(ColumnOf(rows_, columns_.date), PreferredOrder());
    statement_.date_order = profile_.date_order.value_or(dates.order);
    if (dates.candidates.size() > 1 && !profile_.date_order) statement_.ambiguous_dates = dates.candidates;

    const auto months = profile_.months ? profile_.months : DecideMonths(ColumnOf(rows_, columns_.date));
    months_ = months.value_or(MonthNames::kUsual);
    statement_.ambiguous_months = !months;

    std::vector<std::string_view> numbers;
    for (const auto& column : {columns_.amount, columns_.debit, columns_.credit}) {
      const auto cells = ColumnOf(rows_, column);
      numbers.insert(numbers.end(), cells.begin(), cells.end());
    }
    const NumberDecision decision = DecideNumbers(numbers, profile_.decimal_mark);
    mark_ = profile_.decimal_mark.value_or(decision.mark);
    statement_.decimal_mark = mark_;
    statement_.ambiguous_numbers = decision.ambiguous;
    // Some banks write their balances by another country's rules.
    const auto balances = ColumnOf(rows_, columns_.balance);
    balance_mark_ = DecideNumbers(balances, mark_).mark;
    if (decision.ambiguous && !profile_.decimal_mark && !DecideNumbers(balances, {}).ambiguous && !balances.empty()) {
      statement_.decimal_mark = mark_ = balance_mark_ = DecideNumbers(balances, {}).mark;
      statement_.ambiguous_numbers = false;
    }
    DecideMarks();
    DecideCurrency();
    turn_debits_ = IsSignForShow(columns_.debit);
    turn_credits_ = IsSignForShow(columns_.credit);
  }

  // A file that is sorted under one reading of its dates alone is most likely meant so.
  std::optional<DateOrder> PreferredOrder() const {
    std::optional<DateOrder> sorted;
    for (const DateOrder order : {DateOrder::kDmy, DateOrder::kMdy}) {
      if (!IsSorted(order)) continue;
      if (sorted) return currency_hint();
      sorted = order;
    }
    return sorted ? sorted : currency_hint();
  }

  std::optional<DateOrder> currency_hint() const {
    if (profile_.currency && profile_.currency->str() == "USD") return DateOrder::kMdy;
    return DateOrder::kDmy;
  }

  bool IsSorted(DateOrder order) const {
    bool up = true, down = true;
    std::optional<ledger::Date> last;
    for (const std::string_view cell : ColumnOf(rows_, columns_.date)) {
      const auto date = ReadDate(cell, order);
      if (!date) continue;
      if (last && *date < *last) up = false;
      if (last && *date > *last) down = false;
      last = date;
    }
    return last && (up || down);
  }

  // The mark column counts only when every row has a word that we know and no amount has a sign.
  void DecideMarks() {
    if (!columns_.mark || !columns_.amount) return;
    const auto marks = ColumnOf(rows_, columns_.mark);
    const bool known = std::all_of(marks.begin(), marks.end(), [](std::string_view cell) { return DirectionOf(cell).has_value(); });
    const auto amounts = ColumnOf(rows_, columns_.amount);
    use_marks_ = known && std::none_of(amounts.begin(), amounts.end(), HasMinus) && !marks.empty();
  }

  static bool HasMinus(std::string_view cell) { return cell.find_first_of("-(") != std::string_view::npos || cell.find("\xE2\x88\x92") != std::string_view::npos; }

  // A column of debits that are all negative (or of credits) has its sign for show; of some, they are money back.
  bool IsSignForShow(std::optional<size_t> column) const {
    const auto cells = ColumnOf(rows_, column);
    return std::all_of(cells.begin(), cells.end(), [](std::string_view cell) {
      return HasMinus(cell) || cell.find_first_of("123456789") == std::string_view::npos;
    });
  }

  void DecideCurrency() {
    if (profile_.currency) currency_ = *profile_.currency;
    currency_named_ = profile_.currency.has_value();
    if (profile_.currency || header_ == nullptr) return;
    for (const auto& column : {columns_.amount, columns_.debit}) {
      const auto named = CurrencyIn(CellAt(*header_, column));
      if (named) currency_ = *named;
      currency_named_ |= named.has_value();
    }
  }

  // "Amount (CAD)" says more than the "$" in the cells.
  Currency CurrencyOf(const CsvRecord& row) const {
    for (const auto& column : {columns_.amount, columns_.debit, columns_.credit}) {
      if (currency_named_) break;
      if (const auto in_cell = CurrencyIn(CellAt(row, column))) return *in_cell;
    }
    return currency_;
  }

  void Fail(const CsvRecord& row, std::string reason) {
    statement_.errors.push_back(
        {row.line, std::string(awry::codec::TruncateUtf8(row.text, kErrorTextBytesMax)), std::move(reason)});
  }

  std::string Description(const CsvRecord& row) const {
    std::string text;
    for (const size_t column : columns_.description) {
      const std::string_view cell = WithoutGuard(CellAt(row, column));
      if (cell.empty() || text.find(cell) != std::string::npos) continue;
      if (!text.empty()) text += ' ';
      text += cell.starts_with('/') ? DescriptionOfDetails(cell) : std::string(cell);
    }
    return text;
  }

  bool IsHeaderAgain(const CsvRecord& row) const { return header_ != nullptr && row.cells == header_->cells; }

  void ReadRow(const CsvRecord& row) {
    if (IsHeaderAgain(row)) return;
    std::string_view date_cell = CellAt(row, columns_.date);
    const bool no_amount = CellAt(row, columns_.amount).empty() && CellAt(row, columns_.debit).empty() && CellAt(row, columns_.credit).empty();
    if (date_cell.empty() && no_amount) return Continue(row);
    if (no_amount && !CellAt(row, columns_.balance).empty()) return;  // "Opening balance": no transaction
    const RowState state = StateOf(CellAt(row, layout_.state));
    if (state == RowState::kFailed) {
      return Fail(row, fmt::format("the bank says that it did not happen: {}", CellAt(row, layout_.state).substr(0, 40)));
    }
    bool pending = state == RowState::kPending;
    if (date_cell.empty()) {
      date_cell = CellAt(row, layout_.second_date);
      pending |= !layout_.state;
    }
    const auto date = ReadDate(date_cell, statement_.date_order, months_);
    if (!date) return Fail(row, fmt::format("date cannot be read: {}", date_cell.substr(0, 40)));
    if (base::Status bad = ledger::CheckTransactionDate(*date, today_); !bad.ok()) return Fail(row, bad.message());
    auto amount = ReadAmount(row);
    if (!amount.ok()) return Fail(row, amount.status().message());
    std::string description = Description(row);
    if (NamesBalance(description)) return Fail(row, "row is a balance or a total of the statement, no transaction");
    if (description.empty()) description = "-";
    StatementRow read{.line = row.line, .date = *date, .amount = *amount, .description = std::move(description),
                      .external_id = IdOf(row), .account = std::string(CellAt(row, layout_.account)), .mcc = MccOf(row), .pending = pending};
    AddCsvDetails(row, layout_, mark_, read);
    statement_.rows.push_back(std::move(read));
    balances_.push_back(BalanceOf(row, amount->currency));
    last_read_record_ = &row;
  }

  std::string IdOf(const CsvRecord& row) const {
    constexpr size_t kIdBytesMax = 200;
    const std::string_view id = CellAt(row, layout_.id);
    return id.size() <= kIdBytesMax ? std::string(id) : std::string();
  }

  int MccOf(const CsvRecord& row) const {
    const std::string_view cell = CellAt(row, layout_.mcc);
    int mcc = 0;
    const auto end = std::from_chars(cell.data(), cell.data() + cell.size(), mcc);
    return end.ptr == cell.data() + cell.size() && mcc > 0 && mcc <= 9999 ? mcc : 0;
  }

  std::optional<int64_t> BalanceOf(const CsvRecord& row, Currency currency) const {
    const std::string_view cell = CellAt(row, columns_.balance);
    if (cell.empty()) return {};
    const auto money = ReadCell(cell, currency, balance_mark_);
    return money.ok() ? std::optional(money->minor) : std::nullopt;
  }

  // An id that comes twice is none: the bank means something else by it.
  void DropRepeatedIds() {
    std::set<std::string_view> seen;
    const bool repeated = std::any_of(statement_.rows.begin(), statement_.rows.end(), [&](const StatementRow& row) {
      return !row.external_id.empty() && !seen.insert(row.external_id).second;
    });
    if (!repeated) return;
    for (StatementRow& row : statement_.rows) row.external_id.clear();
  }

  // A line without date and amount goes on with the description of the row before.
  void Continue(const CsvRecord& row) {
    const std::string more = Description(row);
    if (last_read_record_ == nullptr || &row - last_read_record_ != 1 || more.empty()) {
      return Fail(row, "row has neither date nor amount");
    }
    statement_.rows.back().description += ' ' + more;
  }

  base::Result<Money> ReadAmount(const CsvRecord& row) const {
    Currency currency = CurrencyOf(row);
    if (const std::string_view cell = CellAt(row, columns_.currency); !cell.empty()) {
      ASSIGN_OR_RETURN(currency, Currency::Parse(cell));
    }
    return columns_.amount ? ReadSigned(row, currency) : ReadSides(row, currency);
  }

  static base::Result<Money> ReadCell(std::string_view cell, Currency currency, DecimalMark mark) {
    ASSIGN_OR_RETURN(const std::string plain, PlainNumber(cell, mark));
    return ledger::ParseMoney(plain, currency);
  }

  base::Result<Money> ReadSigned(const CsvRecord& row, Currency currency) const {
    ASSIGN_OR_RETURN(Money money, ReadCell(CellAt(row, columns_.amount), currency, mark_));
    if (!use_marks_) return money;
    const std::optional<Direction> direction = DirectionOf(CellAt(row, columns_.mark));
    if (direction == Direction::kNeither) return base::InvalidArgument("the bank says that it is neither money in nor out");
    if (direction == Direction::kOut) {
      ASSIGN_OR_RETURN(money.minor, ledger::NegateMinor(money.minor));
    }
    return money;
  }

  base::Result<Money> ReadSides(const CsvRecord& row, Currency currency) const {
    const std::string_view debit_cell = CellAt(row, columns_.debit);
    const std::string_view credit_cell = CellAt(row, columns_.credit);
    Money debit{0, currency}, credit{0, currency};
    if (!debit_cell.empty()) {
      ASSIGN_OR_RETURN(debit, ReadCell(debit_cell, currency, mark_));
    }
    if (!credit_cell.empty()) {
      ASSIGN_OR_RETURN(credit, ReadCell(credit_cell, currency, mark_));
    }
    if (debit_cell.empty() && credit_cell.empty()) return base::InvalidArgument("debit and credit are both empty");
    if (debit.minor != 0 && credit.minor != 0) return base::InvalidArgument("debit and credit are both filled");
    if (debit.minor != 0) return turn_debits_ ? debit : Turned(debit);
    return turn_credits_ ? Turned(credit) : credit;
  }

  static base::Result<Money> Turned(Money money) {
    ASSIGN_OR_RETURN(money.minor, ledger::NegateMinor(money.minor));
    return money;
  }

  // Totals and notes below the last good row are no rows.
  void DropTrailer() {
    if (statement_.rows.empty() || last_read_record_ == nullptr) return;
    const uint32_t last_line = last_read_record_->line;
    const size_t width = last_read_record_->cells.size();
    std::erase_if(statement_.errors, [&](const RowError& error) {
      if (error.line <= last_line) return false;
      const auto row = std::find_if(rows_.begin(), rows_.end(), [&](const CsvRecord& r) { return r.line == error.line; });
      if (row == rows_.end()) return false;
      const bool total = std::any_of(row->cells.begin(), row->cells.end(), NamesTotal) && !ReadDate(CellAt(*row, columns_.date), statement_.date_order);
      return total || (row->cells.size() < width && CellAt(*row, columns_.amount).empty());
    });
  }

  const Profile& profile_;
  const ledger::Date today_;
  const CsvLayout layout_;
  const CsvColumns& columns_ = layout_.columns;
  const std::span<const CsvRecord> rows_;
  const CsvRecord* header_ = nullptr;
  MonthNames months_ = MonthNames::kUsual;
  DecimalMark mark_ = DecimalMark::kPoint;
  DecimalMark balance_mark_ = DecimalMark::kPoint;
  bool use_marks_ = false;
  bool turn_debits_ = false;  // their minus is for show
  bool turn_credits_ = false;
  Currency currency_ = Currency::Parse("EUR").value();
  bool currency_named_ = false;
  const CsvRecord* last_read_record_ = nullptr;
  std::vector<std::optional<int64_t>> balances_;  // one for each row
  Statement statement_;
};

size_t WidthOf(std::span<const CsvRecord> records) {
  constexpr size_t kRecords = 200;
  size_t width = 0;
  for (const CsvRecord& record : records.first(std::min(records.size(), kRecords))) width = std::max(width, record.cells.size());
  return width;
}

base::Status CheckColumns(const CsvColumns& columns, size_t width) {
  if (!columns.complete()) return base::InvalidArgument("columns need a date, and an amount or debit and credit");
  std::vector<size_t> all = columns.description;
  for (const auto& column : {columns.date, columns.amount, columns.debit, columns.credit, columns.mark, columns.currency, columns.balance}) {
    if (column) all.push_back(*column);
  }
  const size_t last = *std::max_element(all.begin(), all.end());
  if (last < width) return {};
  return base::InvalidArgument(fmt::format("column does not exist: {}, the file has {}", last + 1, width));
}

CsvReading ReadingOf(const CsvLayout& layout, std::span<const CsvRecord> records, size_t width) {
  const auto cells_of = [&](const CsvRecord& record) {
    std::vector<std::string> cells(width);
    for (size_t i = 0; i < std::min(width, record.cells.size()); ++i)
      cells[i] = awry::codec::TruncateUtf8(record.cells[i], kSampleCellBytesMax);
    return cells;
  };
  CsvReading reading{.columns = layout.columns, .header = std::vector<std::string>(width), .sample = {}, .fingerprint = {}};
  if (layout.header) reading.header = cells_of(records[*layout.header]);
  for (size_t i = layout.first_row; i < std::min(records.size(), layout.first_row + kSampleRows); ++i)
    reading.sample.push_back(cells_of(records[i]));
  return reading;
}

// By the header's cells where there is one that we know, else by the width alone: what a bank's export has in
// common from month to month. Of the file's beginning, and of no choice of its reader's.
std::string FingerprintOf(std::string_view text) {
  constexpr size_t kBytes = 64 << 10;
  if (text.size() > kBytes) text = text.substr(0, text.rfind('\n', kBytes) + 1);
  const char delimiter = VoteDelimiter(text);
  const auto records = SplitRecords(text, delimiter);
  if (!records.ok()) return {};
  std::string shape = fmt::format("{}|{}", delimiter, WidthOf(records->records));
  if (const CsvLayout layout = FindLayout(records->records); layout.header) {
    for (const std::string_view cell : records->records[*layout.header].cells) shape += fmt::format("|{}", cell);
  }
  return ledger::Sha256Hex(shape).substr(0, 32);
}

}  // namespace

base::Result<Statement> ParseCsv(std::string_view text, const Profile& profile, ledger::Date today) {
  const char delimiter = profile.delimiter.value_or(VoteDelimiter(text));
  ASSIGN_OR_RETURN(CsvRecords all, SplitRecords(text, delimiter));
  std::erase_if(all.records, [&](const CsvRecord& record) { return record.line <= profile.skip_lines; });
  const std::span<const CsvRecord> records = all.records;
  const size_t width = WidthOf(records);
  if (profile.columns) RETURN_IF_ERROR(CheckColumns(*profile.columns, width));
  CsvLayout layout = profile.columns ? LayoutOf(*profile.columns, records) : FindLayout(records);
  if (layout.doubtful_mark && profile.flip_signs == true) layout.columns.mark.reset();  // spending is printed as positive, whatever they say
  CsvReading reading = ReadingOf(layout, records, width);
  reading.fingerprint = FingerprintOf(text);
  Statement statement;
  if (layout.columns.complete()) {
    statement = Reader(profile, today, std::move(layout), records).Read();
  } else if (!profile.may_ask || records.size() < 2 || width < 2) {
    return base::InvalidArgument("no columns for date and amount found: is this a CSV statement?");
  }
  statement.format = "csv";
  statement.delimiter = delimiter;
  statement.csv = std::move(reading);
  return statement;
}

}  // namespace finance::statement
