// Each rule is a scanner that, at a position, says how many bytes it covers (0: none). One pass from
// left to right takes the first rule that fits; the replacements contain nothing that a rule covers.
#include "finance/ledger/mask.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace finance::ledger {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
char Lower(char c) { return IsUpper(c) ? static_cast<char>(c + 32) : c; }
bool IsLetter(char c) {
  return (Lower(c) >= 'a' && Lower(c) <= 'z') || static_cast<unsigned char>(c) >= 0x80;
}
bool IsWordByte(char c) { return IsLetter(c) || IsDigit(c); }

// ISO 13616: letters count 10 to 35, the first four characters go last, the rest modulo 97 is 1.
bool IbanChecks(std::string_view compact) {
  int rest = 0;
  for (size_t i = 0; i < compact.size(); ++i) {
    const char c = compact[(i + 4) % compact.size()];
    rest = IsDigit(c) ? (rest * 10 + (c - '0')) % 97 : (rest * 100 + (c - 'A' + 10)) % 97;
  }
  return rest == 1;
}

// Two letters, two digits, 11 to 30 more; in one piece, or in groups of four when the check fits.
size_t IbanAt(std::string_view text) {
  if (text.size() < 15 || !IsUpper(text[0]) || !IsUpper(text[1]) || !IsDigit(text[2]) || !IsDigit(text[3])) {
    return 0;
  }
  std::string compact;
  size_t solid = 0;  // bytes until the first blank
  size_t best = 0;
  for (size_t i = 0; i <= text.size() && compact.size() <= 34; ++i) {
    const char c = i < text.size() ? text[i] : '\0';
    if (IsUpper(c) || IsDigit(c)) {
      compact += c;
      continue;
    }
    if (solid == 0) solid = i;
    if (compact.size() >= 15 && compact.size() <= 34 && !IsWordByte(c) && IbanChecks(compact)) best = i;
    if (c != ' ' || compact.size() % 4 != 0) break;
  }
  if (best > 0) return best;
  const std::string_view piece = text.substr(0, solid);
  const auto digits = std::count_if(piece.begin(), piece.end(), IsDigit);
  const bool looks_so = solid >= 15 && solid <= 34 && digits >= 10 && (solid == text.size() || !IsWordByte(text[solid]));
  return looks_so ? solid : 0;
}

bool LuhnChecks(std::string_view digits) {
  int sum = 0;
  bool twice = false;
  for (size_t i = digits.size(); i-- > 0; twice = !twice) {
    const int digit = digits[i] - '0';
    sum += twice ? (digit < 5 ? 2 * digit : 2 * digit - 9) : digit;
  }
  return sum % 10 == 0;
}

// 13 to 19 digits that pass Luhn, single blanks or dashes allowed between them.
size_t CardAt(std::string_view text) {
  std::string digits;
  size_t end = 0;
  for (size_t i = 0; i < text.size() && digits.size() <= 19; ++i) {
    if (IsDigit(text[i])) {
      digits += text[i];
      end = i + 1;
    } else if ((text[i] != ' ' && text[i] != '-') || i != end) {
      break;
    }
  }
  const bool fits = digits.size() >= 13 && digits.size() <= 19 && (end == text.size() || !IsWordByte(text[end]));
  return fits && LuhnChecks(digits) ? end : 0;
}

// "****1234", "XXXX XXXX XXXX 1234", "411111******1111": at least four stars or X, ending in four digits.
size_t StarredCardAt(std::string_view text) {
  size_t stars = 0;
  size_t tail = 0;  // digits since the last star
  size_t end = 0;
  for (size_t i = 0; i < text.size() && i < 30; ++i) {
    const char c = text[i];
    if (c == '*' || c == 'X' || c == 'x') {
      ++stars;
      tail = 0;
    } else if (IsDigit(c)) {
      if (++tail == 4 && stars >= 4) end = i + 1;
    } else if ((c != ' ' && c != '-') || i == 0) {
      break;
    }
  }
  return end > 0 && (end == text.size() || !IsWordByte(text[end])) ? end : 0;
}

constexpr size_t kLongDigits = 6;

size_t LongNumberAt(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(), IsDigit);
  const auto length = static_cast<size_t>(end - text.begin());
  return length >= kLongDigits ? length : 0;
}

// Phrases after which a person's name follows, in lower case.
constexpr std::array<std::string_view, 24> kTransferPhrases = {
    "transfer to",  "transfer from",   "zelle to",        "zelle from",  "zelle payment to",
    "zelle payment from", "money sent to", "money received from", "sent to", "received from",
    "paypal from",  "venmo to",        "venmo from",      "standing order to", "überweisung an",
    "überweisung von", "ueberweisung an", "ueberweisung von", "dauerauftrag an", "gutschrift von",
    "virement de",  "virement vers",   "overboeking naar", "bonifico a"};

// Words after a transfer phrase that name one's own account or a reason, not a person.
constexpr std::array<std::string_view, 20> kNoNames = {
    "savings", "saving", "checking", "current", "account", "acct", "acc",  "credit", "card", "loan",
    "joint",   "my",     "own",      "isa",     "pot",     "bank", "ref",  "reference", "mortgage", "the"};

// Bytes of `phrase` at the front of `text`, blanks of any number between its words; 0 when another.
size_t PhraseAt(std::string_view text, std::string_view phrase) {
  size_t at = 0;
  for (const char wanted : phrase) {
    if (wanted == ' ') {
      const size_t before = at;
      while (at < text.size() && text[at] == ' ') ++at;
      if (at == before) return 0;
      continue;
    }
    const bool big_ue = wanted == '\xBC' && at < text.size() && text[at] == '\x9C';  // Ü for ü
    if (at >= text.size() || (Lower(text[at]) != wanted && !big_ue)) return 0;
    ++at;
  }
  return at < text.size() && IsWordByte(text[at]) ? 0 : at;
}

// Whether a phrase begins with the byte, in lower case.
constexpr auto kPhraseStarts = [] {
  std::array<bool, 256> starts{};
  for (const std::string_view phrase : kTransferPhrases) starts[static_cast<unsigned char>(phrase[0])] = true;
  return starts;
}();

size_t TransferPhraseAt(std::string_view text) {
  if (!kPhraseStarts[static_cast<unsigned char>(Lower(text[0]))]) return 0;
  size_t longest = 0;
  for (const std::string_view phrase : kTransferPhrases) longest = std::max(longest, PhraseAt(text, phrase));
  return longest;
}

size_t NameWordAt(std::string_view text) {
  size_t end = 0;
  const auto inside = [](char c) { return c == '\'' || c == '-' || c == '.'; };
  while (end < text.size() && (IsLetter(text[end]) || (end > 0 && inside(text[end])))) ++end;
  if (end < text.size() && (IsDigit(text[end]) || text[end] == '[')) return 0;  // part of an id
  std::string word(text.substr(0, end));
  std::transform(word.begin(), word.end(), word.begin(), Lower);
  return std::find(kNoNames.begin(), kNoNames.end(), word) == kNoNames.end() ? end : 0;
}

constexpr int kNameWordsMax = 4;

// Bytes of up to four words of letters, blanks between them.
size_t NameAt(std::string_view text) {
  size_t end = 0;
  for (int words = 0; words < kNameWordsMax; ++words) {
    size_t at = end;
    while (at < text.size() && text[at] == ' ') ++at;
    const size_t word = NameWordAt(text.substr(at));
    if (word == 0 || (words > 0 && at == end)) break;
    end = at + word;
  }
  return end;
}

struct Rule {
  size_t (*covers)(std::string_view);
  std::string_view replacement;
};
constexpr Rule kRules[] = {{IbanAt, "[iban]"},
                           {CardAt, "[card]"},
                           {StarredCardAt, "[card]"},
                           {LongNumberAt, "[number]"}};

std::string MaskOnce(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  size_t at = 0;
  while (at < text.size()) {
    const bool word_start = at == 0 || !IsWordByte(text[at - 1]);
    if (!word_start && (!IsDigit(text[at]) || IsDigit(text[at - 1]))) {  // inside a word or a number nothing begins
      out += text[at++];
      continue;
    }
    const std::string_view rest = text.substr(at);
    if (const size_t phrase = word_start ? TransferPhraseAt(rest) : 0; phrase > 0) {
      out += rest.substr(0, phrase);
      const size_t name = NameAt(rest.substr(phrase));
      if (name > 0) out += " [name]";
      at += phrase + name;
      continue;
    }
    const Rule* fit = nullptr;
    size_t covered = 0;
    for (const Rule& rule : kRules) {
      if (!word_start && rule.covers != LongNumberAt) continue;
      covered = rule.covers(rest);
      if (covered > 0) {
        fit = &rule;
        break;
      }
    }
    if (fit != nullptr) {
      out += fit->replacement;
      at += covered;
    } else {
      out += text[at++];
    }
  }
  return out;
}

}  // namespace

std::string MaskText(std::string_view text) {
  // A replacement can open a word boundary for the next rule; every pass takes something out, so
  // this ends.
  std::string masked = MaskOnce(text);
  if (masked == text) return masked;
  for (std::string again = MaskOnce(masked); again != masked; again = MaskOnce(masked)) {
    masked = std::move(again);
  }
  return masked;
}

}  // namespace finance::ledger
