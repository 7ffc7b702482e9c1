#include "finance/statement/csv_names.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>

#include "finance/ledger/money.h"

namespace finance::statement {
namespace {

using enum Meaning;

struct Names {
  Meaning meaning;
  int rank;
  std::string_view names;  // folded as below, between '|'
};

// Latin names are folded (no case, no accents, ø → o, æ → ae, ß → ss, ł → l); others in lower case. Sources: exports of banks,
// and the mappings of free importers (csv2ofx, bank2ynab, reckon, Firefly III).
constexpr Names kNames[] = {
    {kDate, 0,
     "date|transaction date|booking date|date utc|datetime|date time|txn date|tran date|trans date|trans datum|buchungstag|buchungsdatum|buchung|datum|"
     "date operation|date d operation|date op|dateop|date de comptabilisation|date de l operation|fecha|fecha operacion|fecha de operacion|"
     "fecha mov|fecha movimiento|data|data operazione|data operacji|data transakcji|data lancamento|data do lancamento|data movimento|data mov|boekdatum|"
     "boekingsdatum|transactiedatum|transaktionsdatum|transaktionsdag|dato|bogfort|bogforingsdato|bokfort|bokforingsdag|bokforingsdatum|bokfort dato|"
     "kirjauspaiva|pvm|paivamaara|maksupaiva|datum zauctovani|datum provedeni|datum transakcie|konyveles datuma|konyvelesi datum|tranzakcio datuma|"
     "islem tarihi|tarih|datum transakcije|ημερομηνια|ημ νια|תאריך|дата|дата операции|дата проводки|日付|取引日|取扱日|お取引日|利用日|ご利用日|年月日|交易时间|交易日期|交易日|"
     "记账日期|交易日期時間|거래일자|거래일시|거래일|날짜|이용일|일자|ngay|ngay giao dich|tanggal|date of transaction|data tranzactiei|data operatiunii|дата i час операції|дата і час операції|дата операції|วันที่|tarih saat|buchungsdatum uhrzeit|data registrazione|datum zeit"},
    {kDate, 1, "posting date|completed date|date comptable|fecha contable|data contabile|data ksiegowania|posted|posted on|clearing date|created on|date de saisie|дата платежа|process date"},
    {kDate, 2, "post date|posted date|belegdatum|settlement date|cleared date|abschlussdatum"},
    {kDate, 3, "created|started date|created at|date created"},
    {kDate, 4, "umsatzzeit"},
    {kDate, 5,
     "value date|value dat|value|valuta|wertstellung|wertstellungsdatum|valutadatum|valuta datum|date valeur|date de valeur|dateval|fecha valor|data valuta|"
     "data waluty|data valor|rentedatum|rentedato|rente dato|valutadag|valutadatum|arvopaiva|valor|erteknap|valor tarihi|дата валютирования"},
    {kDate, 6, "timestamp|time"},
    {kDate, kRankOfPart, "date|datum|data|dato|fecha|tarihi|дата|日付|日期|일자"},

    {kAmount, 0,
     "amount|amt|transaction amount|betrag|umsatzbetrag|betrag in|montant|montant de l operation|importe|importe operacion|importo|bedrag|belob|belopp|belop|beloep|summa|summa belopp|kwota|kwota operacji|kwota transakcji|"
     "castka|objem|suma|amount in account currency|amount in|tutar|islem tutari|osszeg|iznos|quantia|montante|valore|ποσο|сумма|сумма в валюте счета|сумма операции|"
     "сумма платежа|金額|金额|取引金額|交易金额|利用金額|ご利用金額|거래금액|금액|이용금액|so tien|jumlah|nominal|summe|net amount|billing amount|maara|suma tranzactiei|сума|сума у валюті картки|сума в валюті картки|сума операції"},
    {kAmount, 1, "umsatz|valor|umsatz in"},
    {kAmount, 2, "net"},
    {kAmount, 3, "value|gross|brutto|total|amount total|einzelbetrag"},
    {kAmount, 5, "local amount"},
    {kAmount, kRankOfPart, "amount|betrag|montant|importe|importo|bedrag|belob|belopp|belop|kwota|castka|сумма|金額|金额|금액|valor|tutar"},

    {kDebit, 0,
     "debit|debits|χρεωση|בחובה|חובה|debit amount|debit amt|withdrawal|withdrawals|withdrawal amt|withdrawal amount|paid out|money out|outflow|soll|belastung|belastungen|debito|debitos|cargo|cargos|"
     "addebiti|addebito|dare|uscite|uscita|haevet|ud|uttag|ut fra konto|ut av konto|utbetalt|utgift|ut|obciazenia|obciazenie|wydatki|vydaje|vydaj|odchozi|terheles|"
     "borc|расход|расходы|списание|дебет|支払い金額|支払金額|お支払金額|お引出し|引出し|出金|出金額|出金金額|支出|支出金额|借方|출금|출금액|출금금액|찾으신금액|debet|charges|ausgaben|ausgang|depense|depenses|saidas|saida|isplata|duguje|spent|expense|expenses|ghi no|money sent"},
    {kDebit, 1, "lastschrift|payments|charge|ausgabe"},
    {kDebit, 2, "af|out"},
    {kDebit, kRankOfPart, "debit|debito|withdrawal|withdrawals|lastschrift|belastung|addebito|支払|出金|支出|출금|paid out|money out"},
    {kCredit, 0,
     "credit|credits|πιστωση|בזכות|זכות|credit amount|credit amt|deposit|deposits|deposit amt|deposit amount|paid in|money in|inflow|haben|gutschrift|gutschriften|credito|creditos|abono|abonos|"
     "accrediti|accredito|avere|entrate|entrata|indsat|ind|insattning|insattningar|inn pa konto|inn|innbetalt|inntekt|in pa konto|uznania|uznanie|wplywy|prijmy|prijem|prichozi|jovairas|alacak|"
     "приход|доход|поступление|зачисление|кредит|預かり金額|お預り金額|お預入れ|預入れ|入金|入金額|入金金額|収入|收入|收入金额|貸方|입금|입금액|입금금액|맡기신금액|einnahmen|eingang|recette|recettes|ingreso|ingresos|entradas|uplata|potrazuje|received|income|ghi co|money received"},
    {kCredit, 1, "receipts|einnahme"},
    {kCredit, 2, "bij|in"},
    {kCredit, kRankOfPart, "credit|credito|deposit|deposits|gutschrift|accredito|預かり|入金|収入|收入|입금|paid in|money in"},

    {kMark, 0,
     "cr dr|dr cr|debit credit|credit debit|af bij|soll haben|s h|debit or credit|debet credit|debit credit indicator|credit debit indicator|cd indicator|收 支|收支|入払区分|입출금구분|"
     "creditdebet|debetas kreditas|deebet kreedit|debets kredits|kredit debet|d c|c d|d k|direction|sign|vorzeichen|znak|indicator|credit or debit|entrada saida|in out|προσημο|buchungsart soll haben"},
    {kMark, 1, "transaction type|sens|typ transakcji"},
    {kMark, 3, "type|details|art|tipo"},
    {kMark, 4, "code"},

    {kCurrency, 0,
     "currency|currency code|ccy|cur|waehrung|wahrung|monn|devise|monnaie|moneda|divisa|valuta code|valuta|munt|muntsoort|waluta|waluta operacji|mena|deviza|"
     "devizanem|para birimi|doviz|doviz cinsi|валюта|валюта операции|валюта платежа|币种|通貨|통화|moeda|valuutta|account currency|valutakod|currency name|валюта картки|валюта рахунку|mena uctu|osszeg devizaneme|saskaitos valiuta|valuuta"},

    {kBalance, 0,
     "balance|bal|running bal|running balance|runningbalance|saldo|solde|kontostand|saldo na trn|saldo na mutatie|closing balance|available balance|saldo po operacji|"
     "saldo po transakcji|stan konta|zustatek|egyenleg|bakiye|остаток|баланс|差引残高|残高|余额|余額|账户余额|잔액|거래후잔액|거래후 잔액|bokfort saldo|so du|היתרה|יתרה|accountbalance|account balance|υπολοιπο|νεο υπολοιπο"},
    {kBalance, kRankOfPart, "balance|saldo|solde|bakiye|残高|余额|잔액"},

    {kDescription, 0,
     "description|transaction description|αιτιολογια|περιγραφη|תיאור|transaction details|merchant|narrative|narration|auftraggeber empfanger|beguenstigter zahlungspflichtiger|"
     "begunstigter zahlungspflichtiger|empfanger|zahlungsempfanger|zahlungsempfanger in|name zahlungsbeteiligter|zahlungsbeteiligter|auftraggeber begunstigter|libelle|label|libelle de l operation|"
     "concepto|descripcion|descrizione|naam omschrijving|name description|naam tegenpartij bevat|partnername|action|보낸분 받는분|보낸분|받는분|利用店名 商品名|descrizione completa|nazev protiuctu|begunstigter auftraggeber|beguenstigter auftraggeber|tekst|text|beskrivelse|beskrivning|forklaring|descricao|historico|lancamento|opis|opis operacji|opis transakcji|tytul operacji|tytul|"
     "popis|popis transakce|aciklama|описание|описание операции|назначение платежа|назначение|контрагент|お取引内容|取引内容|摘要内容|摘要|ご利用店名|利用店名|内容|交易对方|对方户名|交易摘要|적요|내용|거래내용|가맹점명|"
     "rubrik|selite|saaja maksaja|kozlemeny|avisierungstext|transaction remarks|remarks|partner|counterparty|payee name|operazione|transaktion|transaktionstext|specifikation|dien giai|keterangan|beneficiary|recipient|receiver|descriere|nazev protistrany|saajan nimi|empfanger auftraggeber name|auftraggeber empfanger name|empfaenger 1|sender empfanger|"
     "moketojo arba gavejo pavadinimas|partner elnevezese|деталі операції|опис операції|รายละเอียด"},
    {kDescription, 1,
     "details|transaction|buchungstext|payee|name|counter party|partner name|counterparty name|description 1|beschreibung1|naam|naam tegenpartij|particulars|nadawca odbiorca|nazwa odbiorcy|odbiorca|kontrahent|nazev protiuctu|protistrana|"
     "รายการ|mokejimo paskirtis|selgitus|saaja maksja|zprava|商品说明|商品|supplier|dettagli|navn|namn|mottagare|mottaker|zahlungspflichtiger|auftraggeber|title"},
    {kDescription, 2, "verwendungszweck|causale|omschrijving|omschrijving 1|description 2|beschreibung2|rodzaj transakcji|mededelingen|notifications|zprava pro prijemce|popis prikazce|popis pro prijemce|popis pro me|poznamka k uhrade|vwz 0|uzivatelska identifikace|transaction ref2|dettaglio"},
    {kDescription, 3, "reason|omschrijving 2|beschreibung3|vwz 1"},
    {kDescription, 4, "payment reference|original description"},
    {kDescription, 5, "memo"},
    {kDescription, 6, "reference|referens|referenz"},
    {kDescription, 7, "merchant name|note|notes|备注|メモ|comment|poznamka|nota|bank description|transaktionstyp|umsatztyp|type|art|tipo|movement type|bewegungstyp"},
    {kDescription, kRankOfPart, "popis|opis|tekst|beskrivelse|beskrivning|beschreibung|descrizione|description|descripcion|payee|merchant|narrative|libelle|verwendungszweck|omschrijving|описание|摘要|적요|店名"},

    {kState, 0, "state|status|statut|stato|estado|contabilizzazione|статус|交易状态|ステータス|상태|tila|stav|durum|info|transaction status|booking status"},

    {kId, 0,
     "transaction id|transactionid|transferwise id|transaction identifier|identificador|id transakcji|numer transakcji|transaktions nr|transaktionsnr|transaktions id|fitid|交易订单号|交易号|"
     "arkiveringstunnus|arkivointitunnus|unique id|entry reference|transaction ref id"},
    {kId, 1, "id|reference number"},

    {kMcc, 0, "mcc|merchant category code|mcc code"},

    {kAccount, 0,
     "account|account name|account number|account id|account no|accountnum|accountlabel|konto|kontonummer|kontoname|auftragskonto|iban auftragskonto|iban|iban bban|rekening|rekeningnummer|"
     "compte|numero de compte|rachunek|cuenta|conto|conto o carta|conta|bank account|счет|口座|账户|계좌번호"},

    {kCategory, 0, "category|category name|kategorie|categorie|categoria|kategoria|kategori|kategoriename"},
    {kCategory, 1, "subcategory|sub category|unterkategorie|budget category|master category|hauptkategorie"},
    {kNote, 0, "note|notes|notiz|notizen|anmerkung|anmerkungen|bemerkung"},
    {kTags, 0, "tags|tag|labels|schlagworte|schlagworter|stichworter"},
    // Of our own export.
    {kSplits, 0, "splits"},
    {kTransfer, 0, "transfer id"},

    {kOriginalAmount, 0,
     "original amount|orig amount|originalbetrag|ursprungsbetrag|betrag original|original betrag|foreign amount|amount foreign currency|amount in foreign currency|fremdwahrungsbetrag|betrag fremdwahrung|"
     "betrag in fremdwahrung|foreign currency amount|local amount|montant original|montant d origine|importe original|importe origen|importo originale|oorspr bedrag|transaction currency amount"},
    {kOriginalCurrency, 0,
     "original currency|orig currency|originalwahrung|ursprungswahrung|foreign currency|fremdwahrung|wahrung original|local currency|devise d origine|divisa original|divisa origen|valuta originale|"
     "oorspr munt|transaction currency|type foreign currency|wahrung fremdwahrung"},
};

// Words that make a column another one than the account's own: the amount abroad, a fee, the other side's account.
constexpr std::string_view kOther[] = {
    "original", "orig", "oorspr", "foreign", "fremdwahrung", "ursprungsbetrag", "exchange", "rate", "kurs", "fee", "fees", "gebuhr", "cashback", "кэшбэк", "bonus", "бонусы",
    "tip", "tax", "vat", "mwst", "округление", "округлением", "category", "kategorie", "categorie", "iban", "bic", "account", "konto", "kontonummer", "card", "local", "limit", "payer", "update", "split"};

constexpr char16_t kFirstLatin = 0xC0;
// Base letters of U+00C0 to U+017F; ' ' is none.
constexpr std::string_view kBaseLetters =
    "aaaaaaaceeeeiiiidnooooo ouuuuytsaaaaaaaceeeeiiiidnooooo ouuuuyty"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkkllllllllllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
static_assert(kBaseLetters.size() == 0x180 - kFirstLatin);

// Whole cells for money out and money in; beyond ASCII, parts of cells. Firefly III's list and the exports of banks.
constexpr std::string_view kOutWords =
    "d|a|dr|af|db|debetas|deebet|odchozi|obciazenie|terheles|borc|debet|debit|debits|s|soll|dbit|charge|out|debito|cargo|sortie|uscita|saida|withdrawal|purchase|expense|belastung|ausgang|ausgabe|"
    "支出|支払|出金|출금|расход|списание|χρεωση|χ";
constexpr std::string_view kInWords =
    "c|cr|cd|k|bij|kreditas|kreedit|prichozi|uznanie|jovairas|alacak|credit|credits|h|haben|crdt|kredit|payment|in|credito|abono|ingreso|entree|entrata|entrada|deposit|refund|income|gutschrift|eingang|einnahme|"
    "收入|入金|입금|приход|пополнение|зачисление|πιστωση|π";
constexpr std::string_view kNeitherWords = "不计收支|其他|neutral";

// Of a line below the rows that sums up.
constexpr std::string_view kTotals =
    "total|totals|summe|gesamt|sum|saldo|kontostand|balance|solde|suma|totale|totaal|итого|合計|合计|합계|neuer kontostand|alter kontostand|closing|ending";

// Whole texts, without blanks, of lines among the rows that say what is on the account, or sum up.
constexpr std::string_view kBalanceLines =
    "saldo|saldoanterior|saldoinicial|saldofinal|saldododia|saldodeldia|openingbalance|closingbalance|balancebroughtforward|balancecarriedforward|broughtforward|carriedforward|"
    "anfangssaldo|endsaldo|beginsaldo|eindsaldo|soldeinitial|soldefinal|algsaldo|kaive|loppsaldo|likutispradziai|likutispabaigai|apyvarta|sakumaatlikums|beiguatlikums|apgrozijums|turnover";

constexpr std::string_view kPendingWords =
    "pending|vorgemerkt|umsatz vorgemerkt|non contabilizzato|in sospeso|en attente|pendiente|pendente|reserveret|reservert|reserverad|venter|oczekujaca|oczekuje|authorised|authorized|"
    "hold|processing|unposted|not booked|in bearbeitung|в обработке|处理中|待";
constexpr std::string_view kFailedWords =
    "reverted|failed|declined|cancelled|canceled|rejected|denied|refused|expired|void|voided|abgelehnt|fehlgeschlagen|annule|refuse|rechazado|cancelado|annullato|odrzucona|交易关闭|已关闭|неуспешно";

constexpr std::string_view kCardPayments =
    "payment thank you|thank you|autopay|automatic payment|online payment|internet payment|mobile payment|mobile pymt|autopay payment|payment received|ach deposit|pymt|"
    "paiement recu|votre paiement|merci|zahlung erhalten|ihre zahlung|vielen dank|pago recibido|su pago|gracias|betaling ontvangen|pagamento ricevuto";
constexpr std::string_view kReturns = "payment|credit|refund|return|reversal|gutschrift|erstattung|remboursement|avoir|retour|storno|cashback|reembolso|rimborso";
constexpr std::string_view kIncomes =
    "salary|payroll|wages|gehalt|lohn|salaire|nomina|stipendio|salaris|loen|lon|pension|rente|dividend|interest|zinsen|deposit|direct dep|wynagrodzenie|зарплата|給与|工资|급여";

// The next character of UTF-8 text, in lower case and without accent; '\0' for a broken one.
std::string FoldedCharacter(std::string_view text, size_t& at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(i < text.size() ? text[i] : 0); };
  const unsigned char first = byte(at);
  const size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  const std::string_view whole = text.substr(at, length);
  at += length;
  if (length == 1) return std::string(1, static_cast<char>(first >= 'A' && first <= 'Z' ? first + 32 : first));
  if (length != 2 || whole.size() != 2) return std::string(whole);
  unsigned code = (first & 0x1Fu) << 6 | (byte(at - 1) & 0x3Fu);
  if (code == 0xA0) return " ";
  if (code == 0xC6 || code == 0xE6) return "ae";
  if (code == 0xDF) return "ss";
  if (code >= kFirstLatin && code < 0x180) return std::string(1, kBaseLetters[code - kFirstLatin]);
  constexpr std::array<std::array<unsigned, 2>, 9> kGreek = {{{0x3AC, 0x3B1}, {0x3AD, 0x3B5}, {0x3AE, 0x3B7}, {0x3AF, 0x3B9}, {0x3CC, 0x3BF},
                                                              {0x3CD, 0x3C5}, {0x3CE, 0x3C9}, {0x386, 0x3B1}, {0x38C, 0x3BF}}};
  for (const auto& [accented, plain] : kGreek) {
    if (code == accented) code = plain;
  }
  if (code >= 0x391 && code <= 0x3A9) code += 0x20;  // Greek capitals
  if (code >= 0x410 && code <= 0x42F) code += 0x20;  // Cyrillic capitals
  if (code >= 0x400 && code <= 0x40F) code += 0x50;
  return {static_cast<char>(0xC0 | code >> 6), static_cast<char>(0x80 | (code & 0x3F))};
}

bool IsWordByte(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80; }

std::vector<std::string> WordsOf(std::string_view cell) {
  std::vector<std::string> words(1);
  for (size_t at = 0; at < cell.size();) {
    const std::string folded = FoldedCharacter(cell, at);
    // Full-width brackets and the middle dot separate as well.
    const bool word = std::all_of(folded.begin(), folded.end(), IsWordByte) && folded != "（" && folded != "）" && folded != "・" && folded != "·" && folded != "：";
    if (word) words.back() += folded;
    else if (!words.back().empty()) words.emplace_back();
  }
  std::erase_if(words, [](const std::string& word) {
    return word.empty() || word == "€" || word == "£" || (word.size() == 3 && word != "mop" && word != "all" && word != "top" && ledger::Currency::Parse(word).ok());
  });
  return words;
}

std::string Join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// `name` among the whole words of `folded`; anywhere where words are not parted by blanks.
bool Contains(std::string_view folded, std::string_view name) {
  if (!IsAscii(name)) return folded.find(name) != std::string_view::npos;
  for (size_t at = folded.find(name); at != std::string_view::npos; at = folded.find(name, at + 1)) {
    const size_t end = at + name.size();
    if ((at == 0 || folded[at - 1] == ' ') && (end == folded.size() || folded[end] == ' ')) return true;
  }
  return false;
}

template <typename Visit>
bool AnyName(std::string_view names, Visit visit) {
  while (!names.empty()) {
    const size_t end = std::min(names.find('|'), names.size());
    if (visit(names.substr(0, end))) return true;
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return false;
}

bool IsOther(const std::vector<std::string>& words) {
  return std::any_of(words.begin(), words.end(),
                     [](const std::string& word) { return std::find(std::begin(kOther), std::end(kOther), word) != std::end(kOther); });
}

// Every name with what it is; of those that have several ranks the lowest comes first.
const std::multimap<std::string_view, const Names*>& WholeNames() {
  static const auto* all = [] {
    auto* map = new std::multimap<std::string_view, const Names*>;
    for (const Names& names : kNames) {
      if (names.rank == kRankOfPart) continue;
      AnyName(names.names, [&](std::string_view name) { return map->emplace(name, &names), false; });
    }
    return map;
  }();
  return *all;
}

// Equal to one of `names`, or, for words beyond ASCII, with one in it.
bool IsCell(std::string_view folded, std::string_view names) {
  constexpr size_t kLetterBytes = 3;
  return !folded.empty() && AnyName(names, [&](std::string_view name) { return folded == name || (name.size() > kLetterBytes && !IsAscii(name) && Contains(folded, name)); });
}

bool HasPart(std::string_view text, std::string_view names) {
  const std::string folded = Join(WordsOf(text));
  return AnyName(names, [&](std::string_view name) { return Contains(folded, name); });
}

}  // namespace

std::vector<Named> MeaningsOf(std::string_view cell) {
  constexpr size_t kNameBytesMax = 120;
  std::vector<Named> found;
  if (cell.size() > kNameBytesMax) return found;
  const std::vector<std::string> words = WordsOf(cell);
  const std::string folded = Join(words);
  if (folded.empty()) return found;
  const auto add = [&found](Meaning meaning, int rank) {
    const bool known = std::any_of(found.begin(), found.end(), [&](const Named& one) { return one.meaning == meaning; });
    if (!known) found.push_back({meaning, rank});
  };
  const auto [first, last] = WholeNames().equal_range(folded);
  for (auto at = first; at != last; ++at) add(at->second->meaning, at->second->rank);
  const bool other = IsOther(words);
  for (const Names& names : kNames) {
    if (names.rank != kRankOfPart || (other && names.meaning == kDescription)) continue;
    const bool part = AnyName(names.names, [&](std::string_view name) { return Contains(folded, name); });
    if (part) add(names.meaning, names.rank + (other ? kRankOfPart : 0));
  }
  return found;
}

bool NamesAnother(std::string_view cell) {
  static constexpr std::string_view kAbroad = "original|orig|ursprung|ursprungsbetrag|foreign|foreign spend|fremdwahrung|transaction currency|fee|fees|rate|exchange|транзакції|операції|платежу|counter|target|zielwahrung|"
                                              "country|countrycode|land|pays|pais|paese|staat|kraj|zeme|region|location";
  return HasPart(cell, kAbroad);
}

bool NamesMark(std::string_view cell) {
  static constexpr std::string_view kNear = "dr cr|cr dr|debit credit|credit debit|soll haben|haben soll|af bij|d c|c d|s h|in out|sign|direction|indicator|kennzeichen|vorzeichen|sens|znak|type|typ|tipo|art|mark|flag";
  static constexpr std::string_view kKinds = "card|karte|carte|carta|tarjeta|kaart|kort|method|account|konto|product|produkt";
  return HasPart(cell, kNear) && !HasPart(cell, kKinds);
}

std::optional<Direction> DirectionOf(std::string_view cell) {
  if (cell == "+" || cell == "(+)") return Direction::kIn;
  if (cell == "-" || cell == "(-)") return Direction::kOut;
  if (cell == "/") return Direction::kNeither;
  const std::string folded = Join(WordsOf(cell));
  if (IsCell(folded, kNeitherWords)) return Direction::kNeither;
  if (IsCell(folded, kOutWords)) return Direction::kOut;
  if (IsCell(folded, kInWords)) return Direction::kIn;
  return {};
}

RowState StateOf(std::string_view cell) {
  const std::string folded = Join(WordsOf(cell));
  if (IsCell(folded, kFailedWords)) return RowState::kFailed;
  return IsCell(folded, kPendingWords) ? RowState::kPending : RowState::kBooked;
}

bool NamesCardPayment(std::string_view description) { return HasPart(description, kCardPayments); }
bool NamesBalance(std::string_view description) {
  std::string text;
  for (const std::string& word : WordsOf(description)) text += word;
  return IsCell(text, kBalanceLines);
}
bool NamesTotal(std::string_view cell) { return HasPart(cell, kTotals); }
bool NamesReturn(std::string_view description) { return HasPart(description, kReturns); }
bool NamesIncome(std::string_view description) { return HasPart(description, kIncomes); }

}  // namespace finance::statement
