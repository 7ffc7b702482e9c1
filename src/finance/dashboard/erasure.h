// Deleting an account for good: at once nobody gets in as that person, then a job has every service
// erase what it keeps, and at last the dashboard's own rows go. Private to the room.
//
// Contract with the services: DELETE /users/{user_id} erases all rows of that user and answers 2xx,
// also when there are none (transaction-processor: the bank connections; DELETE /ledger?user_id= the rest). A service that has no such route makes the job a dead letter, which the
// owner sees and can retry.
#pragma once

#include <map>
#include <string>

#include "finance/dashboard/parts.h"

namespace finance::dashboard {

// The queue's handlers; `parts` must outlive the queue.
std::map<std::string, jobs::JobKind> ErasureJobs(Parts& parts);

// Locks the person out and enqueues the job, in one transaction.
awry::base::Status BeginErasure(Parts& parts, const Person& actor, const std::string& user_id,
                                const std::string& address);

}  // namespace finance::dashboard
