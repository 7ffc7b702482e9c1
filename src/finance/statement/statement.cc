#include "finance/statement/statement.h"

#include <fmt/format.h>

#include "finance/statement/bank_json.h"
#include "finance/statement/camt.h"
#include "finance/statement/csv.h"
#include "finance/statement/mt940.h"
#include "finance/statement/ofx.h"
#include "finance/statement/qif.h"
#include "finance/statement/text_decoding.h"

namespace finance::statement {
namespace {

struct Format {
  std::string_view name;
  bool (*looks_like)(std::string_view text);
  base::Status (*parse)(std::string_view text, const Profile& profile, ledger::Date today, Statement& out);
};
// The first that fits; what fits none is CSV. JSON comes before formats whose words it may quote.
constexpr Format kFormats[] = {{"json", &LooksLikeJson, &ParseBankJson},
                               {"camt", &LooksLikeCamt, &ParseCamt},
                               {"ofx", &LooksLikeOfx, &ParseOfx},
                               {"qif", &LooksLikeQif, &ParseQif},
                               {"mt940", &LooksLikeMt940, &ParseMt940}};

struct OtherFile {
  std::string_view begin;
  std::string_view what;
};
// What people take for a statement, and what they can do.
constexpr OtherFile kOtherFiles[] = {
    {"PK\x03\x04", "file is a ZIP archive or an Excel workbook (XLSX): unpack it, or save the sheet as CSV"},
    {"\xD0\xCF\x11\xE0", "file is an old Excel workbook (XLS): save the sheet as CSV"},
    {"%PDF", "file is a PDF: ask the bank for CSV, OFX, CAMT or MT940 instead"},
    {"\x1F\x8B", "file is packed with gzip: unpack it"},
    {"\x89PNG", "file is a picture: ask the bank for CSV, OFX, CAMT or MT940"},
    {"\xFF\xD8\xFF", "file is a picture: ask the bank for CSV, OFX, CAMT or MT940"},
    {"<!DOCTYPE html", "file is a web page, perhaps of a log-in that has expired: save the statement again"},
    {"<!doctype html", "file is a web page, perhaps of a log-in that has expired: save the statement again"},
    {"<html", "file is a web page, perhaps of a log-in that has expired: save the statement again"}};

base::Status CheckIsNoOtherFile(std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  const size_t first = bytes.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return base::InvalidArgument("file is empty: choose another one");
  for (const OtherFile& other : kOtherFiles) {
    if (bytes.substr(first).starts_with(other.begin)) return base::InvalidArgument(std::string(other.what));
  }
  return {};
}

}  // namespace

base::Result<Statement> ParseStatement(std::string_view bytes, const Profile& profile, ledger::Date today) {
  if (bytes.size() > kStatementBytesMax) {
    return base::ResourceExhausted(fmt::format("file is too large, export a shorter period: {} bytes, at most {}", bytes.size(), kStatementBytesMax));
  }
  RETURN_IF_ERROR(CheckIsNoOtherFile(bytes));
  ASSIGN_OR_RETURN(const DecodedText decoded, DecodeText(bytes, profile.encoding));
  const std::string_view text = decoded.text;
  for (const Format& format : kFormats) {
    if (!format.looks_like(text)) continue;
    Statement statement;
    statement.format = format.name;
    statement.encoding = decoded.encoding;
    RETURN_IF_ERROR(format.parse(text, profile, today, statement));
    return statement;
  }
  ASSIGN_OR_RETURN(Statement statement, ParseCsv(text, profile, today));
  statement.encoding = decoded.encoding;
  return statement;
}

}  // namespace finance::statement
