// Files in the forms of some hundred banks, most of them CSV: which column means what, which sign, which state.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "base/file.h"
#include "finance/statement/csv_names.h"
#include "finance/statement/statement.h"

namespace finance::statement {
namespace {

const ledger::Date kToday = ledger::Date::FromYmd(2026, 11, 23).value();

Statement Read(std::string_view text, const Profile& profile = {}) {
  auto statement = ParseStatement(text, profile, kToday);
  EXPECT_TRUE(statement.ok()) << statement.status().ToString();
  return statement.ok() ? std::move(*statement) : Statement{};
}

std::string Summary(const Statement& statement) {
  if (statement.rows.empty()) return "no rows";
  int64_t sum = 0;
  for (const StatementRow& row : statement.rows) sum += row.amount.minor;
  const auto pending = std::count_if(statement.rows.begin(), statement.rows.end(), [](const StatementRow& row) { return row.pending; });
  const StatementRow& first = statement.rows.front();
  return fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}", statement.rows.size(), statement.errors.size(), pending, sum, first.amount.currency.str(),
                     first.date.ToString(), first.description.substr(0, first.description.find('\n')));
}

TEST(FilesOfBanks, AreReadWithoutBeingToldHow) {
  const std::string dir = AWRY_SOURCE_DIR "/src/finance/statement/testdata/made/";
  std::istringstream lines(awry::base::RealFileSystem().ReadAll(dir + "expected.tsv").value());
  int files = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    const size_t tab = line.find('\t');
    const std::string name = line.substr(0, tab);
    const auto bytes = awry::base::RealFileSystem().ReadAll(dir + name);
    ASSERT_TRUE(bytes.ok()) << name;
    EXPECT_EQ(Summary(Read(*bytes)), line.substr(tab + 1)) << name;
    ++files;
  }
  EXPECT_GE(files, 150);
}

TEST(CsvOfBanks, NumbersBeyondAllMoneyAreNoBalance) {
  const auto statement = ParseStatement("a,38912345678901234567890,2026-10-30,-1.00\nb,38912345678901234567891,2026-10-29,-2.00\n", {}, kToday);
  ASSERT_TRUE(statement.ok());
  EXPECT_EQ(statement->rows.size() + statement->errors.size(), 2u);
}

// A row more of another month must not turn what a column means.
TEST(CsvOfBanks, ReadsAFileOfOneRowAsItReadsTwo) {
  for (const char* text : {"Buchungstag;Empfänger;Betrag (EUR)\n30.10.2026;REWE;-1,50\n", "Data,Opis,Kwota,Saldo\n2026-10-30,BIEDRONKA,\"-1,50\",\"9,00\"\n",
                           "Date;Débit euros;Crédit euros;Libellé\n30/10/2026;1,50;;CARREFOUR\n"}) {
    const Statement statement = Read(text);
    ASSERT_EQ(statement.rows.size(), 1u) << text;
    EXPECT_EQ(statement.rows[0].amount.minor, -150) << text;
  }
}

TEST(CsvSigns, ACardsStatementIsTurnedAndAsked) {
  constexpr std::string_view kCard = "Date,Description,Amount\n2026-10-01,GROCER,10.00\n2026-10-02,CAFE,5.00\n2026-10-03,AUTOPAY PAYMENT - THANK YOU,-15.00\n";
  const Statement guessed = Read(kCard);
  EXPECT_TRUE(guessed.ambiguous_signs);
  EXPECT_TRUE(guessed.signs_turned);
  EXPECT_EQ(guessed.rows[0].amount.minor, -1000);
  const Statement told = Read(kCard, *ParseProfile("flip=0"));
  EXPECT_FALSE(told.ambiguous_signs);
  EXPECT_EQ(told.rows[0].amount.minor, 1000);
  EXPECT_EQ(Read(kCard, *ParseProfile("flip=1")).rows[2].amount.minor, 1500);
}

TEST(CsvSigns, AFileWithoutAnyMinusIsAskedAndLeftAsItIs) {
  constexpr std::string_view kPositive = "Date,Description,Amount\n2026-10-01,A,10.00\n2026-10-02,B,5.00\n2026-10-03,C,15.00\n";
  EXPECT_TRUE(Read(kPositive).ambiguous_signs);
  EXPECT_EQ(Read(kPositive).rows[0].amount.minor, 1000);
  EXPECT_FALSE(Read("Date,Description,Amount\n2026-10-01,SALARY,10.00\n2026-10-02,B,5.00\n2026-10-03,C,15.00\n").ambiguous_signs);
  EXPECT_FALSE(Read("Date,Description,Debit,Credit\n2026-10-01,A,10.00,\n2026-10-02,B,5.00,\n2026-10-03,C,15.00,\n").ambiguous_signs);
}

TEST(CsvSigns, ABalanceThatGoesAlongProvesTheSignAndShowsABreak) {
  const auto file = [](const char* third) {
    return fmt::format("Date,Text,Amount,Balance\n2026-10-01,A,10.00,90.00\n2026-10-02,B,20.00,70.00\n2026-10-03,C,-500.00,{}\n2026-10-04,D,5.00,565.00\n2026-10-05,E,5.00,560.00\n", third);
  };
  const Statement proven = Read(file("570.00"));
  EXPECT_TRUE(proven.signs_turned);
  EXPECT_FALSE(proven.ambiguous_signs);
  ASSERT_EQ(proven.balances.size(), 1u);
  EXPECT_TRUE(proven.balances[0].agrees());
  EXPECT_EQ(proven.balances[0].opening.minor, 10000);
  const Statement gap = Read("Date,Text,Amount,Balance\n2026-10-01,A,-1.00,9.00\n2026-10-02,B,-1.00,8.00\n2026-10-03,C,-1.00,6.00\n2026-10-04,D,-1.00,5.00\n");
  ASSERT_EQ(gap.balances.size(), 1u);
  EXPECT_FALSE(gap.balances[0].agrees());
  EXPECT_EQ(gap.balances[0].line, 4u);
}

TEST(CsvSigns, AMinusThatAllDebitsHaveIsForShow) {
  const Statement shown = Read("Date,Text,Debit,Credit\n2026-10-01,A,-1.00,\n2026-10-02,B,,2.00\n");
  EXPECT_EQ(shown.rows[0].amount.minor, -100);
  const Statement back = Read("Date,Text,Debit,Credit\n2026-10-01,A,1.00,\n2026-10-02,money back,-3.00,\n2026-10-02,B,,2.00\n");
  EXPECT_EQ(back.rows[0].amount.minor, -100);
  EXPECT_EQ(back.rows[1].amount.minor, 300);
}

TEST(CsvStates, WhatDidNotHappenIsNoRowAndWhatIsNotBookedIsPending) {
  const Statement statement = Read(
      "Date,Description,Amount,State\n2026-10-01,A,-1.00,COMPLETED\n2026-10-02,B,-2.00,PENDING\n2026-10-03,C,-3.00,DECLINED\n");
  ASSERT_EQ(statement.rows.size(), 2u);
  EXPECT_FALSE(statement.rows[0].pending);
  EXPECT_TRUE(statement.rows[1].pending);
  ASSERT_EQ(statement.errors.size(), 1u);
  EXPECT_NE(statement.errors[0].reason.find("DECLINED"), std::string::npos);
}

TEST(CsvSigns, WordsBesideUnsignedAmountsTellTheSignWhateverTheirColumnIsCalled) {
  const Statement words = Read("Datum;Xyz;Bedrag;Omschrijving\n30-10-2026;D;45,50;AH\n28-10-2026;C;1000,00;salaris\n");
  ASSERT_EQ(words.rows.size(), 2u);
  EXPECT_EQ(words.rows[0].amount.minor, -4550);
  EXPECT_EQ(words.rows[1].amount.minor, 100000);
}

TEST(CsvCurrency, OneThatDoesNotExistIsAnErrorOfItsRow) {
  const Statement statement = Read("date,description,amount,currency\n2026-10-30,A,-1.00,XYZ\n2026-10-29,B,-2.00,GBP\n2026-10-28,C,-3.00,GBP\n");
  ASSERT_EQ(statement.rows.size(), 2u);
  EXPECT_EQ(statement.rows[0].amount.currency.str(), "GBP");
  ASSERT_EQ(statement.errors.size(), 1u);
  EXPECT_NE(statement.errors[0].reason.find("XYZ"), std::string::npos);
}

TEST(CsvIds, AreTheBanksOwnOnlyWhereNoneComesTwice) {
  EXPECT_EQ(Read("Transaction ID,Date,Description,Amount\nt1,2026-10-01,A,-1.00\nt2,2026-10-02,B,-2.00\n").rows[1].external_id, "t2");
  std::string many = "Transaction ID,Date,Description,Amount\n";
  for (int i = 0; i < 300; ++i) many += fmt::format("t{},2026-10-01,A,-1.00\n", std::min(i, 298));  // the last two are alike
  for (const StatementRow& row : Read(many).rows) EXPECT_EQ(row.external_id, "");
}

TEST(CsvAccounts, AreNamedWhereTheFileHasSeveral) {
  const Statement two = Read("Date,Description,Amount,Account Name\n2026-10-01,A,-1.00,Checking\n2026-10-02,B,-2.00,Savings\n2026-10-03,C,-2.00,Savings\n");
  EXPECT_EQ(two.rows[0].account, "Checking");
  EXPECT_EQ(two.rows[2].account, "Savings");
  const Statement one = Read("Date,Description,Amount,Account Name\n2026-10-01,A,-1.00,Checking\n2026-10-02,B,-2.00,Checking\n");
  EXPECT_EQ(one.rows[0].account, "");
}

TEST(CsvNames, AreKnownWhateverTheirCaseAccentsAndCurrency) {
  const auto first = [](std::string_view cell) {
    const auto found = MeaningsOf(cell);
    return found.empty() ? std::optional<Meaning>() : found.front().meaning;
  };
  for (const char* cell : {"Betrag (EUR)", "#Kwota", "BELØP", "Částka", "Сумма операции", "金额(元)", "Transaction Amount in USD", "montant_operation"}) EXPECT_EQ(first(cell), Meaning::kAmount) << cell;
  for (const char* cell : {"Kategorie", "CATEGORY", "Catégorie"}) EXPECT_EQ(first(cell), Meaning::kCategory) << cell;
  for (const char* cell : {"Buchungstag", "DATE", "Bokföringsdag", "Дата операции", "取引日", "date_comptabilisation"}) EXPECT_EQ(first(cell), Meaning::kDate) << cell;
  for (const char* cell : {"", "€", "EUR", "Farbe", "\xFF\xC3"}) EXPECT_EQ(first(cell), std::nullopt) << cell;
}

// A kind of card beside the amount is no direction: who answers that spending is positive has none of it.
TEST(CsvSigns, WordsUnderAnotherNameAreAsked) {
  for (const char* name : {"Card", "Payment method", "Xyz"}) {
    const std::string text = fmt::format("Date,Description,Amount,{}\n2026-01-02,A shop,10.00,Debit\n2026-01-03,B shop,11.00,Credit\n2026-01-04,C shop,12.00,Debit\n", name);
    EXPECT_TRUE(Read(text).ambiguous_signs) << name;
    const Statement spent = Read(text, *ParseProfile("flip=1"));
    EXPECT_FALSE(spent.ambiguous_signs);
    EXPECT_FALSE(spent.csv->columns.mark);
    for (const StatementRow& row : spent.rows) EXPECT_LT(row.amount.minor, 0) << name;
    const Statement marked = Read(text, *ParseProfile("flip=0"));
    EXPECT_FALSE(marked.ambiguous_signs);
    EXPECT_EQ(marked.rows.at(0).amount.minor, -1000);
    EXPECT_EQ(marked.rows.at(1).amount.minor, 1100);
  }
  for (const char* name : {"", "Debit/Credit", "Type", "Dr/Cr flag"}) {
    const Statement known = Read(fmt::format("Date,Description,Amount,{}\n2026-01-02,A shop,10.00,Debit\n2026-01-03,B shop,11.00,Credit\n", name));
    EXPECT_FALSE(known.ambiguous_signs) << name;
    EXPECT_EQ(known.rows.at(0).amount.minor, -1000) << name;
  }
}

TEST(CsvCurrency, ACountryBesideTheAmountIsNone) {
  const Statement statement = Read("Date,Description,Amount,Country\n2026-01-02,A,-10.00,CHE\n2026-01-03,B,-11.00,CHE\n");
  ASSERT_EQ(statement.rows.size(), 2u);
  EXPECT_EQ(statement.rows[0].amount.currency.str(), "EUR");
  EXPECT_EQ(Read("Date,Description,Amount,Xyz\n2026-01-02,A,-10.00,CHF\n2026-01-03,B,-11.00,CHF\n").rows.at(0).amount.currency.str(), "CHF");
}

TEST(CsvSigns, TurnTheSumBeforeAConversionAsWell) {
  const Statement turned = Read("Date,Description,Amount,Original amount,Original currency\n2026-01-02,A,11.00,10.00,USD\n2026-01-03,B,5.00,4.00,USD\n", *ParseProfile("flip=1"));
  EXPECT_EQ(turned.rows.at(0).amount.minor, -1100);
  EXPECT_EQ(turned.rows.at(0).original->minor, -1000);
}

}  // namespace
}  // namespace finance::statement
