// Names of shops that do not exist, for merchants that no training file knows.
#pragma once

#include <string>

#include "base/random.h"
#include "finance/ledger/category.h"

namespace sample {

// For example "VORLANI TRATTORIA" for dining: an invented name, most times beside a word that says
// what kind of place it is. Nothing for categories whose rows name no shop.
std::string MakeUpName(finance::ledger::Category category, awry::base::Random& random);

}  // namespace sample
