#include "finance/statement/csv_columns.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "finance/statement/cell_formats.h"

namespace finance::statement {
namespace {

constexpr size_t kHeaderSearchRecords = 40;
constexpr size_t kSampleRecords = 200;

enum class Meaning { kNone, kDate, kAmount, kDebit, kCredit, kMark, kCurrency, kBalance, kDescription };

struct HeaderName {
  std::string_view name;  // lower case, folded
  Meaning meaning;
  int rank;  // the lowest wins among the columns of one meaning
};

using enum Meaning;

// What banks call their columns. English, German, French, Spanish, Italian, Dutch, Danish, Portuguese.
constexpr HeaderName kNames[] = {
    {"date", kDate, 0}, {"transaction date", kDate, 0}, {"booking date", kDate, 0}, {"posting date", kDate, 1},
    {"post date", kDate, 2}, {"posted date", kDate, 2}, {"value date", kDate, 5}, {"created", kDate, 3},
    {"date (utc)", kDate, 0}, {"completed date", kDate, 1}, {"started date", kDate, 3}, {"timestamp", kDate, 6},
    {"buchungstag", kDate, 0}, {"buchungsdatum", kDate, 0}, {"datum", kDate, 0}, {"valuta", kDate, 5},
    {"wertstellung", kDate, 5}, {"valutadatum", kDate, 5}, {"belegdatum", kDate, 2}, {"umsatzzeit", kDate, 4},
    {"date de valeur", kDate, 5}, {"date op\xC3\xA9ration", kDate, 0}, {"date operation", kDate, 0},
    {"date d'op\xC3\xA9ration", kDate, 0}, {"date comptable", kDate, 1}, {"date de comptabilisation", kDate, 0},
    {"fecha", kDate, 0}, {"fecha operaci\xC3\xB3n", kDate, 0}, {"fecha valor", kDate, 5}, {"data", kDate, 0},
    {"data operazione", kDate, 0}, {"data contabile", kDate, 1}, {"data valuta", kDate, 5}, {"rentedatum", kDate, 5},
    {"boekdatum", kDate, 0}, {"transactiedatum", kDate, 0}, {"dato", kDate, 0}, {"bogf\xC3\xB8rt", kDate, 0},
    {"bogf\xC3\xB8ringsdato", kDate, 0}, {"data lan\xC3\xA7" "amento", kDate, 0},

    {"amount", kAmount, 0}, {"transaction amount", kAmount, 0}, {"amount (eur)", kAmount, 0},
    {"amount (gbp)", kAmount, 0}, {"amount (usd)", kAmount, 0}, {"value", kAmount, 3}, {"net", kAmount, 2},
    {"gross", kAmount, 3}, {"betrag", kAmount, 0}, {"betrag (eur)", kAmount, 0}, {"umsatz", kAmount, 1},
    {"betrag (\xE2\x82\xAC)", kAmount, 0}, {"montant", kAmount, 0}, {"importe", kAmount, 0}, {"importo", kAmount, 0},
    {"bedrag", kAmount, 0}, {"bedrag (eur)", kAmount, 0}, {"bel\xC3\xB8" "b", kAmount, 0}, {"valor", kAmount, 1},
    {"local amount", kAmount, 5}, {"amount in account currency", kAmount, 0},

    {"debit", kDebit, 0}, {"debit amount", kDebit, 0}, {"withdrawal", kDebit, 0}, {"withdrawals", kDebit, 0},
    {"paid out", kDebit, 0}, {"money out", kDebit, 0}, {"soll", kDebit, 0}, {"lastschrift", kDebit, 1},
    {"belastung", kDebit, 0}, {"d\xC3\xA9" "bit", kDebit, 0}, {"cargo", kDebit, 0}, {"addebiti", kDebit, 0},
    {"dare", kDebit, 0}, {"uscite", kDebit, 0}, {"af", kDebit, 2}, {"h\xC3\xA6vet", kDebit, 0}, {"payments", kDebit, 1},
    {"credit", kCredit, 0}, {"credit amount", kCredit, 0}, {"deposit", kCredit, 0}, {"deposits", kCredit, 0},
    {"paid in", kCredit, 0}, {"money in", kCredit, 0}, {"haben", kCredit, 0}, {"gutschrift", kCredit, 0},
    {"cr\xC3\xA9" "dit", kCredit, 0}, {"abono", kCredit, 0}, {"accrediti", kCredit, 0}, {"avere", kCredit, 0},
    {"entrate", kCredit, 0}, {"bij", kCredit, 2}, {"indsat", kCredit, 0}, {"receipts", kCredit, 1},

    {"type", kMark, 3}, {"transaction type", kMark, 1}, {"cr/dr", kMark, 0}, {"dr/cr", kMark, 0},
    {"debit/credit", kMark, 0}, {"credit/debit", kMark, 0}, {"af bij", kMark, 0}, {"soll/haben", kMark, 0},
    {"s/h", kMark, 0}, {"debit or credit", kMark, 0}, {"debet/credit", kMark, 0}, {"sens", kMark, 1}, {"code", kMark, 4},

    {"currency", kCurrency, 0}, {"w\xC3\xA4hrung", kCurrency, 0}, {"waehrung", kCurrency, 0}, {"monn.", kCurrency, 0},
    {"devise", kCurrency, 0}, {"monnaie", kCurrency, 0}, {"moneda", kCurrency, 0}, {"divisa", kCurrency, 0},
    {"valuta code", kCurrency, 0}, {"munt", kCurrency, 0}, {"muntsoort", kCurrency, 0}, {"ccy", kCurrency, 0},

    {"balance", kBalance, 0}, {"running balance", kBalance, 0}, {"runningbalance", kBalance, 0}, {"saldo", kBalance, 0},
    {"solde", kBalance, 0}, {"kontostand", kBalance, 0}, {"saldo na trn", kBalance, 0}, {"saldo na mutatie", kBalance, 0},

    {"description", kDescription, 0}, {"transaction description", kDescription, 0}, {"details", kDescription, 1},
    {"payee", kDescription, 1}, {"merchant", kDescription, 0}, {"name", kDescription, 1}, {"narrative", kDescription, 0},
    {"memo", kDescription, 5}, {"reference", kDescription, 6}, {"payment reference", kDescription, 4},
    {"counter party", kDescription, 1}, {"partner name", kDescription, 1}, {"bank description", kDescription, 7},
    {"verwendungszweck", kDescription, 2}, {"buchungstext", kDescription, 0}, {"auftraggeber/empf\xC3\xA4nger", kDescription, 0},
    {"beg\xC3\xBCnstigter/zahlungspflichtiger", kDescription, 0}, {"empf\xC3\xA4nger", kDescription, 0},
    {"zahlungsempf\xC3\xA4nger", kDescription, 0}, {"name zahlungsbeteiligter", kDescription, 0}, {"reason", kDescription, 3},
    {"libell\xC3\xA9", kDescription, 0}, {"libelle", kDescription, 0}, {"description 1", kDescription, 1},
    {"description 2", kDescription, 2}, {"concepto", kDescription, 0}, {"descripci\xC3\xB3n", kDescription, 0},
    {"descrizione", kDescription, 0}, {"causale", kDescription, 2}, {"omschrijving", kDescription, 2},
    {"omschrijving-1", kDescription, 2}, {"omschrijving-2", kDescription, 3}, {"naam", kDescription, 1},
    {"naam tegenpartij", kDescription, 1}, {"naam / omschrijving", kDescription, 0}, {"tekst", kDescription, 0},
    {"beskrivelse", kDescription, 0}, {"descri\xC3\xA7\xC3\xA3o", kDescription, 0}, {"original description", kDescription, 4},
    {"particulars", kDescription, 1}};

// "Betrag  (EUR)" → "betrag (eur)"; letters beyond ASCII keep their case but for the common capitals.
std::string Fold(std::string_view cell) {
  std::string folded;
  for (size_t i = 0; i < cell.size(); ++i) {
    char c = cell[i];
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    if (c == '_' || c == '\t') c = ' ';
    if (i > 0 && cell[i - 1] == '\xC3' && static_cast<unsigned char>(c) <= 0x9E) c = static_cast<char>(c + 32);  // Ä → ä
    if (c == ' ' && !folded.empty() && folded.back() == ' ') continue;
    folded += c;
  }
  return folded;
}

// "withdrawals (sgd)" counts as "withdrawals".
std::string_view WithoutCurrency(std::string_view folded) {
  const size_t bracket = folded.find(" (");
  return bracket == std::string_view::npos || folded.back() != ')' ? folded : folded.substr(0, bracket);
}

const HeaderName* NameOf(std::string_view cell) {
  const std::string folded = Fold(cell);
  for (const HeaderName& name : kNames) {
    if (name.name == folded) return &name;
  }
  for (const HeaderName& name : kNames) {
    if (name.name == WithoutCurrency(folded)) return &name;
  }
  return nullptr;
}

struct Best {
  std::optional<size_t> column;
  int rank = 100;
  void Offer(size_t candidate, int candidate_rank) {
    if (candidate_rank >= rank) return;
    column = candidate;
    rank = candidate_rank;
  }
};

CsvColumns ColumnsOfHeader(const CsvRecord& record) {
  std::array<Best, 9> best;
  std::vector<std::pair<int, size_t>> descriptions;
  for (size_t i = 0; i < record.cells.size(); ++i) {
    const HeaderName* name = NameOf(record.cells[i]);
    if (name == nullptr) continue;
    best[static_cast<size_t>(name->meaning)].Offer(i, name->rank);
    if (name->meaning == kDescription) descriptions.emplace_back(name->rank, i);
  }
  const auto of = [&](Meaning meaning) { return best[static_cast<size_t>(meaning)].column; };
  CsvColumns columns{of(kDate), of(kAmount), of(kDebit), of(kCredit), of(kMark), of(kCurrency), of(kBalance), {}};
  if (columns.debit && columns.credit) columns.amount.reset();
  std::stable_sort(descriptions.begin(), descriptions.end());
  for (const auto& [rank, column] : descriptions) {
    if (columns.description.size() < 3) columns.description.push_back(column);
  }
  return columns;
}

// --- without a header ---

// The columns' cells over the first records, for guessing.
class Sample {
 public:
  explicit Sample(std::span<const CsvRecord> records) : records_(records.first(std::min(records.size(), kSampleRecords))) {
    for (const CsvRecord& record : records_) width_ = std::max(width_, record.cells.size());
  }
  size_t width() const { return width_; }
  size_t height() const { return records_.size(); }
  std::string_view cell(size_t row, size_t column) const {
    const auto& cells = records_[row].cells;
    return column < cells.size() ? cells[column] : std::string_view();
  }
  template <typename Test>
  double Share(size_t column, Test test) const {
    size_t hits = 0;
    for (size_t row = 0; row < height(); ++row) hits += test(cell(row, column)) ? 1 : 0;
    return height() == 0 ? 0 : static_cast<double>(hits) / static_cast<double>(height());
  }
  template <typename Test>
  bool Any(size_t column, Test test) const {
    return Share(column, test) > 0;
  }

 private:
  std::span<const CsvRecord> records_;
  size_t width_ = 0;
};

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

// Two columns of which each row fills exactly one.
bool AreDebitAndCredit(const Sample& sample, size_t a, size_t b) {
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

void GuessAmounts(const Sample& sample, const std::vector<size_t>& numeric, CsvColumns& columns) {
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

CsvColumns GuessColumns(std::span<const CsvRecord> records) {
  constexpr double kMost = 0.8;
  const Sample sample(records);
  CsvColumns columns;
  std::vector<size_t> numeric;
  std::pair<double, size_t> longest{0, 0};
  for (size_t column = 0; column < sample.width(); ++column) {
    if (sample.Share(column, IsSomeDate) >= kMost) {
      if (!columns.date) columns.date = column;
      continue;
    }
    const double numbers = sample.Share(column, [](std::string_view c) { return c.empty() || IsNumber(c); });
    if (numbers >= kMost && sample.Any(column, IsMoney)) {
      numeric.push_back(column);
      continue;
    }
    double length = 0;
    for (size_t row = 0; row < sample.height(); ++row) length += static_cast<double>(sample.cell(row, column).size());
    if (numbers < kMost && length > longest.first) longest = {length, column};
  }
  GuessAmounts(sample, numeric, columns);
  if (longest.first > 0) columns.description.push_back(longest.second);
  return columns;
}

}  // namespace

CsvLayout FindLayout(std::span<const CsvRecord> records) {
  CsvLayout layout;
  for (size_t i = 0; i < std::min(records.size(), kHeaderSearchRecords); ++i) {
    CsvColumns columns = ColumnsOfHeader(records[i]);
    if (!columns.complete()) continue;
    layout.columns = std::move(columns);
    layout.header = i;
    layout.first_row = i + 1;
    return layout;
  }
  layout.columns = GuessColumns(records);
  return layout;
}

CsvLayout LayoutOf(CsvColumns columns, std::span<const CsvRecord> records) {
  const auto is_row = [&](const CsvRecord& record) {
    return *columns.date < record.cells.size() && IsSomeDate(record.cells[*columns.date]);
  };
  CsvLayout layout;
  const auto first = std::find_if(records.begin(), records.end(), is_row);
  if (first != records.end()) layout.first_row = static_cast<size_t>(first - records.begin());
  if (layout.first_row > 0) layout.header = layout.first_row - 1;
  layout.columns = std::move(columns);
  return layout;
}

}  // namespace finance::statement
