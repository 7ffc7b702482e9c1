// A check made ready to judge traces. What `never` and `always` mean: docs/checks.md.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "awry/check/check.h"
#include "awry/query/query.h"
#include "base/status.h"
#include "trace/span.h"

namespace awry::check {

struct Judgement {
  bool applies = false;
  bool violated = false;  // implies `applies`
  std::optional<size_t> span;  // index of the violating span, when it is one span that violates
};

// Thread-safe (constant). Cheap to copy.
class Rule {
 public:
  // kInvalidArgument; `error` is filled when the query does not parse.
  static base::Result<Rule> Make(Check check, query::ParseError* error = nullptr);

  const Check& check() const { return check_; }
  bool uses_labels() const { return uses_labels_; }
  // Finds the traces that violate; "" when the language cannot say it.
  const std::string& violation_query() const { return violation_query_; }
  // The fields that the query compares, each once, in its order.
  const std::vector<query::Field>& fields() const { return fields_; }
  // The name that the query asks of its spans; "" when it asks none or several.
  const std::string& span_name() const { return span_name_; }

  // `labels` may hold those of other traces too.
  Judgement Judge(const trace::Trace& trace, query::Labels labels) const;

 private:
  Rule() = default;
  void Prepare(const query::Query& parsed);

  Check check_;
  bool uses_labels_ = false;
  std::optional<query::Query> applies_;   // none: to every trace
  std::optional<query::Query> finder_;    // what it matches violates
  std::optional<query::Query> required_;  // what it does not match violates; one of the two is set
  bool names_a_span_ = false;             // a match of finder_ is a violating span
  std::string violation_query_;
  std::vector<query::Field> fields_;
  std::string span_name_;
};

// All checks in force. Thread-safe (constant).
class RuleSet {
 public:
  // Names must be different and everything within the limits; `problem` is filled on failure when
  // given. kInvalidArgument, kResourceExhausted.
  static base::Result<std::shared_ptr<const RuleSet>> Make(const std::vector<PlacedCheck>& checks,
                                                           Problem* problem = nullptr);

  const std::vector<Rule>& rules() const { return rules_; }
  std::vector<Check> checks() const;

 private:
  std::vector<Rule> rules_;
};

}  // namespace awry::check
