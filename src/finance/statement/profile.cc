// The reading of a file as text: what a person chose, kept for the next file of the same bank.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "finance/statement/statement.h"

namespace finance::statement {
namespace {

struct ColumnName {
  std::string_view name;
  std::optional<size_t> CsvColumns::*column;
};
constexpr std::array<ColumnName, 7> kColumnNames = {{{"date", &CsvColumns::date},
                                                     {"amount", &CsvColumns::amount},
                                                     {"debit", &CsvColumns::debit},
                                                     {"credit", &CsvColumns::credit},
                                                     {"mark", &CsvColumns::mark},
                                                     {"currency", &CsvColumns::currency},
                                                     {"balance", &CsvColumns::balance}}};
constexpr std::string_view kDescription = "description";

base::Result<size_t> ReadNumber(std::string_view text) {
  constexpr size_t kMax = 10'000;
  size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number > kMax)
    return base::InvalidArgument(fmt::format("profile needs a number up to {}: {}", kMax, text.substr(0, 40)));
  return number;
}

// From 1 in the text, from 0 here.
base::Result<size_t> ReadColumn(std::string_view text) {
  ASSIGN_OR_RETURN(const size_t number, ReadNumber(text));
  if (number == 0) return base::InvalidArgument("columns are counted from 1: 0");
  return number - 1;
}

// What stands before `mark`; takes both off `text`.
std::string_view Cut(std::string_view& text, char mark) {
  const size_t end = std::min(text.find(mark), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

base::Status SetPart(Profile& profile, std::string_view name, std::string_view value) {
  if (name == "encoding") {
    profile.encoding = value;
  } else if (name == "delimiter" && (value == "tab" || value.size() == 1)) {
    profile.delimiter = value == "tab" ? '\t' : value[0];
  } else if (name == "date_order" && DateOrderFromName(value)) {
    profile.date_order = DateOrderFromName(value);
  } else if (name == "months" && MonthNamesFromName(value)) {
    profile.months = MonthNamesFromName(value);
  } else if (name == "decimal" && (value == "." || value == ",")) {
    profile.decimal_mark = value == "." ? DecimalMark::kPoint : DecimalMark::kComma;
  } else if (name == "flip" && (value == "1" || value == "0")) {
    profile.flip_signs = value == "1";
  } else if (name == "ask" && (value == "1" || value == "0")) {
    profile.may_ask = value == "1";
  } else if (name == "skip") {
    ASSIGN_OR_RETURN(profile.skip_lines, ReadNumber(value));
  } else if (name == "columns") {
    ASSIGN_OR_RETURN(profile.columns, ParseColumns(value));
  } else if (name == "currency") {
    ASSIGN_OR_RETURN(profile.currency, ledger::Currency::Parse(value));
  } else {
    return base::InvalidArgument(fmt::format("profile has a part that is not known: {}={}", name.substr(0, 40), value.substr(0, 40)));
  }
  return {};
}

}  // namespace

base::Result<CsvColumns> ParseColumns(std::string_view text) {
  CsvColumns columns;
  while (!text.empty()) {
    std::string_view value = Cut(text, ',');
    const std::string_view name = Cut(value, ':');
    if (name == kDescription) {
      while (!value.empty()) {
        ASSIGN_OR_RETURN(const size_t column, ReadColumn(Cut(value, '+')));
        columns.description.push_back(column);
      }
      continue;
    }
    const auto known = std::find_if(kColumnNames.begin(), kColumnNames.end(), [&](const ColumnName& one) { return one.name == name; });
    if (known == kColumnNames.end()) return base::InvalidArgument(fmt::format("columns have no such name: {}", name.substr(0, 40)));
    ASSIGN_OR_RETURN(columns.*(known->column), ReadColumn(value));
  }
  return columns;
}

std::string FormatColumns(const CsvColumns& columns) {
  std::string text;
  for (const ColumnName& one : kColumnNames) {
    if (const auto& column = columns.*(one.column)) text += fmt::format("{}{}:{}", text.empty() ? "" : ",", one.name, *column + 1);
  }
  std::string description;
  for (const size_t column : columns.description) description += fmt::format("{}{}", description.empty() ? "" : "+", column + 1);
  if (!description.empty()) text += fmt::format("{}{}:{}", text.empty() ? "" : ",", kDescription, description);
  return text;
}

base::Result<Profile> ParseProfile(std::string_view text) {
  Profile profile;
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of(";\n", text.starts_with("delimiter=;") ? 11 : 0), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const size_t equals = part.find('=');
    if (part.empty()) continue;
    if (equals == std::string_view::npos) return base::InvalidArgument(fmt::format("profile part has no '=': {}", part.substr(0, 40)));
    RETURN_IF_ERROR(SetPart(profile, part.substr(0, equals), part.substr(equals + 1)));
  }
  return profile;
}

}  // namespace finance::statement
