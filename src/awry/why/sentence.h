// Says facts in plain English. Names stand exactly as in the data.
#pragma once

#include <string>
#include <vector>

#include "awry/why/answer.h"
#include "awry/why/corpus.h"
#include "awry/why/facts.h"
#include "awry/why/relations.h"

namespace awry::why {

// Borrows all three.
struct Evidence {
  const Corpus& corpus;
  const std::vector<Relation>& relations;
  const std::vector<Fact>& facts;
};

// "relation", "value", "range", "missing_span", …
std::string KindOf(const Fact& fact);
// The attributes that a fact is about, the one most to blame first.
std::vector<std::string> AttributesOf(const Evidence& evidence, const Fact& fact);
// The fact alone: "patterns.user_id ≠ user_id", "app.config.hash = 1f2e", "span blend is missing".
std::string FactText(const Evidence& evidence, const Fact& fact);
// The relation as it should hold: "context.cache_key = `patterns:` + user_id".
std::string RelationText(const Evidence& evidence, const Relation& relation);
// What a trace that breaks the relation shows: "context.cache_key `patterns:user12` is a cut-off
// `patterns:user123`"; "" when nothing more can be said.
std::string MechanismText(const Evidence& evidence, const Relation& relation, size_t trace);
// The value in the last column that a relation would have: "" when it cannot be told.
std::string ExpectedText(const Corpus& corpus, const Relation& relation, size_t trace);
// "48 of 52 wrong and 130 of 1,912 right".
std::string CountsText(const Share& bad, const Share& good, const std::string& bad_word,
                       const std::string& good_word);
std::string WithThousands(uint64_t count);
std::string NumberText(double value);

}  // namespace awry::why
