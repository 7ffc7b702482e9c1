// Everything that is kept about one person, as one JSON document. Private to the room.
//
// {"schema": "awry.finance.export/1", "person": …, "sessions", "tokens", "shares", "audit",
//  "imports": what the dashboard keeps, without secrets and digests; "accounts", "budgets",
//  "alerts", "recurring": the services' own answers; "transactions": [all pages joined];
//  "complete": false when the service went away before the last page}
#pragma once

#include <memory>
#include <string>

#include "finance/dashboard/parts.h"

namespace finance::dashboard {

struct ExportBegun {
  Person person;
  std::string head;        // what stands before the transactions, in JSON
  std::string first_page;  // of the transactions
};

// Gathers all but the later pages; null when a service is away: `refusal` says so.
std::shared_ptr<const ExportBegun> BeginExport(Parts& parts, const Person& person,
                                               awry::net::HttpResponse& refusal);

// Writes the document page by page; ends early when the peer is gone.
void WriteExport(Parts& parts, const ExportBegun& begun, const awry::net::BodyWriter& write);

}  // namespace finance::dashboard
