#include "awry/why/answer.h"

#include <ctime>

#include <fmt/format.h>

#include "awry/why/sentence.h"
#include "awry/why/why.h"
#include "codec/json.h"

namespace awry::why {

using codec::JsonWriter;

std::string Rfc3339(int64_t unix_ns) {
  int64_t seconds = unix_ns / 1'000'000'000;
  int64_t rest = unix_ns % 1'000'000'000;
  if (rest < 0) {
    rest += 1'000'000'000;
    --seconds;
  }
  const std::time_t time = seconds;
  std::tm parts{};
  gmtime_r(&time, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, rest);
}

namespace {

void Write(JsonWriter& json, const SpanRef& span) {
  json.BeginObject().Key("service").String(span.service).Key("name").String(span.name).EndObject();
}

void Write(JsonWriter& json, const Share& share) {
  json.BeginObject().Key("with").UInt(share.with).Key("of").UInt(share.of).EndObject();
}

void Write(JsonWriter& json, const std::vector<std::string>& texts) {
  json.BeginArray();
  for (const std::string& text : texts) json.String(text);
  json.EndArray();
}

void WriteValue(JsonWriter& json, const std::string& value, bool missing) {
  missing ? json.Null() : json.String(value);
}

void Write(JsonWriter& json, const TwinPair& pair) {
  json.BeginObject().Key("wrong").String(trace::ToHex(pair.wrong)).Key("right").String(trace::ToHex(pair.right));
  json.Key("equal").UInt(pair.equal).Key("differing").BeginArray();
  for (const TwinPair::Row& row : pair.differing) {
    json.BeginObject().Key("span");
    Write(json, row.span);
    json.Key("attribute").String(row.attribute).Key("wrong");
    WriteValue(json, row.wrong_value, row.wrong_missing);
    json.Key("right");
    WriteValue(json, row.right_value, row.right_missing);
    json.EndObject();
  }
  json.EndArray().EndObject();
}

void WriteTimes(JsonWriter& json, const Cause& cause) {
  if (cause.since_ns) json.Key("since").String(Rfc3339(*cause.since_ns));
  if (cause.until_ns) json.Key("until").String(Rfc3339(*cause.until_ns));
  json.Key("series").BeginArray();
  for (const SeriesPoint& point : cause.series) {
    json.BeginObject().Key("at").String(Rfc3339(point.at_ns)).Key("with").UInt(point.with);
    json.Key("of").UInt(point.of).EndObject();
  }
  json.EndArray().Key("changes").BeginArray();
  for (const Change& change : cause.changes) {
    json.BeginObject().Key("at").String(Rfc3339(change.at_ns)).Key("service").String(change.service);
    json.Key("what").String(change.what).EndObject();
  }
  json.EndArray();
}

void WriteProof(JsonWriter& json, const Cause& cause) {
  if (cause.odds_ratio) {
    json.Key("odds_ratio").BeginObject().Key("value").Double(cause.odds_ratio->value);
    json.Key("lo").Double(cause.odds_ratio->ci.lo).Key("hi").Double(cause.odds_ratio->ci.hi).EndObject();
  }
  if (cause.replay) {
    const ReplayProof& r = *cause.replay;
    json.Key("replay").BeginObject().Key("flipped").UInt(r.flipped);
    json.Key("flipped_to_expected").UInt(r.flipped_to_expected).Key("of").UInt(r.of).Key("failed").UInt(r.failed);
    json.Key("ci").BeginArray().Double(r.ci.lo).Double(r.ci.hi).EndArray().EndObject();
  }
  json.Key("explains").BeginArray();
  for (const Explained& explained : cause.explains) {
    json.BeginObject().Key("statement").String(explained.statement).Key("span");
    Write(json, explained.span);
    json.Key("attributes");
    Write(json, explained.attributes);
    json.EndObject();
  }
  json.EndArray();
}

void Write(JsonWriter& json, const Cause& cause) {
  json.BeginObject().Key("rank").UInt(cause.rank).Key("score").Double(cause.score).Key("kind").String(cause.kind);
  json.Key("span");
  Write(json, cause.span);
  if (cause.other_span) {
    json.Key("other_span");
    Write(json, *cause.other_span);
  }
  json.Key("attributes");
  Write(json, cause.attributes);
  json.Key("statement").String(cause.statement).Key("bad");
  Write(json, cause.bad);
  json.Key("good");
  Write(json, cause.good);
  json.Key("p_value").Double(cause.p_value).Key("examples").BeginArray();
  for (const trace::TraceId& id : cause.examples) json.String(trace::ToHex(id));
  json.EndArray();
  if (cause.pair) {
    json.Key("pair");
    Write(json, *cause.pair);
  }
  json.Key("check").String(cause.check);
  WriteTimes(json, cause);
  WriteProof(json, cause);
  json.EndObject();
}

}  // namespace

std::string ToJson(const Cause& cause) {
  std::string out;
  JsonWriter json(out);
  Write(json, cause);
  return out;
}

std::string ToJson(const Answer& answer) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("traces").BeginObject().Key("bad").UInt(answer.traces_bad);
  json.Key("good").UInt(answer.traces_good).EndObject().Key("causes").BeginArray();
  for (const Cause& cause : answer.causes) Write(json, cause);
  json.EndArray().Key("searched").BeginObject().Key("facts").UInt(answer.searched.facts);
  json.Key("relations").UInt(answer.searched.relations).Key("too_weak");
  Write(json, answer.searched.too_weak);
  json.Key("left_out");
  Write(json, answer.searched.left_out);
  json.Key("notes");
  Write(json, answer.searched.notes);
  json.EndObject().EndObject();
  return out;
}

std::string ToJson(const std::vector<UnusualFact>& facts) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("facts").BeginArray();
  for (const UnusualFact& fact : facts) {
    json.BeginObject().Key("span_id").String(trace::SpanIdToHex(fact.span_id)).Key("attribute").String(fact.attribute);
    json.Key("value").String(fact.value).Key("usual").String(fact.usual).Key("with").UInt(fact.with);
    json.Key("of").UInt(fact.of).EndObject();
  }
  json.EndArray().EndObject();
  return out;
}

std::string ToJson(const std::vector<Invariant>& invariants) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("invariants").BeginArray();
  for (const Invariant& invariant : invariants) {
    json.BeginObject().Key("statement").String(invariant.statement).Key("check").String(invariant.check).Key("span");
    Write(json, invariant.span);
    json.Key("attributes");
    Write(json, invariant.attributes);
    json.Key("holds").UInt(invariant.holds).Key("of").UInt(invariant.of).EndObject();
  }
  json.EndArray().EndObject();
  return out;
}

std::string ToPlainText(const Answer& answer) {
  std::string out;
  const auto line = [&](const std::string& text) { out += text + "\n"; };
  for (const Cause& cause : answer.causes) {
    line(fmt::format("{}. {}", cause.rank, cause.statement));
    if (cause.replay) {
      line(fmt::format("   Replayed: {} of {} answers flip, {} to the expected one.", cause.replay->flipped,
                       cause.replay->of, cause.replay->flipped_to_expected));
    }
    if (cause.since_ns) line("   Since " + Rfc3339(*cause.since_ns).substr(0, 19) + "Z.");
    for (const Change& change : cause.changes) {
      line(fmt::format("   Changed then: {} {} at {}Z.", change.service, change.what, Rfc3339(change.at_ns).substr(0, 19)));
    }
    if (cause.pair) {
      line(fmt::format("   wrong {}   right {}", trace::ToHex(cause.pair->wrong), trace::ToHex(cause.pair->right)));
      for (size_t k = 0; k < std::min<size_t>(cause.pair->differing.size(), 6); ++k) {
        const TwinPair::Row& row = cause.pair->differing[k];
        line(fmt::format("     {}: {} · {}", row.attribute, row.wrong_missing ? "(missing)" : row.wrong_value,
                         row.right_missing ? "(missing)" : row.right_value));
      }
    }
    if (!cause.check.empty()) line("   check: " + cause.check);
  }
  if (answer.causes.empty()) line("No cause found.");
  line(fmt::format("Looked at {} facts and {} relations in {} and {} traces.", WithThousands(answer.searched.facts),
                   WithThousands(answer.searched.relations), WithThousands(answer.traces_bad),
                   WithThousands(answer.traces_good)));
  for (const std::string& note : answer.searched.notes) line(note);
  if (answer.causes.empty() && !answer.searched.too_weak.empty()) {
    line("Too weak:");
    for (const std::string& text : answer.searched.too_weak) line("  " + text);
  }
  for (const std::string& text : answer.searched.left_out) line("Left out: " + text);
  return out;
}

}  // namespace awry::why
