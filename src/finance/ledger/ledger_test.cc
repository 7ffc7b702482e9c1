#include <gtest/gtest.h>

#include <limits>
#include <map>

#include "base/random.h"
#include "finance/ledger/category.h"
#include "finance/ledger/category_names.h"
#include "finance/ledger/clean_description.h"
#include "finance/ledger/date.h"
#include "finance/ledger/money.h"
#include "finance/ledger/sha256.h"
#include "finance/ledger/transaction.h"
#include "finance/ledger/user_id.h"

namespace finance::ledger {
namespace {

Currency Cur(std::string_view code) { return Currency::Parse(code).value(); }
int64_t Minor(std::string_view text, std::string_view code) { return ParseMoney(text, Cur(code)).value().minor; }

TEST(Money, ReadsDecimalTextExactlyByTheCurrencysExponent) {
  EXPECT_EQ(Minor("-12.39", "EUR"), -1239);
  EXPECT_EQ(Minor("+.5", "EUR"), 50);
  EXPECT_EQ(Minor("7.", "EUR"), 700);
  EXPECT_EQ(Minor("1500", "JPY"), 1500);
  EXPECT_EQ(Minor("1.234", "KWD"), 1234);
  EXPECT_EQ(Minor("1.2345", "CLF"), 12345);
  EXPECT_EQ(Minor("25.00000", "EUR"), 2500);
  EXPECT_EQ(Minor("1500.00", "JPY"), 1500);
}

TEST(Money, RefusesWhatIsNoExactAmount) {
  for (const char* text : {"", "-", ".", "1.2.3", "12,39", "1e3", "0x10", " 1", "1 ", "--1", "nan", "1.999"}) {
    EXPECT_FALSE(ParseMoney(text, Cur("EUR")).ok()) << text;
  }
  EXPECT_FALSE(ParseMoney("1.5", Cur("JPY")).ok());
}

TEST(Money, HoldsEveryInt64AndRefusesOneBeyond) {
  EXPECT_EQ(Minor("92233720368547758.07", "EUR"), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(Minor("-92233720368547758.08", "EUR"), std::numeric_limits<int64_t>::min());
  EXPECT_FALSE(ParseMoney("92233720368547758.08", Cur("EUR")).ok());
  EXPECT_FALSE(ParseMoney("-92233720368547758.09", Cur("EUR")).ok());
  EXPECT_FALSE(ParseMoney(std::string(400, '9'), Cur("EUR")).ok());
  EXPECT_FALSE(AddMinor(std::numeric_limits<int64_t>::max(), 1).ok());
  EXPECT_FALSE(NegateMinor(std::numeric_limits<int64_t>::min()).ok());
}

TEST(Money, WritesWhatItReads) {
  base::Random random(7);
  for (int i = 0; i < 2000; ++i) {
    const Currency currency = Cur(i % 4 == 0 ? "JPY" : i % 4 == 1 ? "KWD" : i % 4 == 2 ? "CLF" : "EUR");
    const Money money{static_cast<int64_t>(random.Next()) >> (random.Below(64)), currency};
    const auto back = ParseMoney(FormatMoney(money), currency);
    ASSERT_TRUE(back.ok()) << FormatMoney(money);
    EXPECT_EQ(back.value(), money);
  }
}

TEST(Currency, KnowsIsoExponentsAndRefusesMetals) {
  EXPECT_EQ(Cur("krw").exponent(), 0);
  EXPECT_EQ(Cur("TWD").exponent(), 2);
  EXPECT_EQ(Cur("UYW").exponent(), 4);
  for (const char* code : {"XAU", "XXX", "XTS", "ZZZ", "EU", "EURO", ""}) EXPECT_FALSE(Currency::Parse(code).ok()) << code;
}

TEST(UserId, TakesVisibleAsciiOfOneTo128Bytes) {
  EXPECT_TRUE(UserId::Parse("user123").ok());
  EXPECT_TRUE(UserId::Parse(std::string(128, '~')).ok());
  for (const std::string& bad : {std::string(), std::string(129, 'a'), std::string("a b"), std::string("ü"),
                                 std::string("a\0b", 3), std::string("a\x7f")}) {
    EXPECT_FALSE(UserId::Parse(bad).ok());
  }
}

TEST(Category, IdsAndNumbersGoBothWays) {
  for (size_t i = 0; i < kCategoryCount; ++i) {
    EXPECT_EQ(CategoryFromId(CategoryIds()[i]), CategoryFromNumber(static_cast<int64_t>(i)));
  }
  EXPECT_EQ(CategoryId(Category::kTaxesGiving), "taxes_giving");
  EXPECT_FALSE(CategoryFromId("food"));
  EXPECT_FALSE(CategoryFromNumber(21));
  EXPECT_FALSE(CategoryFromNumber(-1));
}

TEST(Category, SingleMerchantCodesWinOverRanges) {
  EXPECT_EQ(CategoryOfMcc(5411), Category::kGroceries);
  EXPECT_EQ(CategoryOfMcc(5072), Category::kHome);      // inside 5044–5085
  EXPECT_EQ(CategoryOfMcc(5977), Category::kPersonalCare);  // inside 5931–5999
  EXPECT_EQ(CategoryOfMcc(3000), Category::kTravel);
  EXPECT_EQ(CategoryOfMcc(763), std::nullopt);
  EXPECT_EQ(CategoryOfMcc(9950), std::nullopt);
}

TEST(Date, GoesOverEveryDayOfFourCenturies) {
  for (int32_t day = Date::FromYmd(1900, 1, 1)->days(); day < Date::FromYmd(2300, 1, 1)->days(); ++day) {
    const Date date = Date::FromDays(day);
    ASSERT_EQ(Date::FromYmd(date.year(), date.month(), date.day()), date);
    ASSERT_EQ(Date::Parse(date.ToString()).value(), date);
  }
}

TEST(Date, RefusesDaysThatDoNotExist) {
  for (const char* text : {"2023-02-29", "1900-02-29", "2024-13-01", "2024-00-10", "2024-1-01", "24-01-01",
                           "2024/01/01", "2024-01-32", "0000-01-01", "2024-01-0a"}) {
    EXPECT_FALSE(Date::Parse(text).ok()) << text;
  }
  EXPECT_TRUE(Date::Parse("2000-02-29").ok());
  EXPECT_EQ(Date::Parse("1970-01-01").value().weekday(), 4);
  EXPECT_EQ(Date::FromUnixNs(-1).ToString(), "1969-12-31");
}

TEST(CleanDescription, DropsBookingWordsDatesAndReferencesButKeepsTheMerchant) {
  EXPECT_EQ(CleanDescription("  POS  PURCHASE TESCO STORES 3297 12/22 "), "TESCO STORES 3297");
  EXPECT_EQ(CleanDescription("VISA 01/02 AMAZON MKTPLACE 123456789"), "AMAZON MKTPLACE");
  EXPECT_EQ(CleanDescription("POS"), "POS");
  EXPECT_EQ(CleanDescription("123456789"), "123456789");
  EXPECT_EQ(CleanDescription(" \t\n"), "");
  EXPECT_EQ(MerchantKey("TESCO-STORES 3297"), "tesco stores");
  EXPECT_EQ(MerchantKey("Marks&Spencer"), "marks&spencer");
}

TEST(Fingerprint, ChangesWithEveryFieldAndNotWithBlanksOrCase) {
  const Date day = Date::Parse("2026-01-02").value();
  const Money money{-350, Cur("EUR")};
  const std::string one = Fingerprint("a", day, money, "Coffee  BAR");
  EXPECT_EQ(one.size(), 64U);
  EXPECT_EQ(one, Fingerprint("a", day, money, " coffee bar "));
  EXPECT_NE(one, Fingerprint("b", day, money, "coffee bar"));
  EXPECT_NE(one, Fingerprint("a", day.AddDays(1), money, "coffee bar"));
  EXPECT_NE(one, Fingerprint("a", day, {-351, Cur("EUR")}, "coffee bar"));
  EXPECT_NE(one, Fingerprint("a", day, {-350, Cur("USD")}, "coffee bar"));
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(CategoryFromName, KnowsEnglishAndGermanNamesIdsAndTheLastKnownPartOfAPath) {
  const std::map<std::string_view, Category> kNames = {
      {"groceries", Category::kGroceries}, {"Lebensmittel", Category::kGroceries}, {"Food & Dining", Category::kDining},
      {"Food:Groceries", Category::kGroceries}, {"Auto > Fuel", Category::kTransport}, {"GEBÜHREN", Category::kFees},
      {"Personal care", Category::kPersonalCare}, {"Steuern & Spenden", Category::kTaxesGiving}, {"taxes_giving", Category::kTaxesGiving},
      {"Groceries:Aunt Mary", Category::kGroceries}};
  for (const auto& [name, category] : kNames) EXPECT_EQ(CategoryFromName(name), category) << name;
  for (const std::string_view name : {"", ":", "Aunt Mary", "Misc/Other"}) EXPECT_FALSE(CategoryFromName(name)) << name;
  for (const std::string_view name : {"Expenses:Auto:Gas", "Auto:Gas", "Auto & Transport:Gas", "Expenses > Automobile > Gas", "Car/Gas", "Auto Gas", "Auto:Gas:Station 7"})
    EXPECT_EQ(CategoryFromName(name), Category::kTransport) << name;
  for (const std::string_view name : {"Gas", "Bills:Gas", "Expenses:Utilities:Gas", "Auto:Home:Gas"}) EXPECT_EQ(CategoryFromName(name), Category::kUtilities) << name;
}

}  // namespace
}  // namespace finance::ledger
