// What banks call the columns of their exports, in some twenty languages.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace finance::statement {

enum class Meaning { kDate, kAmount, kDebit, kCredit, kMark, kCurrency, kBalance, kDescription, kState, kId, kMcc, kAccount,
                     kCategory, kNote, kTags, kSplits, kTransfer, kOriginalAmount, kOriginalCurrency };
inline constexpr size_t kMeanings = 19;

struct Named {
  Meaning meaning;
  int rank;  // the lowest wins among the columns of one meaning
};
// From this rank on the name only contains a known word: what stands below it must bear it out.
inline constexpr int kRankOfPart = 10;

// What a header's cell may mean, each meaning once: "Valuta" is a date, or a currency. Case, accents, punctuation
// and currency codes do not count. Empty for what no bank calls a column of use.
std::vector<Named> MeaningsOf(std::string_view cell);

// Whether a header's cell speaks of another than the account's own: "Original currency", "Fee", "Country".
bool NamesAnother(std::string_view cell);

// Whether a header's cell may well be of words that tell out from in: "Dr/Cr flag", and not "Card type".
bool NamesMark(std::string_view cell);

// What a word beside an amount without sign says of it.
enum class Direction { kOut, kIn, kNeither };
std::optional<Direction> DirectionOf(std::string_view cell);

// What a bank says of a row's state; what is not known is booked.
enum class RowState { kBooked, kPending, kFailed };
RowState StateOf(std::string_view cell);

// Words of a payment to a card's account, of money back, and of pay: what turned signs show by.
bool NamesCardPayment(std::string_view description);
bool NamesReturn(std::string_view description);
bool NamesIncome(std::string_view description);
bool NamesBalance(std::string_view description);  // "Saldo anterior", and nothing else
bool NamesTotal(std::string_view cell);  // "Total", "Neuer Kontostand"

}  // namespace finance::statement
