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

base::Status SetPart(Profile& profile, std::string_view name, std::string_view value) {
  if (name == "encoding") {
    profile.encoding = value;
  } else if (name == "delimiter" && (value == "tab" || value.size() == 1)) {
    profile.delimiter = value == "tab" ? '\t' : value[0];
  } else if (name == "date_order" && DateOrderFromName(value)) {
    profile.date_order = DateOrderFromName(value);
  } else if (name == "decimal" && (value == "." || value == ",")) {
    profile.decimal_mark = value == "." ? DecimalMark::kPoint : DecimalMark::kComma;
  } else if (name == "flip" && (value == "1" || value == "0")) {
    profile.flip_signs = value == "1";
  } else if (name == "currency") {
    ASSIGN_OR_RETURN(profile.currency, ledger::Currency::Parse(value));
  } else {
    return base::InvalidArgument(fmt::format("profile has a part that is not known: {}={}", name.substr(0, 40), value.substr(0, 40)));
  }
  return {};
}

}  // namespace

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

base::Result<Statement> ParseStatement(std::string_view bytes, const Profile& profile, ledger::Date today) {
  if (bytes.size() > kStatementBytesMax) {
    return base::ResourceExhausted(fmt::format("file is too large, export a shorter period: {} bytes, at most {}", bytes.size(), kStatementBytesMax));
  }
  // XML says its own encoding; its reader takes the bytes.
  const bool is_camt = LooksLikeCamt(bytes) && !LooksLikeJson(bytes);
  DecodedText decoded;
  if (!is_camt) {
    ASSIGN_OR_RETURN(decoded, DecodeText(bytes, profile.encoding));
  }
  const std::string_view text = is_camt ? bytes : std::string_view(decoded.text);
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
