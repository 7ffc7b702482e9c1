#include "sample/made_up_names.h"

#include <array>
#include <span>
#include <string_view>

namespace sample {
namespace {

using finance::ledger::Category;

constexpr std::array<std::string_view, 24> kBegin = {
    "VOR", "KEL", "BRIM", "TAL", "ZUN", "MAR", "OST", "FEN", "LIR", "QUO", "DRA", "HEL",
    "PIM", "SOL", "WEX",  "GRU", "NIM", "JAR", "ELD", "TRO", "CAV", "BEL", "RUS", "YAN"};
constexpr std::array<std::string_view, 20> kMiddle = {"LA", "VE", "MO", "RI", "DU", "SHA", "KE",
                                                      "NO", "BI", "ZA", "LO", "TE", "GA",  "WI",
                                                      "PU", "FA", "HE", "JO", "CI", "RU"};
constexpr std::array<std::string_view, 20> kEnd = {"NI", "TH",  "RS",  "N",   "XA",  "LD", "RT",
                                                   "VO", "MBE", "STE", "CK",  "LLO", "NT", "RA",
                                                   "SK", "WAY", "BY",  "TON", "LEY", "DI"};

constexpr std::string_view kGroceries[] = {"SUPERMARKET", "FOODS",    "GREENGROCER", "BAKERY",
                                           "BUTCHERS",    "BIOMARKT", "MARKT",       "EPICERIE",
                                           "FOOD MARKET", "GROCERY"};
constexpr std::string_view kDining[] = {"CAFE",   "RESTAURANT", "TRATTORIA", "PIZZERIA", "BISTRO",
                                        "COFFEE", "SUSHI",      "KEBAB",     "GRILL",    "BURGER"};
constexpr std::string_view kShopping[] = {"FASHION",     "BOUTIQUE", "SHOES", "BOOKS",
                                          "ELECTRONICS", "GIFTS",    "TOYS",  "JEWELLERS",
                                          "CLOTHING",    "OUTLET"};
constexpr std::string_view kHome[] = {"FURNITURE", "HARDWARE", "GARDEN CENTRE",
                                      "BAUMARKT",  "PLUMBING", "MOEBEL"};
constexpr std::string_view kTransport[] = {"PETROL STATION", "TAXI",     "PARKING",
                                           "TANKSTELLE",     "GARAGE",   "CAR WASH",
                                           "FUEL",           "PARKHAUS", "TYRES"};
constexpr std::string_view kTravel[] = {"HOTEL",         "HOSTEL", "AIRLINES",
                                        "TRAVEL AGENCY", "RESORT", "CAR RENTAL"};
constexpr std::string_view kEntertainment[] = {"CINEMA", "GAMES",     "THEATRE", "BOWLING",
                                               "MUSEUM", "STREAMING", "KINO"};
constexpr std::string_view kHealth[] = {"PHARMACY",  "APOTHEKE", "DENTAL PRACTICE",
                                        "OPTICIANS", "CLINIC",   "PHYSIOTHERAPIE"};
constexpr std::string_view kPersonalCare[] = {"HAIR SALON",   "BARBER", "FITNESS",
                                              "BEAUTY SALON", "NAILS",  "YOGA STUDIO"};
constexpr std::string_view kEducation[] = {"LANGUAGE SCHOOL", "NURSERY", "DRIVING SCHOOL", "KITA",
                                           "MUSIKSCHULE",     "COLLEGE"};
constexpr std::string_view kServices[] = {"SOLICITORS", "STEUERBERATER", "COURIER",
                                          "PRINT SHOP", "CLOUD HOSTING", "PHONE REPAIR"};

std::span<const std::string_view> WordsFor(Category category) {
  switch (category) {
    case Category::kGroceries:
      return kGroceries;
    case Category::kDining:
      return kDining;
    case Category::kShopping:
      return kShopping;
    case Category::kHome:
      return kHome;
    case Category::kTransport:
      return kTransport;
    case Category::kTravel:
      return kTravel;
    case Category::kEntertainment:
      return kEntertainment;
    case Category::kHealth:
      return kHealth;
    case Category::kPersonalCare:
      return kPersonalCare;
    case Category::kEducation:
      return kEducation;
    case Category::kServices:
      return kServices;
    default:
      return {};
  }
}

std::string_view Pick(std::span<const std::string_view> list, awry::base::Random& random) {
  return list[random.Below(list.size())];
}

}  // namespace

std::string MakeUpName(Category category, awry::base::Random& random) {
  const std::span<const std::string_view> words = WordsFor(category);
  if (words.empty()) return "";
  std::string name(Pick(kBegin, random));
  name.append(Pick(kMiddle, random));
  if (random.Chance(0.4)) name.append(Pick(kMiddle, random));
  name.append(Pick(kEnd, random));
  if (random.Chance(0.04)) return name;  // says nothing of what it sells
  const std::string word(Pick(words, random));
  return random.Chance(0.3) ? word + " " + name : name + " " + word;
}

}  // namespace sample
