#include "finance/spending_analyzer/patterns.h"

#include "codec/json.h"

namespace finance::spending_analyzer {

std::string PatternFields(const Patterns& patterns) {
  std::string out;
  awry::codec::JsonWriter json(out);
  json.BeginObject().Key("user_id").String(patterns.owner.str());
  json.Key("avg_grocery_amount_minor").Int(patterns.avg_grocery_amount_minor);
  json.Key("currency").String(patterns.currency);
  json.Key("grocery_frequency").Double(patterns.grocery_frequency);
  json.Key("category_shares").BeginObject();
  for (size_t i = 0; i < ledger::kCategoryCount; ++i) {
    if (patterns.counts[i] == 0) continue;
    json.Key(ledger::CategoryIds()[i])
        .Double(static_cast<double>(patterns.counts[i]) / static_cast<double>(patterns.count));
  }
  json.EndObject().Key("count").Int(patterns.count).EndObject();
  return out.substr(1, out.size() - 2);
}

std::string PatternAnswer(std::string_view fields, std::string_view cache_key, bool cache_hit) {
  std::string out = "{\"cache\":{\"key\":";
  awry::codec::AppendJsonString(out, cache_key);
  out += cache_hit ? ",\"hit\":true}," : ",\"hit\":false},";
  out += fields;
  out += '}';
  return out;
}

}  // namespace finance::spending_analyzer
