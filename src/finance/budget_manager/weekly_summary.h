// The weekly summary.
#pragma once

#include "base/status.h"
#include "finance/delivery/letter.h"
#include "finance/ledger/date.h"
#include "finance/ledger/user_id.h"
#include "sql/database.h"

namespace finance::budget_manager {

// What the seven days before `today` cost by category and currency, how the budgets stand, and what is
// expected in the next seven. Without rows, budgets and expected payments the subject is "".
base::Result<delivery::Letter> ComposeWeekly(awry::sql::Connection& connection, const ledger::UserId& user, ledger::Date today,
                                             delivery::Language language);

}  // namespace finance::budget_manager
