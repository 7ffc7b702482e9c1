#include "sample/statement_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "codec/json.h"
#include "finance/category_predictor/text_features.h"
#include "finance/ledger/clean_description.h"

namespace sample {
namespace {

using awry::codec::JsonWriter;
using finance::category_predictor::ClassOfCategory;
using finance::ledger::Date;

std::string Decimal(int64_t minor, char point) {
  const int64_t size = std::abs(minor);
  return fmt::format("{}{}{}{:02}", minor < 0 ? "-" : "", size / 100, point, size % 100);
}

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  out.push_back('"');
  return out;
}

std::string DayFirst(Date date, char separator) {
  return fmt::format("{:02}{}{:02}{}{:04}", date.day(), separator, date.month(), separator,
                     date.year());
}

std::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kKnown:
      return "known";
    case Kind::kMadeUp:
      return "made_up";
    case Kind::kAmbiguous:
      return "ambiguous";
    case Kind::kContract:
      return "contract";
  }
  return "";
}

int64_t SpentIn(const std::vector<Row>& rows, Category category, Date from, Date until) {
  int64_t spent = 0;
  for (const Row& row : rows) {
    if (row.category == category && row.date >= from && row.date < until) spent -= row.amount_minor;
  }
  return spent;
}

}  // namespace

Layout LayoutOf(const std::string& user_id) {
  return static_cast<Layout>(finance::category_predictor::StableHash(user_id, 7) % 4);
}

std::string WriteStatement(const std::vector<Row>& rows, Layout layout, int64_t opening_minor) {
  std::string out;
  int64_t balance = opening_minor;
  switch (layout) {
    case Layout::kIsoSigned:
      out = "Date,Description,Amount\n";
      break;
    case Layout::kGerman:
      out = "Buchungstag;Verwendungszweck;Betrag\n";
      break;
    case Layout::kDebitCredit:
      out = "Date,Description,Debit,Credit,Balance\n";
      break;
    case Layout::kDutch:
      out = "Datum;Omschrijving;Bedrag\n";
      break;
  }
  for (const Row& row : rows) {
    balance += row.amount_minor;
    const std::string text = Quoted(row.description);
    switch (layout) {
      case Layout::kIsoSigned:
        out += fmt::format("{},{},{}\n", row.date.ToString(), text, Decimal(row.amount_minor, '.'));
        break;
      case Layout::kGerman:
        out += fmt::format("{};{};{}\n", DayFirst(row.date, '.'), text,
                           Decimal(row.amount_minor, ','));
        break;
      case Layout::kDebitCredit:
        out += fmt::format("{},{},{},{},{}\n", DayFirst(row.date, '/'), text,
                           row.amount_minor < 0 ? Decimal(-row.amount_minor, '.') : "",
                           row.amount_minor < 0 ? "" : Decimal(row.amount_minor, '.'),
                           Decimal(balance, '.'));
        break;
      case Layout::kDutch:
        out += fmt::format("{};{};{}\n", DayFirst(row.date, '-'), text,
                           Decimal(row.amount_minor, ','));
        break;
    }
  }
  return out;
}

std::string WriteTruth(const std::string& user_id, const std::vector<Row>& rows) {
  std::string out;
  for (const Row& row : rows) {
    JsonWriter json(out);
    json.BeginObject().Key("user_id").String(user_id).Key("date").String(row.date.ToString());
    json.Key("description").String(row.description);
    json.Key("clean").String(finance::ledger::CleanDescription(row.description));
    json.Key("amount_minor").Int(row.amount_minor);
    json.Key("category").String(finance::ledger::CategoryId(row.category));
    json.Key("kind").String(KindName(row.kind)).EndObject();
    out.push_back('\n');
  }
  return out;
}

std::string WriteBudgets(const std::vector<Row>& rows, Date end) {
  struct Goal {
    Category category;
    int64_t percent;  // of the limit that is spent by the end
  };
  constexpr Goal kGoals[] = {{Category::kGroceries, 108},
                             {Category::kDining, 86},
                             {Category::kShopping, 55},
                             {Category::kTransport, 91},
                             {Category::kEntertainment, 120}};
  const Date month = *Date::FromYmd(end.year(), end.month(), 1);
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("budgets").BeginArray();
  for (const Goal& goal : kGoals) {
    int64_t spent = SpentIn(rows, goal.category, month, end.AddDays(1));
    if (spent <= 0) spent = SpentIn(rows, goal.category, Date::FromDays(0), end.AddDays(1)) / 12;
    const int64_t limit = std::max<int64_t>(1'000, spent * 100 / goal.percent / 100 * 100);
    json.BeginObject().Key("categories").BeginArray();
    json.String(finance::ledger::CategoryId(goal.category)).EndArray();
    json.Key("period")
        .String("month")
        .Key("limit_minor")
        .Int(limit)
        .Key("currency")
        .String("EUR")
        .EndObject();
  }
  json.EndArray().EndObject();
  return out;
}

}  // namespace sample
