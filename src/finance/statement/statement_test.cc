#include "finance/statement/statement.h"

#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "base/file.h"
#include "base/random.h"
#include "finance/statement/bank_details.h"
#include "finance/statement/csv_details.h"

namespace finance::statement {
namespace {

const ledger::Date kToday = ledger::Date::FromYmd(2026, 11, 1).value();

Statement Read(std::string_view text, const Profile& profile = {}) {
  auto statement = ParseStatement(text, profile, kToday);
  EXPECT_TRUE(statement.ok()) << statement.status().ToString();
  return statement.ok() ? std::move(*statement) : Statement{};
}

std::string Sum(const Statement& statement) {
  std::map<std::string, int64_t> sums;
  for (const StatementRow& row : statement.rows) sums[std::string(row.amount.currency.str())] += row.amount.minor;
  std::string text;
  for (const auto& [code, minor] : sums) text += code + " " + std::to_string(minor) + " ";
  return text;
}

TEST(ParseOfx, ReadsUnclosedAndClosedTagsAlike) {
  const Statement sgml = Read(
      "OFXHEADER:100\n\n<OFX><STMTRS><CURDEF>USD<BANKACCTFROM><ACCTID>77</BANKACCTFROM><BANKTRANLIST>\n"
      "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260115120000.000[-5:EST]<TRNAMT>-10.00<FITID>T1<NAME>A&amp;B &#233;<SIC>5411</STMTTRN>\n"
      "<STMTTRN><DTPOSTED>20260116<TRNAMT>1.5<CURRENCY><CURRATE>1.1<CURSYM>CHF</CURRENCY><MEMO>only memo</STMTTRN></BANKTRANLIST></OFX>");
  ASSERT_EQ(sgml.rows.size(), 2U);
  EXPECT_EQ(sgml.format, "ofx");
  EXPECT_EQ(sgml.rows[0].description, "A&B \xC3\xA9");
  EXPECT_EQ(sgml.rows[0].external_id, "T1");
  EXPECT_EQ(sgml.rows[0].account, "77");
  EXPECT_EQ(sgml.rows[0].mcc, 5411);
  EXPECT_EQ(sgml.rows[0].line, 4U);
  EXPECT_EQ(sgml.rows[0].date.ToString(), "2026-01-15");
  EXPECT_EQ(sgml.rows[1].amount.currency.str(), "CHF");
  EXPECT_EQ(sgml.rows[1].description, "only memo");
  const Statement xml = Read(
      "<?xml version=\"1.0\"?><?OFX OFXHEADER=\"200\"?><OFX><CURDEF>EUR</CURDEF><STMTTRN><DTPOSTED>20260115</DTPOSTED>"
      "<TRNAMT>-1,25</TRNAMT><ORIGCURRENCY><CURSYM>GBP</CURSYM></ORIGCURRENCY><NAME></NAME><MEMO><![CDATA[x < y]]></MEMO></STMTTRN></OFX>");
  ASSERT_EQ(xml.rows.size(), 1U);
  EXPECT_EQ(xml.rows[0].amount.minor, -125);
  EXPECT_EQ(xml.rows[0].amount.currency.str(), "EUR");
  EXPECT_EQ(xml.rows[0].description, "x < y");
}

TEST(ParseQif, TakesTheYearBehindAnApostropheAndTheOrderOfTheWholeFile) {
  const Statement s = Read("!Type:Bank\nD1/ 2'06\nT-1,234.56\nPShop\nMnote\n^\nD12/31'2020\nU5.00\nN101\n^\n!Type:Cat\nNFood\n^\n");
  ASSERT_EQ(s.rows.size(), 2U);
  EXPECT_EQ(s.rows[0].date.ToString(), "2006-01-02");
  EXPECT_EQ(s.rows[0].amount.minor, -123456);
  EXPECT_EQ(s.rows[0].description, "Shop note");
  EXPECT_EQ(s.rows[1].description, "Check 101");
  EXPECT_TRUE(s.ambiguous_dates.empty());
  EXPECT_FALSE(Read("!Type:Bank\nD1/2/2006\nT1.00\n^\n").ambiguous_dates.empty());
}

std::string Camt(std::string_view entry, std::string_view balances = "") {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt>\n<Stmt>"
         "<Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>" + std::string(balances) + "\n" + std::string(entry) +
         "</Stmt></BkToCstmrStmt></Document>";
}

TEST(ParseCamt, TheMarkAloneGivesTheSignAndAReversalDoesNotTurnIt) {
  const Statement s = Read(Camt(
      "<Ntry><Amt Ccy=\"EUR\">8.85</Amt><CdtDbtInd>CRDT</CdtDbtInd><RvslInd>true</RvslInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-01-02</Dt></BookgDt>"
      "<NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><RltdPties><Dbtr><Pty><Nm>Jane</Nm></Pty></Dbtr></RltdPties>"
      "<RmtInf><Ustrd>Rent</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>\n"
      "<Ntry><Amt Ccy=\"EUR\">3</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>PDNG</Sts><ValDt><DtTm>2026-01-03T10:00:00</DtTm></ValDt><AcctSvcrRef>R9</AcctSvcrRef></Ntry>"));
  ASSERT_EQ(s.rows.size(), 2U);
  EXPECT_EQ(s.rows[0].amount.minor, 885);
  EXPECT_EQ(s.rows[0].description, "Jane Rent");
  EXPECT_EQ(s.rows[0].external_id, "");
  EXPECT_EQ(s.rows[0].line, 4U);
  EXPECT_EQ(s.rows[1].amount.minor, -300);
  EXPECT_TRUE(s.rows[1].pending);
  EXPECT_EQ(s.rows[1].external_id, "R9");
}

TEST(ParseCamt, ChecksTheFilesOwnBalances) {
  const auto balance = [](std::string_view kind, std::string_view amount) {
    return "<Bal><Tp><CdOrPrtry><Cd>" + std::string(kind) + "</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">" + std::string(amount) +
           "</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>";
  };
  const std::string entry = "<Ntry><Amt Ccy=\"EUR\">1.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-01-02</Dt></BookgDt></Ntry>";
  EXPECT_TRUE(Read(Camt(entry, balance("OPBD", "5.00") + balance("CLBD", "4.00"))).balances.at(0).agrees());
  EXPECT_FALSE(Read(Camt(entry, balance("OPBD", "5.00") + balance("CLBD", "4.50"))).balances.at(0).agrees());
}

TEST(ParseCamt, RefusesDeepNestingAndLoadsNoEntity) {
  std::string deep = "<Document camt.053>";
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  EXPECT_EQ(ParseStatement(deep, {}, kToday).status().code(), base::StatusCode::kInvalidArgument);
  const Statement s = Read("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>" + Camt(
      "<Ntry><Amt Ccy=\"EUR\">1</Amt><CdtDbtInd>DBIT</CdtDbtInd><BookgDt><Dt>2026-01-02</Dt></BookgDt><AddtlNtryInf>&e;</AddtlNtryInf></Ntry>").substr(39));
  ASSERT_EQ(s.rows.size(), 1U);
  EXPECT_EQ(s.rows[0].description, "&e;");
}

TEST(ParseMt940, ReversalsTurnTheSignAndTheEntryDateTakesTheNearestYear) {
  const Statement s = Read(
      ":20:X\n:25:DE1\n:60F:C251230EUR100,00\n:61:2512310102D10,00NTRFNONREF//B1\n:86:166?00CARD?20SVWZ+Te?21st?32SHOP\n"
      ":61:260102RC5,NTRFREF\n:86:plain text\n:61:260102RD7,5NTRFNONREF\nextra\n:61:260102CR1,00NTRFNONREF\n:62F:C260102EUR93,50\n");
  ASSERT_EQ(s.rows.size(), 4U);
  EXPECT_EQ(s.rows[0].date.ToString(), "2026-01-02");
  EXPECT_EQ(s.rows[0].description, "SHOP Test");
  EXPECT_EQ(s.rows[0].external_id, "B1");
  EXPECT_EQ(s.rows[1].amount.minor, -500);
  EXPECT_EQ(s.rows[1].description, "plain text");
  EXPECT_EQ(s.rows[2].amount.minor, 750);
  EXPECT_EQ(s.rows[2].description, "extra");
  EXPECT_EQ(s.rows[3].amount.minor, 100);
  ASSERT_EQ(s.balances.size(), 1U);
  EXPECT_TRUE(s.balances[0].agrees());
}

TEST(ParseMt940, AReferenceOnSeveralEntriesOrWithoutADigitIsNoId) {
  const Statement s = Read(
      ":20:X\n:25:G1\n:60F:C260901GBP50,00\n:61:2609020902D12,50NMSCTESCO//POS\n:61:2609020902D3,00NMSCCOSTA//77\n:61:2609020902D3,00NMSCCOSTA//77\n"
      ":61:2609020902D1,00NMSCX//78\n:62F:C260902GBP30,50\n");
  ASSERT_EQ(s.rows.size(), 4U);
  EXPECT_EQ(s.rows[0].external_id, "");
  EXPECT_EQ(s.rows[1].external_id, "");
  EXPECT_EQ(s.rows[2].external_id, "");
  EXPECT_EQ(s.rows[3].external_id, "78");
}

TEST(ParseMt940, WhatIsExpectedIsPendingAndAnAmountThatCannotBeReadWholeIsAnError) {
  const Statement s = Read(":20:X\n:34F:CHFD0,\n:61:260902ED12,50NTRFNONREF\n:61:260902C1'000,00NTRFNONREF\n:61:260902C12");
  ASSERT_EQ(s.rows.size(), 1U);
  EXPECT_TRUE(s.rows[0].pending);
  EXPECT_EQ(s.rows[0].amount.currency.str(), "CHF");
  EXPECT_EQ(s.errors.size(), 2U);
}

TEST(DescriptionOfDetails, IsTheNameAndWhatFor) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"105?00SEPA-BASISLASTSCHRIFT?20EREF+12345?21MREF+M1?22CRED+DE98ZZZ?23SVWZ+REWE SAGT DANKE?24ABWA+X?32REWE MARKT?33 GMBH", "REWE MARKT GMBH REWE SAGT DANKE"},
      {"073~00C0730~20ZABKA Z1234~21WARSZAWA~3011402004~32ZABKA POLSKA~33 SP. Z O.O.", "ZABKA POLSKA SP. Z O.O. ZABKA Z1234 WARSZAWA"},
      {"/MARF/123/EREF/E1/BENM//NAME/Jumbo Supermarkt/REMI/Boodschappen/ISDT/2026-10-30", "Jumbo Supermarkt Boodschappen"},
      {"/EREF/E2E//CNTP/NL02ABNA/ABNANL2A/Albert Heijn///REMI/USTD//Boodschappen/", "Albert Heijn Boodschappen"},
      {"/TRTP/SEPA OVERBOEKING/IBAN/NL02/NAME/J JANSEN/REMI/TERUG 1/2/EREF/NOTPROVIDED", "J JANSEN TERUG 1/2"},
      {"105?00LASTSCHRIFT", "LASTSCHRIFT"},
      {"/ABC/", "/ABC/"},
      {"plain\ntext", "plain text"},
      {"", ""},
  };
  for (const auto& [details, text] : cases) EXPECT_EQ(DescriptionOfDetails(details), text) << details;
}

TEST(ParseBankJson, ReadsOurExportAndSimpleFin) {
  const Statement own = Read(
      R"({"schema":"awry.finance.transactions/1","transactions":[{"id":"t1","date":"2026-01-02","amount_minor":-1239,"currency":"EUR","description":"x","mcc":5411},
         {"id":"t2","date":"2026-01-02","amount_minor":1.5,"currency":"EUR","description":"y"}]})");
  ASSERT_EQ(own.rows.size(), 1U);
  EXPECT_EQ(own.rows[0].external_id, "t1");
  ASSERT_EQ(own.errors.size(), 1U);
  EXPECT_EQ(own.errors[0].line, 2U);
  const Statement simplefin = Read(
      R"({"errors":[],"accounts":[{"id":"a","currency":"USD","balance":"1.00","transactions":[{"id":"x","posted":1767312000,"amount":"-33293.43","description":"Uncle Frank"},
         {"id":"y","posted":0,"transacted_at":1767312000,"amount":"5","description":"p","pending":true}]}]})");
  ASSERT_EQ(simplefin.rows.size(), 2U);
  EXPECT_EQ(simplefin.rows[0].amount.minor, -3329343);
  EXPECT_FALSE(simplefin.rows[0].pending);
  EXPECT_TRUE(simplefin.rows[1].pending);
  EXPECT_FALSE(ParseStatement("{\"schema\":\"other/9\"}", {}, kToday).ok());
  EXPECT_FALSE(ParseStatement("{\"a\":1}", {}, kToday).ok());
}

// Files of banks with counts and sums that independent readers agree on, see expected.csv.
TEST(ParseStatement, AgreesWithTheExpectedCountsAndSumsOfRealFiles) {
  // Rows that a reader must refuse: no date, or an amount that is none.
  const std::map<std::string, size_t> kErrors = {{"gocardless_mbank_retail_brexplpw.json", 7},
                                                 {"gocardless_sandboxfinance_sfin0000.json", 5},
                                                 {"ofxparse_date_missing.ofx", 3},
                                                 {"ofxparse_decimal_error.ofx", 1}};
  const std::string dir = AWRY_SOURCE_DIR "/src/finance/statement/testdata/";
  std::istringstream lines(base::Result<std::string>(awry::base::RealFileSystem().ReadAll(dir + "expected.csv")).value());
  int files = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    const size_t first = line.find(','), second = line.find(',', first + 1);
    const std::string name = line.substr(0, first);
    const auto bytes = awry::base::RealFileSystem().ReadAll(dir + name);
    ASSERT_TRUE(bytes.ok()) << name;
    if (bytes->empty()) continue;
    const auto statement = ParseStatement(*bytes, {}, kToday);
    ASSERT_TRUE(statement.ok()) << name << ": " << statement.status().ToString();
    EXPECT_EQ(statement->format == "csv", name.ends_with(".csv") || name.ends_with(".CSV")) << name;
    const auto errors = kErrors.find(name);
    const size_t wanted_errors = errors == kErrors.end() ? 0 : errors->second;
    EXPECT_EQ(statement->errors.size(), wanted_errors) << name << (statement->errors.empty() ? "" : ": " + statement->errors[0].reason);
    EXPECT_EQ(std::to_string(statement->rows.size() + statement->errors.size()), line.substr(first + 1, second - first - 1)) << name;
    if (wanted_errors == 0) {
      double sum = 0, wanted = std::stod(line.substr(second + 1));
      for (const StatementRow& row : statement->rows) sum += static_cast<double>(row.amount.minor) / (row.amount.currency.exponent() == 0 ? 1 : 100);
      EXPECT_NEAR(sum, wanted, 0.001) << name << ": " << Sum(*statement);
    }
    ++files;
  }
  EXPECT_GE(files, 70);
}

TEST(ParseStatement, SaysWhatAFileIsThatIsNoStatement) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"PK\x03\x04 a.csv", "Excel"}, {"%PDF-1.4\n", "PDF"}, {"\x1F\x8B\x08", "gzip"}, {"\x89PNG\r\n", "picture"}, {"\n<html><body>Log in</body>", "web page"}, {" \n", "empty"}};
  for (const auto& [bytes, word] : cases) {
    const auto statement = ParseStatement(bytes, {}, kToday);
    ASSERT_FALSE(statement.ok()) << word;
    EXPECT_NE(statement.status().message().find(word), std::string::npos) << statement.status().message();
  }
}

TEST(ParseStatement, SurvivesGarbageInEveryFormat) {
  static constexpr std::string_view kStarts[] = {"OFXHEADER:100\n<OFX>", "!Type:Bank\n", ":20:X\n:60F:C200101EUR1,\n", "{\"accounts\":[", "<Document>camt.053"};
  static constexpr std::string_view kPieces[] = {"<STMTTRN>", "<TRNAMT>", "-1.00", "<DTPOSTED>", "20260101", "</STMTTRN>", "D1/1'06\n", "T5\n", "^\n",
                                                 ":61:", "200101", "0102", "D", "RC", "12,", "NTRF", "\n:86:", "?20", "//", ":62F:C200101EUR2,\n", "{", "}",
                                                 "\"transactions\":[", "\"posted\":", "<Ntry>", "</Ntry>", "<Amt>", "&#x;", "<![CDATA[", "\xC3\xA9", "9223372036854775807"};
  base::Random random(7);
  for (int i = 0; i < 20'000; ++i) {
    std::string text(kStarts[random.Below(std::size(kStarts))]);
    for (uint64_t n = random.Below(30); n > 0; --n) text += kPieces[random.Below(std::size(kPieces))];
    const auto statement = ParseStatement(text, {}, kToday);
    if (statement.ok()) {
      EXPECT_LE(statement->rows.size() + statement->errors.size(), text.size());
    }
  }
}

// --- what files say beside date, sum and text ---

TEST(ParseStatement, KeepsTheSumBeforeAConversionThatTheFileNames) {
  const auto original = [](std::string_view text) -> std::string {
    const auto statement = ParseStatement(text, {}, ledger::Date::FromYmd(2026, 11, 1).value());
    if (!statement.ok() || statement->rows.size() != 1) return "not read";
    const auto& money = statement->rows[0].original;
    return money ? ledger::FormatMoney(*money) + std::string(money->currency.str()) : "none";
  };
  EXPECT_EQ(original("Date,Amount,Currency,Description,Original amount,Original currency\n2026-03-02,-45.00,EUR,x,\"1,049.50\",USD\n"), "-1049.50USD");
  EXPECT_EQ(original("Datum;Betrag;Währung;Verwendungszweck;Betrag in Fremdwährung;Fremdwährung\n02.03.2026;-45,00;EUR;x;-7500;JPY\n"), "-7500JPY");
  EXPECT_EQ(original("Date,Amount,Currency,Description,Original amount,Original currency\n2026-03-02,-45.00,EUR,x,45.00,EUR\n"), "none");
  const auto ofx = [](std::string_view currency) {
    return "<OFX><STMTRS><CURDEF>EUR<BANKTRANLIST><STMTTRN><DTPOSTED>20260302<TRNAMT>-45.00<FITID>1<NAME>x" + std::string(currency) + "</STMTTRN></BANKTRANLIST></STMTRS></OFX>";
  };
  EXPECT_EQ(original(ofx("<ORIGCURRENCY><CURRATE>0.90<CURSYM>USD</ORIGCURRENCY>")), "-50.00USD");
  EXPECT_EQ(original(ofx("<ORIGCURRENCY><CURRATE>.006<CURSYM>JPY</ORIGCURRENCY>")), "-7500JPY");
  EXPECT_EQ(original(ofx("<ORIGCURRENCY><CURRATE>0<CURSYM>USD</ORIGCURRENCY>")), "none");
  EXPECT_EQ(original(ofx("<ORIGCURRENCY><CURRATE>99999999999999999999<CURSYM>USD</ORIGCURRENCY>")), "none");
  const auto camt = [](std::string_view details) {
    return R"(<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt><Ntry><Amt Ccy="EUR">45.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts>)"
           R"(<BookgDt><Dt>2026-03-02</Dt></BookgDt>)" + std::string(details) + "</Ntry></Stmt></BkToCstmrStmt></Document>";
  };
  EXPECT_EQ(original(camt(R"(<NtryDtls><TxDtls><AmtDtls><InstdAmt><Amt Ccy="USD">50.00</Amt></InstdAmt></AmtDtls></TxDtls></NtryDtls>)")), "-50.00USD");
  EXPECT_EQ(original(camt(R"(<AmtDtls><TxAmt><Amt Ccy="USD">50.00</Amt></TxAmt></AmtDtls>)")), "-50.00USD");
  EXPECT_EQ(original(camt(R"(<AmtDtls><TxAmt><Amt Ccy="EUR">45.00</Amt></TxAmt></AmtDtls>)")), "none");
}

TEST(CsvDetails, PartsGoThroughACellAndBack) {
  const ledger::Currency euro = ledger::Currency::Parse("EUR").value();
  const std::vector<StatementPart> parts = {{-400, "dining", "a | b \\ c"}, {-500, "health", ""}, {100, "fees", "=back"}};
  const auto again = ParseParts(FormatParts(parts, euro), euro);
  ASSERT_TRUE(again.ok()) << again.status().ToString();
  ASSERT_EQ(again->size(), parts.size());
  for (size_t i = 0; i < parts.size(); ++i) {
    EXPECT_EQ((*again)[i].amount_minor, parts[i].amount_minor);
    EXPECT_EQ((*again)[i].category, parts[i].category);
    EXPECT_EQ((*again)[i].note, parts[i].note);
  }
  EXPECT_TRUE(ParseParts("", euro)->empty());
  for (const char* bad : {"x", "x y", "|", "a 1.00 |", "a 1.005"}) EXPECT_FALSE(ParseParts(bad, euro).ok()) << bad;
}

TEST(ParseQif, CategoriesOfOneLineAndOfPartsAndTheOtherAccount) {
  const auto statement = ParseStatement("!Type:Bank\nD25/03/2026\nT-10.00\nPa\nLFood:Out/Class\n^\nD26/03/2026\nT-10.00\nPb\nL[Savings]\n^\n"
                                        "D27/03/2026\nT-10.00\nPc\nSFood\nEmilk\n$-7.00\nS[Card]\n$-3.00\n^\n", {}, ledger::Date::FromYmd(2026, 11, 1).value());
  ASSERT_TRUE(statement.ok());
  ASSERT_EQ(statement->rows.size(), 3U);
  EXPECT_EQ(statement->rows[0].category, "Food:Out");
  EXPECT_EQ(statement->rows[1].other_account, "Savings");
  ASSERT_EQ(statement->rows[2].parts.size(), 2U);
  EXPECT_EQ(statement->rows[2].parts[0].note, "milk");
  EXPECT_EQ(statement->rows[2].parts[1].category, "transfer");
  EXPECT_EQ(statement->rows[2].parts[1].amount_minor, -300);
}

std::string OfxRows(std::initializer_list<std::pair<const char*, const char*>> rows, const char* more = "") {
  std::string text = "OFXHEADER:100\n<OFX><STMTRS><CURDEF>EUR<BANKTRANLIST>";
  for (const auto& [type, amount] : rows) text += std::string("<STMTTRN><TRNTYPE>") + type + "<DTPOSTED>20260115<TRNAMT>" + amount + "<NAME>" + type + more + "</STMTTRN>";
  return text + "</BANKTRANLIST></STMTRS></OFX>";
}

std::string AmountsOf(const Statement& statement) {
  std::string text;
  for (const StatementRow& row : statement.rows) text += (text.empty() ? "" : " ") + std::to_string(row.amount.minor);
  return text;
}

TEST(OfxSigns, OfAmountsWithoutAnyMinusTheTypesTell) {
  const std::string sure = OfxRows({{"DEBIT", "10"}, {"CREDIT", "20"}, {"POS", "5"}, {"FEE", "1"}, {"CHECK", "2"}, {"XFER", "3"}});
  EXPECT_EQ(AmountsOf(Read(sure)), "-1000 2000 -500 -100 -200 300");
  EXPECT_TRUE(Read(sure).signs_turned);
  EXPECT_FALSE(Read(sure).ambiguous_signs) << "three that only go out";
  const std::string few = OfxRows({{"DEBIT", "10"}, {"CREDIT", "20"}});
  EXPECT_EQ(AmountsOf(Read(few)), "-1000 2000");
  EXPECT_TRUE(Read(few).ambiguous_signs) << "a debit that was reversed, or one without its sign";
  EXPECT_EQ(AmountsOf(Read(few, *ParseProfile("flip=0"))), "1000 2000");
  EXPECT_EQ(AmountsOf(Read(few, *ParseProfile("flip=1"))), "-1000 2000");
  EXPECT_FALSE(Read(few, *ParseProfile("flip=1")).ambiguous_signs);
  const std::string alone = OfxRows({{"DEBIT", "10"}});
  EXPECT_EQ(AmountsOf(Read(alone)), "1000");
  EXPECT_TRUE(Read(alone).ambiguous_signs);
  EXPECT_EQ(AmountsOf(Read(alone, *ParseProfile("flip=1"))), "-1000");
  const std::string spending = OfxRows({{"DEBIT", "10"}, {"DEBIT", "5"}, {"FEE", "1"}});
  EXPECT_EQ(AmountsOf(Read(spending)), "-1000 -500 -100");
  EXPECT_TRUE(Read(spending).ambiguous_signs) << "nothing comes in to tell them from";
  const std::string printed = OfxRows({{"DEBIT", "-10"}, {"CREDIT", "20"}, {"POS", "5"}});
  EXPECT_EQ(AmountsOf(Read(printed)), "-1000 2000 500") << "money back";
  EXPECT_FALSE(Read(printed).ambiguous_signs);
  EXPECT_EQ(AmountsOf(Read(printed, *ParseProfile("flip=1"))), "1000 -2000 -500");
  EXPECT_FALSE(Read(OfxRows({{"CREDIT", "20"}, {"DEP", "5"}})).ambiguous_signs);
}

TEST(OfxSigns, OnACardAPaymentComesIn) {
  const std::string card = "OFXHEADER:100\n<OFX><CCSTMTRS><CURDEF>EUR<BANKTRANLIST><STMTTRN><TRNTYPE>PAYMENT<DTPOSTED>20260115<TRNAMT>100<NAME>a</STMTTRN>"
                           "<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260115<TRNAMT>5<NAME>b</STMTTRN></BANKTRANLIST></CCSTMTRS></OFX>";
  EXPECT_EQ(AmountsOf(Read(card)), "10000 500");
  EXPECT_FALSE(Read(card).ambiguous_signs);
}

TEST(OfxSigns, TurnTheSumBeforeAConversionAsWell) {
  const Statement statement = Read(OfxRows({{"DEBIT", "11.00"}, {"CREDIT", "22.00"}}, "<ORIGCURRENCY><CURRATE>1.1<CURSYM>USD</ORIGCURRENCY>"));
  EXPECT_EQ(statement.rows.at(0).amount.minor, -1100);
  EXPECT_EQ(statement.rows.at(0).original->minor, -1000);
  const Statement json = Read(R"({"schema":"awry.finance.transactions/1","transactions":[{"id":"t1","date":"2026-01-02","amount_minor":1100,"currency":"EUR","description":"x",
      "original_minor":1000,"original_currency":"USD"}]})", *ParseProfile("flip=1"));
  EXPECT_EQ(json.rows.at(0).original->minor, -1000);
}

TEST(ParseQif, AnOrderThatReadsNoDateIsNotTheFiles) {
  for (const char* date : {"15/01/2026", "2026-01-15"}) {
    const Statement statement = Read(std::string("!Option:MDY\n!Type:Bank\nD") + date + "\nT-1.00\nPx\n^\n");
    ASSERT_EQ(statement.rows.size(), 1u) << date;
    EXPECT_EQ(statement.rows[0].date.ToString(), "2026-01-15");
  }
  EXPECT_EQ(Read("!Option:DMY\n!Type:Bank\nD02/01/2026\nT-1.00\nPx\n^\n").rows.at(0).date.ToString(), "2026-01-02");
}

TEST(ParseQif, OnlyARecordThatMayHaveLostSomethingIsCut) {
  const auto count = [](const char* record) { return Read(std::string("!Type:Bank\nD01/14/2026\nT-1.00\nPx\n^\n") + record).rows.size(); };
  EXPECT_EQ(count("D01/15/2026\nT-30.00\nPREWE"), 2u);
  for (const char* cut : {"D01/15/2026\nPREWE\nT-30.0", "D01/15/2026\nT-30.00", "D01/15/2026\nPREWE", "T-30.00\nPREWE", "PREWE\nT-30.00\nD01/15/20", "D01/15/2026\nT-30.00\nPREWE\nSfood\n$-3"})
    EXPECT_EQ(count(cut), 1u) << cut;
}

TEST(ParseQif, APartWithoutAnAmountLeavesTheRow) {
  const Statement statement = Read("!Type:Bank\nD01/15/2026\nT-3.00\nPx\nSFood\n$-1.00\nSHome\n^\nD01/16/2026\nT-3.00\nPy\nSFood\n^\n");
  ASSERT_EQ(statement.rows.size(), 2u);
  EXPECT_TRUE(statement.rows[0].bad_parts);
  EXPECT_TRUE(statement.rows[0].parts.empty());
  EXPECT_FALSE(statement.rows[1].bad_parts);
  EXPECT_EQ(statement.rows[1].category, "Food");
}

}  // namespace
}  // namespace finance::statement
