#include "finance/statement/bank_details.h"

#include <algorithm>

#include "finance/statement/row_collector.h"

namespace finance::statement {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string WithoutLineEnds(std::string_view text) {
  std::string joined;
  for (const char c : text) {
    if (c != '\n' && c != '\r') joined += c;
  }
  return joined;
}

// "EREF+1SVWZ+Rent MayABWA+X" → "Rent May": SEPA's purpose among its references (DFÜ-Abkommen, annex 3).
std::string PurposeOf(const std::string& text) {
  static constexpr std::string_view kTags[] = {"EREF+", "KREF+", "MREF+", "CRED+", "DEBT+", "COAM+", "OAMT+", "ABWA+", "ABWE+", "BIC+", "IBAN+"};
  constexpr std::string_view kPurpose = "SVWZ+";
  const size_t begin = text.find(kPurpose);
  if (begin == std::string::npos) return text;
  size_t end = text.size();
  for (const std::string_view tag : kTags) end = std::min(end, text.find(tag, begin));
  return text.substr(begin + kPurpose.size(), end - begin - kPurpose.size());
}

// Three digits, then subfields behind `separator`.
std::string OfSubfields(std::string_view details, char separator) {
  const std::string joined = WithoutLineEnds(details);
  const std::string_view between = separator == '?' || separator == '>' ? "" : " ";  // Polish pieces are lines, German ones one text
  std::string name, purpose, posting;
  for (size_t at = joined.find(separator); at != std::string::npos;) {
    const size_t next = joined.find(separator, at + 1);
    const std::string_view part = std::string_view(joined).substr(at + 1, next == std::string::npos ? next : next - at - 1);
    at = next;
    if (part.size() < 2 || !IsDigit(part[0]) || !IsDigit(part[1])) continue;
    const int code = (part[0] - '0') * 10 + (part[1] - '0');
    const std::string_view text = part.substr(2);
    if (code == 0) posting = Folded(text);
    if ((code >= 20 && code <= 29) || (code >= 60 && code <= 63)) (purpose += text) += between;
    if (code == 32 || code == 33) name += text;
  }
  std::string out = Folded(name);
  AppendPart(out, Folded(PurposeOf(purpose)));
  return out.empty() ? posting : out;
}

bool IsTagAt(std::string_view text, size_t slash) {
  size_t end = slash + 1;
  while (end < text.size() && text[end] >= 'A' && text[end] <= 'Z') ++end;
  return end - slash >= 3 && end - slash <= 5 && end < text.size() && text[end] == '/';
}

// What stands behind "/NAME/", up to the next word between slashes.
std::string_view ValueOf(std::string_view text, std::string_view tag) {
  const size_t found = text.find(tag);
  if (found == std::string_view::npos) return {};
  std::string_view value = text.substr(found + tag.size());
  for (size_t at = value.find('/'); at != std::string_view::npos; at = value.find('/', at + 1)) {
    if (IsTagAt(value, at)) return value.substr(0, at);
  }
  return value;
}

// "NL02ABNA…/ABNANL2A/Albert Heijn///" → "Albert Heijn".
std::string_view CounterpartyName(std::string_view value) {
  for (int part = 0; part < 2; ++part) {
    const size_t slash = value.find('/');
    if (slash == std::string_view::npos) return {};
    value.remove_prefix(slash + 1);
  }
  return value.substr(0, value.find('/'));
}

std::string OfSlashes(std::string_view folded) {
  std::string_view name = ValueOf(folded, "/NAME/");
  if (name.empty()) {
    const size_t counterparty = folded.find("/CNTP/");
    if (counterparty != std::string_view::npos) name = CounterpartyName(folded.substr(counterparty + 6));
  }
  std::string_view purpose = ValueOf(folded, "/REMI/");
  if (purpose.empty()) purpose = ValueOf(folded, "/USTD//");
  while (!purpose.empty() && purpose.back() == '/') purpose.remove_suffix(1);
  if (purpose.starts_with("USTD//")) purpose.remove_prefix(6);
  std::string out = Folded(name);
  AppendPart(out, Folded(purpose));
  return out;
}

}  // namespace

std::string DescriptionOfDetails(std::string_view details) {
  std::string folded = Folded(details);
  const bool coded = folded.size() > 4 && IsDigit(folded[0]) && IsDigit(folded[1]) && IsDigit(folded[2]);
  std::string text;
  constexpr std::string_view kSeparators = "?>~<^|";
  const bool subfields = coded && folded.size() > 5 && kSeparators.find(folded[3]) != std::string_view::npos && IsDigit(folded[4]) && IsDigit(folded[5]);
  if (subfields) text = OfSubfields(details, folded[3]);
  if (folded.starts_with('/') && IsTagAt(folded, 0)) text = OfSlashes(folded);
  return text.empty() ? folded : text;
}

}  // namespace finance::statement
