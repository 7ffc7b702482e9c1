#include "finance/statement/csv.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"
#include "finance/statement/csv_records.h"

namespace finance::statement {
namespace {

const ledger::Date kToday = ledger::Date::FromYmd(2026, 11, 1).value();

Statement Read(std::string_view text, const Profile& profile = {}) {
  auto statement = ParseStatement(text, profile, kToday);
  EXPECT_TRUE(statement.ok()) << statement.status().ToString();
  return statement.ok() ? std::move(*statement) : Statement{};
}

TEST(ParseCsv, ReadsAPlainFile) {
  const Statement s = Read("Date,Amount,Description\n2026-01-02,-12.39,TESCO STORES\n2026-01-03,100,PAY\n");
  ASSERT_EQ(s.rows.size(), 2U);
  EXPECT_EQ(s.rows[0].line, 2U);
  EXPECT_EQ(s.rows[0].amount.minor, -1239);
  EXPECT_EQ(s.rows[0].description, "TESCO STORES");
  EXPECT_EQ(s.rows[1].date.ToString(), "2026-01-03");
  EXPECT_TRUE(s.errors.empty());
}

TEST(ParseCsv, OneLateDaySettlesTheOrderOfTheWholeColumn) {
  const Statement s = Read("Date,Amount,Description\n03/04/2026,-1.00,a\n26/06/2026,-1.00,b\n");
  ASSERT_EQ(s.rows.size(), 2U);
  EXPECT_EQ(s.rows[0].date.ToString(), "2026-04-03");
  EXPECT_TRUE(s.ambiguous_dates.empty());
}

TEST(ParseCsv, ReportsDatesThatHaveTwoReadings) {
  const std::string_view text = "Date,Amount,Description\n03/04/2026,-1.00,a\n01/02/2026,-1.00,b\n05/01/2026,-1.00,c\n";
  const Statement guessed = Read(text);
  EXPECT_EQ(guessed.ambiguous_dates.size(), 2U);
  const Statement told = Read(text, {.date_order = DateOrder::kMdy});
  EXPECT_TRUE(told.ambiguous_dates.empty());
  EXPECT_EQ(told.rows[0].date.ToString(), "2026-03-04");
}

TEST(ParseCsv, DecidesTheDecimalMarkByTheColumn) {
  const Statement comma = Read("Datum;Betrag;Verwendungszweck\n02.01.2026;-1.234,56;Miete\n03.01.2026;1.000;Lohn\n");
  ASSERT_EQ(comma.rows.size(), 2U);
  EXPECT_EQ(comma.rows[0].amount.minor, -123456);
  EXPECT_EQ(comma.rows[1].amount.minor, 100000);
  EXPECT_FALSE(comma.ambiguous_numbers);
  EXPECT_TRUE(Read("Datum;Betrag;Text\n02.01.2026;1.000;x\n").ambiguous_numbers);
}

TEST(ParseCsv, ReadsTheWaysThatAmountsAreWritten) {
  const std::map<std::string, int64_t> kCells = {
      {"(12.30)", -1230}, {"12.30-", -1230}, {"+12.30", 1230}, {"-.5", -50}, {"\xE2\x88\x92" "5.00", -500},
      {"$1,234.50", 123450}, {"-$3.10", -310}, {"5.00 DR", -500}, {"5.00CR", 500}, {"1'234.50", 123450},
      {"1\xC2\xA0" "234.50", 123450}, {"EUR 7.00", 700}};
  for (const auto& [cell, minor] : kCells) {
    const Statement s = Read("Date,Amount,Description\n2026-01-02,\"" + cell + "\",x\n2026-01-02,1.25,y\n");
    ASSERT_EQ(s.rows.size(), 2U) << cell << (s.errors.empty() ? "" : s.errors[0].reason);
    EXPECT_EQ(s.rows[0].amount.minor, minor) << cell;
  }
}

TEST(ParseCsv, GivesRowsInErrorWithLineAndTextAndGoesOn) {
  const Statement s = Read(
      "Date,Amount,Description\n2026-01-02,-1.00,a\n2026-13-02,-1.00,b\n2026-01-03,1O.00,c\n0001-01-01,-1.00,d\n"
      "2026-01-04,-1.999,e\n2026-01-05,99999999999999999999,f\n2026-01-06,-2.00,g\n");
  ASSERT_EQ(s.rows.size(), 2U);
  ASSERT_EQ(s.errors.size(), 5U);
  EXPECT_EQ(s.errors[0].line, 3U);
  EXPECT_EQ(s.errors[0].text, "2026-13-02,-1.00,b");
  EXPECT_NE(s.errors[1].reason.find("1O.00"), std::string::npos);
}

TEST(ParseCsv, DebitAndCreditColumnsGiveTheSign) {
  const Statement s = Read("Date,Details,Debit,Credit\n2026-01-02,a,5.00,\n2026-01-03,b,,7.00\n2026-01-04,c,1.00,2.00\n2026-01-05,d,-3.00,\n");
  ASSERT_EQ(s.rows.size(), 3U);
  EXPECT_EQ(s.rows[0].amount.minor, -500);
  EXPECT_EQ(s.rows[1].amount.minor, 700);
  EXPECT_EQ(s.rows[2].amount.minor, 300);
  EXPECT_EQ(s.errors.size(), 1U);
}

TEST(ParseCsv, ReadsUtf16Latin1AndQuotedLineEnds) {
  std::string utf16 = "\xFF\xFE";
  for (const char c : std::string_view("Date,Amount,Description\n2026-01-02,-1.00,x\n")) {
    utf16 += c;
    utf16 += '\0';
  }
  EXPECT_EQ(Read(utf16).encoding, "UTF-16LE");
  const Statement latin = Read("Date,Amount,Description\n2026-01-02,-1.00,Caf\xE9 \x80\n");
  EXPECT_EQ(latin.encoding, "windows-1252");
  EXPECT_EQ(latin.rows[0].description, "Caf\xC3\xA9 \xE2\x82\xAC");
  const Statement quoted = Read("Date,Amount,Description\r\n2026-01-02,-1.00,\"a \"\"b\"\"\r\nc\"\r\n2026-01-03,-1.00,d\r\n");
  EXPECT_EQ(quoted.rows[0].description, "a \"b\"\r\nc");
  EXPECT_EQ(quoted.rows[1].line, 4U);
}

TEST(ParseCsv, RefusesWhatIsNoStatement) {
  for (const std::string& text : {std::string(), std::string("hello"), std::string("a,b\n1,2\n"), std::string("Date,Amount\n2026-01-01,\"1.00\n"),
                                  std::string("Date,Amount\n\0", 13)}) {
    EXPECT_EQ(ParseStatement(text, {}, kToday).status().code(), base::StatusCode::kInvalidArgument) << text;
  }
  std::string wide_cell = "Date,Amount,Description\n2026-01-01,1.00," + std::string(kCsvCellBytesMax, 'x') + "\n";
  EXPECT_TRUE(ParseStatement(wide_cell, {}, kToday).ok());
  wide_cell.insert(wide_cell.size() - 1, "x");
  EXPECT_EQ(ParseStatement(wide_cell, {}, kToday).status().code(), base::StatusCode::kResourceExhausted);
  EXPECT_EQ(ParseStatement(std::string(kStatementBytesMax + 1, 'x'), {}, kToday).status().code(), base::StatusCode::kResourceExhausted);
}

TEST(ParseCsv, SurvivesGarbage) {
  static constexpr std::string_view kPieces[] = {"Date", "Amount", ",", ";", "\"", "\n", "\r", "2026-01-02", "1.00", "-",
                                                 "\xE9", "\xC3\xA9", "\t", "(", ")", "Debit", "Credit", "'", "31/12/99"};
  base::Random random(5);
  for (int i = 0; i < 5'000; ++i) {
    std::string text = random.Chance(0.5) ? "Date,Amount,Description\n" : "";
    for (uint64_t n = random.Below(30); n > 0; --n) text += kPieces[random.Below(std::size(kPieces))];
    const auto statement = ParseStatement(text, {}, kToday);
    if (statement.ok()) {
      EXPECT_LE(statement->rows.size(), text.size());
    }
  }
}

// What Python's codecs make of these words, as a bank would write them.
TEST(ParseCsv, ReadsEightBitAndEastAsianEncodings) {
  struct Case {
    std::string_view encoding, bytes, text;
  };
  const Case cases[] = {
      {"windows-1250", "\xAF" "abka zakupy \xB9 \xF3w p\xB3" "atno\x9C\xE6", "Żabka zakupy ą ów płatność"},
      {"windows-1251", "\xCF\xFF\xF2\xB8\xF0\xEE\xF7\xEA\xE0 \xEC\xE0\xE3\xE0\xE7\xE8\xED", "Пятёрочка магазин"},
      {"Shift_JIS", "\x83Z\x83u\x83\x93\x83" "C\x83\x8C\x83u\x83\x93 \x82\xA8\x8E\x78\x95\xA5\x82\xA2", "セブンイレブン お支払い"},
      {"EUC-KR", "\xBD\xC5\xC7\xD1\xC4\xAB\xB5\xE5 \xC0\xD3\xB4\xEB\xB7\xE1", "신한카드 임대료"},
      {"GB18030", "\xB3\xAC\xCA\xD0\xB9\xBA\xCE\xEF \xD6\xA7\xB8\xB6\xB1\xA6", "超市购物 支付宝"},
      {"windows-1252", "Caf\xE9 M\xFCller \x80 5", "Café Müller € 5"},
  };
  for (const Case& one : cases) {
    const std::string file = "Date,Amount,Description\n2026-01-01,-1.00," + std::string(one.bytes) + "\n";
    const Statement guessed = Read(file);
    EXPECT_EQ(guessed.encoding, one.encoding);
    EXPECT_EQ(guessed.rows.at(0).description, one.text) << one.encoding;
    EXPECT_EQ(Read(file, *ParseProfile("encoding=" + std::string(one.encoding))).rows.at(0).description, one.text);
  }
  const std::string polish = "Date,Amount,Description\n2026-01-01,-1.00,\xB1\n";
  EXPECT_EQ(Read(polish, *ParseProfile("encoding=ISO-8859-2")).rows.at(0).description, "ą");
  EXPECT_FALSE(ParseStatement(polish, *ParseProfile("encoding=Shift_EBCDIC"), kToday).ok());
  EXPECT_FALSE(ParseStatement("Date,Amount,Description\n2026-01-01,-1.00,\xFF\xFF\n", *ParseProfile("encoding=EUC-KR"), kToday).ok());
}

TEST(ParseProfile, ReadsItsPartsAndNamesWhatItDoesNotKnow) {
  const auto profile = ParseProfile("date_order=MDY;decimal=,;delimiter=tab;flip=1;currency=chf");
  ASSERT_TRUE(profile.ok()) << profile.status().ToString();
  EXPECT_EQ(profile->delimiter, '\t');
  EXPECT_EQ(profile->currency->str(), "CHF");
  EXPECT_FALSE(ParseProfile("date_order=XYZ").ok());
  EXPECT_FALSE(ParseProfile("colour=blue").ok());
}

TEST(ParseProfile, ReadsColumnsAndWritesThemTheSame) {
  const auto profile = ParseProfile("skip=2;columns=date:3,debit:5,credit:6,description:1+4;ask=1");
  ASSERT_TRUE(profile.ok()) << profile.status().ToString();
  EXPECT_EQ(profile->skip_lines, 2u);
  EXPECT_TRUE(profile->may_ask);
  EXPECT_EQ(profile->columns->date, 2u);
  EXPECT_EQ(profile->columns->description, (std::vector<size_t>{0, 3}));
  EXPECT_EQ(FormatColumns(*profile->columns), "date:3,debit:5,credit:6,description:1+4");
  for (const char* bad : {"columns=date:0", "columns=colour:1", "columns=date:x", "skip=-1", "skip=1e9", "ask=yes"}) {
    EXPECT_FALSE(ParseProfile(bad).ok()) << bad;
  }
}

constexpr std::string_view kStrange =
    "Export of 3 March\nWann;Wer;Wieviel;Rest\n01.02.2026;Bakery;-1,50;100,00\n02.02.2026;Pay;2.500,00;2.600,00\n";

TEST(ParseCsv, ReadsTheColumnsThatAPersonNamed) {
  const auto profile = ParseProfile("columns=date:1,amount:3,description:2");
  const Statement statement = Read(kStrange, *profile);
  ASSERT_EQ(statement.rows.size(), 2u);
  EXPECT_EQ(statement.rows[0].amount.minor, -150);
  EXPECT_EQ(statement.rows[1].description, "Pay");
  EXPECT_EQ(statement.rows[1].amount.minor, 250'000);
  EXPECT_EQ(statement.csv->header[1], "Wer");
  EXPECT_EQ(statement.csv->sample[0], (std::vector<std::string>{"01.02.2026", "Bakery", "-1,50", "100,00"}));
  EXPECT_FALSE(ParseStatement(kStrange, *ParseProfile("columns=date:1,amount:9"), kToday).ok());
  EXPECT_FALSE(ParseStatement(kStrange, *ParseProfile("columns=date:1"), kToday).ok());
}

TEST(ParseCsv, AsksForColumnsThatItCannotTell) {
  constexpr std::string_view kUnknown = "when,what\nyesterday,much\ntoday,more\n";
  EXPECT_FALSE(ParseStatement(kUnknown, {}, kToday).ok());
  const Statement statement = Read(kUnknown, *ParseProfile("ask=1"));
  EXPECT_TRUE(statement.rows.empty());
  EXPECT_FALSE(statement.csv->columns.complete());
  EXPECT_EQ(statement.csv->sample[1], (std::vector<std::string>{"yesterday", "much"}));
}

TEST(ParseCsv, LeavesOutTheLinesThatItIsToldTo) {
  constexpr std::string_view kTwoHeaders = "Date,Amount,Description\n2026-01-01,1.00,old\nDate,Amount,Description\n2026-01-02,2.00,new\n";
  const Statement statement = Read(kTwoHeaders, *ParseProfile("skip=2"));
  ASSERT_EQ(statement.rows.size(), 1u);
  EXPECT_EQ(statement.rows[0].description, "new");
}

TEST(ParseCsv, TheFingerprintIsOfTheBanksFormNotOfItsRowsOrItsReader) {
  const auto of = [](std::string_view text, const char* profile) { return Read(text, *ParseProfile(profile)).csv->fingerprint; };
  constexpr std::string_view kJanuary = "Date,Amount,Description\n2026-01-01,1.00,a\n";
  constexpr std::string_view kMarch = "Date,Amount,Description\n2026-03-01,-7.00,\"b, c\"\n2026-03-02,-8.00,d\n";
  EXPECT_EQ(of(kJanuary, ""), of(kMarch, "flip=1;date_order=YMD"));
  EXPECT_NE(of(kJanuary, ""), of("Date,Amount,Details\n2026-01-01,1.00,a\n", ""));
  EXPECT_EQ(of(kStrange, "ask=1"), of(kStrange, "columns=date:1,amount:3,description:2"));
  EXPECT_EQ(of(kJanuary, "").size(), 32u);
}

TEST(ReadDate, KnowsMonthsWhateverTheirCase) {
  for (const char* cell : {"30 \xD0\xAF\xD0\xBD\xD0\xB2 2026", "30 \xD1\x8F\xD0\xBD\xD0\xB2\xD0\xB0\xD1\x80\xD1\x8F 2026", "30 stycznia 2026", "30 Oca 2026", "30 JAN 2026", "30. tammikuuta 2026"}) {
    const auto date = ReadDate(cell, DateOrder::kDmy);
    ASSERT_TRUE(date) << cell;
    EXPECT_EQ(date->ToString(), "2026-01-30") << cell;
  }
  EXPECT_EQ(ReadDate("28 \xC5\x9Eub 2026", DateOrder::kDmy)->ToString(), "2026-02-28");
  EXPECT_EQ(ReadDate("28 \xD0\xA1\xD0\xB5\xD1\x80 2026", DateOrder::kDmy)->ToString(), "2026-08-28");
  EXPECT_FALSE(ReadDate("28 foo 2026", DateOrder::kDmy));
}

TEST(ReadText, ATypographicMarkMakesNoFileOfDos) {
  const std::string start = "Date,Amount,Description\n2026-01-01,-1.00,", next = "\n2026-01-02,-1.00,";
  const std::string text = start + "M\xFCller" + next + "Caf\xE9 Gr\xF6\xDF" "e" + next + "B\xE4" "cker" + next;
  for (const std::string& last : {std::string("Gasthaus \x84Zur Post\x94Wien"), std::string("Lidl\x99Plus"), std::string("a\x84z\x94x")}) {
    const Statement statement = Read(text + last + "\n");
    EXPECT_EQ(statement.encoding, "windows-1252") << last;
    EXPECT_EQ(statement.rows.at(0).description, "Müller") << last;
  }
  EXPECT_EQ(Read(start + "Lidl\x99Plus\n").rows.at(0).description, "Lidl™Plus");
  EXPECT_EQ(Read(start + "Stra\xE1" "e M\x81ller" + next + "Hauptstra\xE1" "e\n").rows.at(0).description, "Straße Müller") << "of DOS";
}

TEST(ReadText, AFilesOwnWordForItsEncodingIsTaken) {
  const auto ofx = [](std::string_view charset, std::string_view name) {
    return "OFXHEADER:100\nENCODING:USASCII\nCHARSET:" + std::string(charset) + "\n\n<OFX><STMTTRN><DTPOSTED>20260115<TRNAMT>-1.00<FITID>1<NAME>" + std::string(name) + "</STMTTRN></OFX>";
  };
  const auto camt = [](std::string_view encoding, std::string_view text) {
    return "<?xml version=\"1.0\" encoding=\"" + std::string(encoding) +
           "\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02\"><BkToCstmrStmt><Stmt><Ntry><Amt Ccy=\"EUR\">1.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts>"
           "<BookgDt><Dt>2026-01-15</Dt></BookgDt><AddtlNtryInf>" + std::string(text) + "</AddtlNtryInf></Ntry></Stmt></BkToCstmrStmt></Document>";
  };
  EXPECT_EQ(Read(ofx("1252", "a\x94o")).rows.at(0).description, "a”o");
  EXPECT_EQ(Read(ofx("ISO-8859-1", "a\x94o")).rows.at(0).description, "a”o");
  EXPECT_EQ(Read(camt("windows-1252", "a\x94o")).rows.at(0).description, "a”o");
  EXPECT_EQ(Read(camt("ISO-8859-1", "m\xB3 Caf\xE9 x\xB9 ")).rows.at(0).description, "m³ Café x¹");
  EXPECT_EQ(Read(camt("latin1", "x\x94o")).encoding, "windows-1252");
  EXPECT_EQ(Read(ofx("1252", "M\x81ller")).rows.at(0).description, "Müller") << "a byte that it has not: the file is wrong about itself";
}

TEST(ReadDates, CroatianNamesAreTakenForWhatTheyAreInCroatian) {
  const std::pair<const char*, const char*> names[] = {
      {"siječnja", "01"}, {"veljače", "02"}, {"ožujka", "03"}, {"travnja", "04"}, {"svibnja", "05"}, {"lipnja", "06"}, {"lipanj", "06"},
      {"srpnja", "07"}, {"srpanj", "07"}, {"kolovoza", "08"}, {"rujna", "09"}, {"studenoga", "11"}, {"prosinca", "12"}, {"lipca", "07"},
      {"srpna", "08"}, {"listopadu", "11"}, {"листопада", "11"}};
  for (const auto& [name, month] : names) {
    const auto date = ReadDate(std::string("12 ") + name + " 2025", DateOrder::kDmy);
    ASSERT_TRUE(date) << name;
    EXPECT_EQ(date->ToString(), std::string("2025-") + month + "-12") << name;
  }
  const auto file = [](const char* other) { return std::string("Date;Amount;Description\n12 listopada 2025;-1,00;a\n") + other + ";-1,00;b\n"; };
  const Statement croatian = Read(file("3 rujna 2025"));
  EXPECT_EQ(croatian.rows.at(0).date.ToString(), "2025-10-12");
  EXPECT_FALSE(croatian.ambiguous_months);
  const Statement polish = Read(file("3 września 2025"));
  EXPECT_EQ(polish.rows.at(0).date.ToString(), "2025-11-12");
  EXPECT_FALSE(polish.ambiguous_months);
  const Statement open = Read(file("13 listopada 2025"));
  EXPECT_EQ(open.rows.at(0).date.ToString(), "2025-11-12");
  EXPECT_TRUE(open.ambiguous_months);
  EXPECT_EQ(Read(file("13 listopada 2025"), *ParseProfile("months=hr")).rows.at(0).date.ToString(), "2025-10-12");
  EXPECT_FALSE(Read(file("13 listopada 2025"), *ParseProfile("months=pl")).ambiguous_months);
}

TEST(ParseCsv, ASplitThatCannotBeReadLeavesTheRow) {
  for (const char* cell : {"2", "Yes"}) {
    const Statement foreign = Read(std::string("Date,Amount,Description,Splits\n2026-01-02,-3.00,a,") + cell + "\n");
    ASSERT_EQ(foreign.rows.size(), 1u) << cell;
    EXPECT_FALSE(foreign.rows[0].bad_parts) << "another program's column";
  }
  const Statement broken = Read("Date,Amount,Description,Splits\n2026-01-02,-3.00,a,dining -1.00 | health -2.00\n2026-01-03,-3.00,b,dining -1.00 | health\n");
  ASSERT_EQ(broken.rows.size(), 2u);
  EXPECT_EQ(broken.rows[0].parts.size(), 2u);
  EXPECT_TRUE(broken.rows[1].bad_parts);
  EXPECT_TRUE(broken.rows[1].parts.empty());
}

}  // namespace
}  // namespace finance::statement
