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

}  // namespace

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
