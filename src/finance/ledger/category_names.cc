#include "finance/ledger/category_names.h"

#include <algorithm>
#include <map>
#include <string>

namespace finance::ledger {
namespace {

using enum Category;

struct Names {
  Category category;
  std::string_view names;  // folded as below, between '|'
};

// From the lists that GnuCash, Quicken, Mint, YNAB, Firefly III and MoneyMoney begin with, and our own pages' words.
constexpr Names kNames[] = {
    {kUncategorized, "uncategorized|uncategorised|ohne kategorie|nicht kategorisiert|unkategorisiert"},
    {kIncome, "income|salary|wages|paycheck|paychecks|payroll|bonus|pension|interest income|dividends|dividend income|einnahmen|einkommen|gehalt|lohn|rente|zinsen|dividenden|kindergeld"},
    {kTransfer, "transfer|transfers|credit card payment|umbuchung|umbuchungen|ubertrag|transfer in|transfer out"},
    {kCash, "cash|atm|cash withdrawal|cash atm|withdrawal|withdrawals|bargeld|barabhebung|geldautomat|bargeldabhebung"},
    {kGroceries, "groceries|grocery|supermarket|supermarkets|lebensmittel|supermarkt|einkauf lebensmittel"},
    {kDining, "dining|dining out|eating out|restaurants|restaurant|food drink|food dining|fast food|coffee shops|cafe|bars|bar|take away|takeaway|essen gehen|essen trinken|gastronomie|auswarts essen"},
    {kShopping, "shopping|clothing|clothes|electronics|einkaufe|kleidung|bekleidung|elektronik|general merchandise|merchandise"},
    {kHousing, "housing|rent|mortgage|mortgage rent|miete|wohnen|wohnung"},
    {kUtilities, "utilities|bills|bills utilities|electricity|gas|gas electric|water|internet|phone|mobile phone|telephone|nebenkosten|strom|wasser|telefon|handy|heizung"},
    {kHome, "home|household|home improvement|home garden|furniture|furnishings|haushalt|haus garten|mobel|baumarkt"},
    {kTransport, "transport|transportation|auto|auto transport|automobile|automotive|vehicle|vehicles|cars|car|fuel|gas fuel|gasoline|auto gas|car gas|gas station|gas stations|petrol|parking|public transport|public transportation|taxi|verkehr|transport verkehr|benzin|tanken|parken|mobilitat|fahrtkosten"},
    {kTravel, "travel|vacation|holiday|holidays|hotel|hotels|flights|air travel|reisen|reise|urlaub|fluge"},
    {kEntertainment, "entertainment|leisure|hobbies|hobby|movies|music|games|subscriptions|streaming|books|sports|freizeit|unterhaltung|hobbys|kino|musik|spiele|bucher|sport|abonnements|freizeit unterhaltung"},
    {kHealth, "health|healthcare|medical|health fitness|health medical|doctor|pharmacy|dentist|gesundheit|arzt|apotheke|zahnarzt|medizin"},
    {kPersonalCare, "personal care|beauty|hair|spa massage|korperpflege|friseur|kosmetik|drogerie"},
    {kEducation, "education|tuition|school|childcare|bildung|schule|studium|kinderbetreuung"},
    {kInsurance, "insurance|auto insurance|car insurance|health insurance|life insurance|versicherung|versicherungen|kfz versicherung"},
    {kServices, "services|general services|professional services|business services|dienste|dienstleistungen"},
    {kFees, "fees|fee|bank fee|bank fees|bank charges|service charge|fees charges|gebuhren|bankgebuhren|kontofuhrung"},
    {kDebt, "debt|loan|loans|loan payments|loan payment|student loan|kredit|kredite|darlehen|schulden"},
    {kTaxesGiving, "taxes giving|tax|taxes|charity|donations|donation|gifts donations|giving|steuern spenden|steuern|steuer|spenden|spende"},
};

// Lower case words with one blank between; umlauts without their dots, "ß" as "ss"; no "and", "und", "&".
std::string Fold(std::string_view name) {
  std::string out, word;
  const auto end_word = [&] {
    if (!word.empty() && word != "and" && word != "und") out += (out.empty() ? "" : " ") + word;
    word.clear();
  };
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool two = c == '\xC3' && i + 1 < name.size();
    if (two) {
      switch (static_cast<unsigned char>(name[++i])) {
        case 0x84: case 0xA4: word += 'a'; break;
        case 0x89: case 0xA9: word += 'e'; break;
        case 0x96: case 0xB6: word += 'o'; break;
        case 0x9C: case 0xBC: word += 'u'; break;
        case 0x9F: word += "ss"; break;
        default: word += {c, name[i]};
      }
    } else if (c >= 'A' && c <= 'Z') {
      word += static_cast<char>(c + 32);
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80) {
      word += c;
    } else {
      end_word();
    }
  }
  end_word();
  return out;
}

const std::map<std::string_view, Category>& AllNames() {
  static const auto* all = [] {
    auto* map = new std::map<std::string_view, Category>;
    for (const Names& entry : kNames) {
      for (std::string_view rest = entry.names; !rest.empty();) {
        const size_t end = std::min(rest.find('|'), rest.size());
        map->emplace(rest.substr(0, end), entry.category);
        rest.remove_prefix(std::min(end + 1, rest.size()));
      }
    }
    return map;
  }();
  return *all;
}

}  // namespace

std::optional<Category> CategoryFromName(std::string_view name) {
  constexpr size_t kNameBytesMax = 200;
  if (name.size() > kNameBytesMax) return {};
  if (const auto id = CategoryFromId(name)) return id;
  const auto known = [](std::string_view part) -> std::optional<Category> {
    const std::string folded = Fold(part);
    if (const auto found = AllNames().find(folded); found != AllNames().end()) return found->second;
    std::string id = folded;
    std::replace(id.begin(), id.end(), ' ', '_');
    return CategoryFromId(id);
  };
  if (const auto whole = known(name)) return whole;
  constexpr std::string_view kMarks = ":>/";
  for (std::string_view rest = name; !rest.empty();) {
    const size_t at = rest.find_last_of(kMarks);
    if (at == std::string_view::npos) return rest.size() == name.size() ? std::nullopt : known(rest);
    const std::string_view last = rest.substr(at + 1);
    rest = rest.substr(0, at);
    // A word means what it does under the one before it: "Bills:Gas" heats, "Auto:Gas" drives.
    const std::string_view before = rest.substr(rest.find_last_of(kMarks) + 1);
    if (const auto pair = known(std::string(before) + ' ' + std::string(last))) return pair;
    const auto found = known(last);
    if (found == kUtilities && known(before) == kTransport) return kTransport;
    if (found) return found;
  }
  return {};
}

}  // namespace finance::ledger
