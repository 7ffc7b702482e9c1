// base's budget, under the name that servers use.
#pragma once

#include "base/byte_budget.h"

namespace awry::net {

using base::BudgetShare;
using base::ByteBudget;

}  // namespace awry::net
