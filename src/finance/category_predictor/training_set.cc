#include "finance/category_predictor/training_set.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

#include "base/file.h"
#include "codec/compress.h"
#include "finance/category_predictor/text_features.h"
#include "finance/ledger/money.h"

namespace finance::category_predictor {
namespace {

constexpr size_t kTrainingBytesMax = 256U << 20;

using Cells = std::vector<std::string>;

// Splits one RFC 4180 record; these files have no line breaks inside quotes.
void SplitCells(std::string_view line, Cells& cells) {
  cells.clear();
  std::string cell;
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
      cell.push_back('"');
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      cells.push_back(std::move(cell));
      cell.clear();
    } else if (c != '\r') {
      cell.push_back(c);
    }
  }
  cells.push_back(std::move(cell));
}

base::Result<std::string> ReadText(const std::string& path) {
  ASSIGN_OR_RETURN(std::string bytes, base::RealFileSystem().ReadAll(path));
  if (!path.ends_with(".zst")) return bytes;
  return awry::codec::Decompress(awry::codec::Compression::kZstd, bytes, kTrainingBytesMax);
}

// Calls `take` with the cells of each record after the header; `take` returns what is wrong, or "".
template <typename Take>
base::Status ForEachRecord(const std::string& path, size_t columns, const Take& take) {
  ASSIGN_OR_RETURN(const std::string text, ReadText(path));
  Cells cells;
  size_t line_number = 0;
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find('\n', at);
    if (end == std::string::npos) end = text.size();
    const std::string_view line = std::string_view(text).substr(at, end - at);
    at = end + 1;
    if (++line_number == 1 || line.empty()) continue;
    SplitCells(line, cells);
    const std::string_view wrong = cells.size() < columns ? "too few columns" : take(cells);
    if (!wrong.empty()) {
      return base::InvalidArgument(
          fmt::format("training file: {}: {}, line {}", wrong, path, line_number));
    }
  }
  return base::OkStatus();
}

bool ReadCategory(std::string_view id, ledger::Category& out) {
  const auto category = ledger::CategoryFromId(id);
  if (category) out = *category;
  return category.has_value();
}

template <typename Number>
bool ReadNumber(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

std::string_view ReadPurchase(const Cells& cells, Purchase& out) {
  const auto currency = ledger::Currency::Parse(cells[2]);
  if (!currency.ok()) return "unknown currency";
  const auto money = ledger::ParseMoney(cells[1], *currency);
  if (!money.ok()) return "bad amount";
  const auto date = ledger::Date::Parse(cells[3]);
  if (!date.ok()) return "bad date";
  if (!ReadCategory(cells[5], out.category)) return "unknown category";
  out.description = cells[0];
  out.amount_minor = money->minor;
  out.currency = cells[2];
  out.date = *date;
  return "";
}

base::Status LoadPurchases(const std::string& folder, TrainingSet& set) {
  RETURN_IF_ERROR(ForEachRecord(folder + "/bham_personal.csv.zst", 6, [&](const Cells& cells) {
    Purchase& purchase = set.purchases.emplace_back();
    purchase.user = cells[4];
    return ReadPurchase(cells, purchase);
  }));
  return ForEachRecord(folder + "/bham_mcc.csv.zst", 6,
                       [&](const Cells& cells) -> std::string_view {
                         Purchase& purchase = set.mcc_purchases.emplace_back();
                         if (!ReadNumber(cells[4], purchase.mcc)) return "bad code";
                         return ReadPurchase(cells, purchase);
                       });
}

base::Status LoadLists(const std::string& folder, TrainingSet& set) {
  RETURN_IF_ERROR(
      ForEachRecord(folder + "/brands_nsi.csv.zst", 2, [&](const Cells& cells) -> std::string_view {
        Brand& brand = set.brands.emplace_back();
        brand.name = cells[0];
        return ReadCategory(cells[1], brand.category) ? "" : "unknown category";
      }));
  return ForEachRecord(folder + "/mcc_category.csv.zst", 3,
                       [&](const Cells& cells) -> std::string_view {
                         MccEntry& entry = set.mccs.emplace_back();
                         entry.description = cells[1];
                         if (!ReadNumber(cells[0], entry.mcc)) return "bad code";
                         return ReadCategory(cells[2], entry.category) ? "" : "unknown category";
                       });
}

base::Status LoadHousehold(const std::string& folder, TrainingSet& set) {
  return ForEachRecord(folder + "/household.csv", 6, [&](const Cells& cells) -> std::string_view {
    HouseholdText& text = set.household.emplace_back();
    text.money_in = cells[1] == "in";
    text.text = cells[5];
    if (!ReadCategory(cells[0], text.category)) return "unknown category";
    if (!ReadNumber(cells[2], text.low_minor) || !ReadNumber(cells[3], text.high_minor)) {
      return "bad amount";
    }
    return ReadNumber(cells[4], text.weight) && text.weight > 0 ? "" : "bad weight";
  });
}

constexpr std::array<std::string_view, 48> kNames = {
    "SMITH",   "JONES",    "TAYLOR",    "BROWN",   "WILSON",   "PATEL",  "KHAN",   "WALKER",
    "MUELLER", "SCHMIDT",  "SCHNEIDER", "FISCHER", "WEBER",    "MEYER",  "WAGNER", "BECKER",
    "MARTIN",  "BERNARD",  "DUBOIS",    "MOREAU",  "LAURENT",  "SIMON",  "GARCIA", "LOPEZ",
    "ROSSI",   "RUSSO",    "FERRARI",   "BIANCHI", "DE VRIES", "JANSEN", "BAKKER", "VISSER",
    "NOWAK",   "KOWALSKI", "ANDERSSON", "NIELSEN", "MARIA",    "ANNA",   "LUCA",   "PAUL",
    "TOM",     "EMMA",     "CHEN",      "NGUYEN",  "O NEILL",  "MURPHY", "EVANS",  "HUGHES"};
constexpr std::array<std::string_view, 48> kCities = {
    "LONDON",   "BIRMINGHAM", "LEEDS",     "BRISTOL",   "GLASGOW", "MANCHESTER", "LIVERPOOL",
    "OXFORD",   "CAMBRIDGE",  "YORK",      "CARDIFF",   "DUBLIN",  "BERLIN",     "HAMBURG",
    "MUENCHEN", "KOELN",      "FRANKFURT", "STUTTGART", "LEIPZIG", "BREMEN",     "WIEN",
    "ZUERICH",  "PARIS",      "LYON",      "LILLE",     "NANTES",  "BORDEAUX",   "AMSTERDAM",
    "UTRECHT",  "ROTTERDAM",  "MADRID",    "VALENCIA",  "SEVILLA", "MILANO",     "ROMA",
    "TORINO",   "WARSZAWA",   "KRAKOW",    "STOCKHOLM", "LISBOA",  "AUSTIN",     "SEATTLE",
    "BOSTON",   "DENVER",     "HIGH ST",   "CENTRAL",   "NORTH",   "PORTLAND"};
constexpr std::array<std::string_view, 24> kCompanies = {
    "ACME LTD",    "NORTHWIND",   "GLOBEX",      "INITECH",     "CITY COUNCIL", "NHS TRUST",
    "BRIGHT GMBH", "MUSTER AG",   "DELTA SA",    "OMEGA BV",    "STELLAR INC",  "HORIZON LTD",
    "KESTREL PLC", "LUMEN SL",    "VECTOR SPA",  "BLUE RIVER",  "TECHNIK GMBH", "SCHULZE KG",
    "MERIDIAN",    "ATLAS GROUP", "PIONEER LLC", "RED OAK INC", "QUANTUM AB",   "WERK GMBH"};
constexpr std::array<std::string_view, 12> kMonths = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                      "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};

template <size_t N>
std::string_view Pick(const std::array<std::string_view, N>& list, awry::base::Random& random) {
  return list[random.Below(N)];
}

void FillOne(std::string_view name, awry::base::Random& random, int month, std::string& out) {
  if (name == "name") {
    out.append(Pick(kNames, random));
  } else if (name == "city") {
    out.append(Pick(kCities, random));
  } else if (name == "co") {
    out.append(Pick(kCompanies, random));
  } else if (name == "month") {
    out.append(kMonths[static_cast<size_t>(month - 1)]);
  } else if (name == "ref") {
    constexpr std::string_view kLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789";
    for (int i = 0; i < 7; ++i) out.push_back(kLetters[random.Below(kLetters.size())]);
  } else if (name.size() == 2 && name[0] == 'n') {
    for (char i = '0'; i < name[1]; ++i) out.push_back(static_cast<char>('0' + random.Below(10)));
  }
}

}  // namespace

base::Result<TrainingSet> LoadTrainingSet(const std::string& folder) {
  TrainingSet set;
  RETURN_IF_ERROR(LoadPurchases(folder, set));
  RETURN_IF_ERROR(LoadLists(folder, set));
  RETURN_IF_ERROR(LoadHousehold(folder, set));
  return set;
}

std::string FillText(std::string_view text, awry::base::Random& random, int month) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t open = text.find('{', at);
    const size_t close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) {
      out.append(text.substr(at));
      break;
    }
    out.append(text.substr(at, open - at));
    FillOne(text.substr(open + 1, close - open - 1), random, month, out);
    at = close + 1;
  }
  return out;
}

std::string StatementForm(std::string_view name, awry::base::Random& random) {
  std::string out;
  for (const char c : name) out.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c);
  const uint64_t kind = random.Below(3);
  if (kind == 1) out.append(fmt::format(" {}", Pick(kCities, random)));
  if (kind == 2) out.append(fmt::format(" {}", 100 + random.Below(9900)));
  return out;
}

int64_t DrawAmount(int64_t low_minor, int64_t high_minor, awry::base::Random& random) {
  const double low = std::log(static_cast<double>(low_minor));
  const double high = std::log(static_cast<double>(high_minor));
  return static_cast<int64_t>(std::llround(std::exp(low + (high - low) * random.Uniform())));
}

LabelledRow RowOf(const Purchase& purchase) {
  LabelledRow row;
  row.text = NormaliseText(purchase.description);
  row.user = purchase.user;
  row.currency = purchase.currency;
  row.date = purchase.date;
  row.amount_minor = purchase.amount_minor;
  row.mcc = purchase.mcc;
  row.category = purchase.category;
  return row;
}

}  // namespace finance::category_predictor
