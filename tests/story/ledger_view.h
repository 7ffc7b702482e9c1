// What the story asks of the running system and of the generator's truth.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "stack/stack.h"

namespace awry::tests {

struct Transaction {
  std::string id, user, date, description, category, processing, trace_id;
  int64_t amount_minor = 0;
  std::string key() const { return user + "|" + date + "|" + std::to_string(amount_minor) + "|" + description; }
};

// Key of a transaction -> the generator's true category. Used by tests alone, never by a service.
using Truth = std::map<std::string, std::string>;

// Makes the sample in `dir`: `months_after` = 0 for the year itself, 1 for the month after it, ….
void GenerateSample(const std::string& dir, int months_after);
Truth ReadTruth(const std::string& dir);
std::vector<std::string> ReadUsers(const std::string& dir);

// Imports the statements of `users` in `dir` and waits until every pipeline is through. Returns the
// number of rows that were new.
size_t ImportStatements(const Stack& stack, const std::string& dir, const std::vector<std::string>& users);

// All transactions of a user that `keep` takes.
std::vector<Transaction> Transactions(const Stack& stack, const std::string& user,
                                      const std::function<bool(const Transaction&)>& keep);

// The number of traces that match `query`, of all time or since `since` (RFC 3339).
uint64_t CountTraces(const Stack& stack, const std::string& query, const std::string& since = "");

std::string NowRfc3339();

}  // namespace awry::tests
