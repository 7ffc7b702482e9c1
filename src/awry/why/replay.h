// Proof by replay: the wrong answers' captured features, with what the suspect span gave replaced by
// what it gave the same asker before, sent to the model again.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "awry/why/answer.h"
#include "awry/why/corpus.h"
#include "awry/why/facts.h"
#include "awry/why/relations.h"
#include "base/status.h"
#include "trace/span.h"

namespace awry::why {

// Sends a JSON body to the replay endpoint of a service and returns the JSON answer. kNotFound: the
// service has none.
using ReplaySender = std::function<base::Result<std::string>(const std::string& service, const std::string& body)>;

// A sender for fixed addresses (service name → full URL); connections are kept. Addresses never come
// from a trace.
ReplaySender HttpReplaySender(const std::map<std::string, std::string>& endpoints);

struct ReplayInput {
  const Corpus& corpus;
  const std::vector<Relation>& relations;
  const std::vector<Fact>& facts;
  const Groups& groups;
  std::function<std::optional<trace::Trace>(const trace::TraceId&)> fetch;
  std::map<trace::TraceId, std::string> expected;  // what labels say the answer should have been
  size_t replays_max = 200;
};

// Nothing when no trace of the fact has captured features, no earlier right trace of the same asker
// is there, or the service has no endpoint.
std::optional<ReplayProof> Replay(const ReplayInput& input, uint32_t fact, const ReplaySender& send);

}  // namespace awry::why
