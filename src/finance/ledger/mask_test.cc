#include "finance/ledger/mask.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"

namespace finance::ledger {
namespace {

TEST(MaskText, TakesOutNamesAccountsCardsAndLongNumbers) {
  EXPECT_EQ(MaskText("Transfer to JANE DOE"), "Transfer to [name]");
  EXPECT_EQ(MaskText("ZELLE PAYMENT FROM Mary-Ann O'Neil 12"), "ZELLE PAYMENT FROM [name] 12");
  EXPECT_EQ(MaskText("Überweisung an Erika Mustermann DE89370400440532013000"), "Überweisung an [name] [iban]");
  EXPECT_EQ(MaskText("DE89 3704 0044 0532 0130 00 rent"), "[iban] rent");
  EXPECT_EQ(MaskText("card 4111 1111 1111 1111 shop"), "card [card] shop");
  EXPECT_EQ(MaskText("card ****1234"), "card [card]");
  EXPECT_EQ(MaskText("XXXX XXXX XXXX 1234 x"), "[card] x");
  EXPECT_EQ(MaskText("REWE 41400673//Hamburg"), "REWE [number]//Hamburg");
  EXPECT_EQ(MaskText("ref AB1234567"), "ref AB[number]");
}

TEST(MaskText, KeepsMerchantsStoreNumbersAndOnesOwnAccounts) {
  for (const char* text : {"TESCO STORES 3297", "Wholefoods#123", "7-ELEVEN 12345", "Transfer to savings",
                           "XXL SPORT", "PAYPAL *EBAY", "", "transferring tools", "2018-03-01T11:33:59"}) {
    EXPECT_EQ(MaskText(text), text);
  }
}

TEST(MaskText, MasksAMaskedTextToItself) {
  static constexpr std::string_view kPieces[] = {"transfer to ", "Zelle from", " ", "JANE", "4111111111111111",
                                                 "DE89370400440532013000", "****", "1234", "-", "x", "[name]",
                                                 "X", "123456", "\xC3\xBC", "GB29NWBK60161331926819", "12"};
  awry::base::Random random(11);
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (uint64_t n = random.Below(7); n > 0; --n) text += kPieces[random.Below(std::size(kPieces))];
    const std::string once = MaskText(text);
    ASSERT_EQ(MaskText(once), once) << text;
  }
}

}  // namespace
}  // namespace finance::ledger
