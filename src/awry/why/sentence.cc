#include "awry/why/sentence.h"

#include <cmath>

#include <fmt/format.h>

#include "trace/value.h"

namespace awry::why {
namespace {

const Column& ColumnAt(const Evidence& e, uint32_t c) { return e.corpus.columns()[c]; }

// The key alone when both are of one span, or differ anyway; else with the span before it.
std::string KeyBeside(const Evidence& e, uint32_t column, uint32_t other) {
  const Column& x = ColumnAt(e, column);
  const Column& y = ColumnAt(e, other);
  if (x.span_class == y.span_class || x.key != y.key) return x.key;
  return fmt::format("{}’s {}", e.corpus.ClassOf(x).ref.name, x.key);
}

std::string Quoted(std::string_view text) {
  constexpr size_t kShownMax = 80;
  if (text.size() <= kShownMax) return fmt::format("`{}`", text);
  size_t cut = kShownMax;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
  return fmt::format("`{}…`", text.substr(0, cut));
}

std::string_view AggregateWord(Aggregate aggregate) {
  return aggregate == Aggregate::kSum ? "sum of " : "";
}

std::string Spoken(const std::string& key) {
  return key == "@self" ? "time of its own" : key == "@gap" ? "time between caller and callee" : key;
}

std::string BrokenText(const Evidence& e, const Relation& r) {
  const std::string a = KeyBeside(e, r.a, r.b);
  const std::string b = KeyBeside(e, r.b, r.a);
  switch (r.kind) {
    case RelationKind::kEqual: return fmt::format("{} ≠ {}", a, b);
    case RelationKind::kSameNumber: return fmt::format("{} is not the number that {} reads as", b, a);
    case RelationKind::kSameNormalised: return fmt::format("{} ≠ {}, whatever the case and punctuation", a, b);
    case RelationKind::kContains: return fmt::format("{} does not contain {}", a, b);
    case RelationKind::kItemsStartWith: return fmt::format("not every item of {} starts with {}", a, b);
    case RelationKind::kMember: return fmt::format("{} is not in {}", b, a);
    case RelationKind::kListCount: return fmt::format("{} is not the number of items of {}", b, a);
    case RelationKind::kLength: return fmt::format("{} is not the length of {}", b, a);
    case RelationKind::kRatioBy: return fmt::format("{} / {} is not what it is for the same {} elsewhere", a, b, KeyBeside(e, r.c, r.a));
    case RelationKind::kAtMost: return fmt::format("{} > {}", a, b);
    case RelationKind::kWithin: return fmt::format("{} is far from {}", a, b);
    case RelationKind::kDetermines: return fmt::format("{} is not the one that goes with {}", a, b);
    case RelationKind::kKeeps: return fmt::format("{} is not the one that the same {} has in other traces", a, b);
    default: break;
  }
  std::string rule = RelationText(e, r);  // "a = …"
  const size_t sign = rule.find(" = ", a.size());
  return sign == std::string::npos ? "not " + rule : rule.replace(sign, 3, " ≠ ");
}

}  // namespace

std::string WithThousands(uint64_t count) {
  std::string digits = std::to_string(count);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string NumberText(double value) {
  if (std::abs(value) >= 1000 && std::floor(value) == value && std::abs(value) < 1e15) {
    return fmt::format("{}", static_cast<int64_t>(value));
  }
  return trace::DoubleToText(std::abs(value) < 1e15 && value != 0
                                 ? std::stod(fmt::format("{:.6g}", value))
                                 : value);
}

std::string KindOf(const Fact& fact) {
  switch (fact.kind) {
    case FactKind::kValue: return "value";
    case FactKind::kAtLeast:
    case FactKind::kAtMost: return "range";
    case FactKind::kAttributeMissing: return "absence";
    case FactKind::kAttributePresent: return "presence";
    case FactKind::kSpanMissing: return "missing_span";
    case FactKind::kSpanPresent: return "extra_span";
    case FactKind::kSpanCount: return "span_count";
    case FactKind::kSpanError: return "error";
    case FactKind::kOrder:
    case FactKind::kOverlap:
    case FactKind::kDisorder: return "order";
    case FactKind::kRepeated:
    case FactKind::kReused: return "duplicate";
    case FactKind::kGaps: return "gap";
    case FactKind::kRelation: return "relation";
    case FactKind::kSlowSteps:
    case FactKind::kSlowCalls: return "range";
    case FactKind::kBoth: return "interaction";
  }
  return "value";
}

std::vector<std::string> AttributesOf(const Evidence& e, const Fact& fact) {
  const auto add = [](std::vector<std::string>& out, const std::string& key) {
    for (const std::string& have : out) {
      if (have == key) return;
    }
    out.push_back(key);
  };
  std::vector<std::string> out;
  switch (fact.kind) {
    case FactKind::kSpanMissing:
    case FactKind::kSpanPresent: return {"@present"};
    case FactKind::kSpanCount: return {"@count"};
    case FactKind::kSpanError: return {"@present"};
    case FactKind::kOrder: return {"@order"};
    case FactKind::kOverlap: return {"@order", "@start"};
    case FactKind::kSlowSteps: return {"@self", "@duration"};
    case FactKind::kSlowCalls: return {"@gap", "@duration"};
    case FactKind::kDisorder: return {ColumnAt(e, fact.column).key, "@order"};
    case FactKind::kRepeated: return {ColumnAt(e, fact.column).key, "@count"};
    case FactKind::kBoth:
      for (uint32_t part : fact.parts) {
        for (const std::string& key : AttributesOf(e, e.facts[part])) add(out, key);
      }
      return out;
    case FactKind::kRelation: {
      const Relation& r = e.relations[fact.relation];
      add(out, ColumnAt(e, fact.column).key);
      add(out, ColumnAt(e, r.a).key);
      add(out, ColumnAt(e, r.b).key);
      if (r.c != kNoText) add(out, ColumnAt(e, r.c).key);
      return out;
    }
    default: break;
  }
  const Column& column = ColumnAt(e, fact.column);
  if (column.is_time() && column.key != "@duration") return {column.key, "@duration"};
  if (column.is_summary() || column.is_sequel()) return {"@present"};
  return {column.key};
}

std::string RelationText(const Evidence& e, const Relation& r) {
  const std::string a = KeyBeside(e, r.a, r.b);
  const std::string b = KeyBeside(e, r.b, r.a);
  const std::string c = r.c == kNoText ? "" : KeyBeside(e, r.c, r.a);
  switch (r.kind) {
    case RelationKind::kEqual: return fmt::format("{} = {}", a, b);
    case RelationKind::kSameNumber: return fmt::format("{} = {}, read as a number", a, b);
    case RelationKind::kSameNormalised: return fmt::format("{} = {} but for case and punctuation", a, b);
    case RelationKind::kTemplate: {
      std::string out = a + " = ";
      if (!r.prefix.empty()) out += fmt::format("`{}` + ", r.prefix);
      out += b;
      if (!r.suffix.empty()) out += fmt::format(" + `{}`", r.suffix);
      return out;
    }
    case RelationKind::kContains: return fmt::format("{} contains {}", a, b);
    case RelationKind::kItemsStartWith: return fmt::format("every item of {} starts with {}", a, b);
    case RelationKind::kMember: return fmt::format("{} is in {}", b, a);
    case RelationKind::kListCount: return fmt::format("{} = number of items of {}", b, a);
    case RelationKind::kLength: return fmt::format("{} = length of {}", b, a);
    case RelationKind::kRatio:
      if (r.factor == 1) return fmt::format("{} = {}, rounded", a, b);
      return fmt::format("{} = {} × {}", a, NumberText(r.factor), b);
    case RelationKind::kOffset:
      return fmt::format("{} = {} {} {}", a, b, r.offset < 0 ? "-" : "+", NumberText(std::abs(r.offset)));
    case RelationKind::kLinear:
      return fmt::format("{} = {} × {} {} {}", a, NumberText(r.factor), b, r.offset < 0 ? "-" : "+",
                         NumberText(std::abs(r.offset)));
    case RelationKind::kRatioBy: return fmt::format("{} / {} is fixed for each {}", a, b, c);
    case RelationKind::kSum: return fmt::format("{} = {} + {}", a, b, c);
    case RelationKind::kProduct: return fmt::format("{} = {} × {}", a, b, c);
    case RelationKind::kAtMost: return fmt::format("{} ≤ {}", a, b);
    case RelationKind::kWithin:
      return fmt::format("{} - {} lies between {} and {}", a, b, NumberText(r.factor), NumberText(r.offset));
    case RelationKind::kDetermines: return fmt::format("{} follows from {}", a, b);
    case RelationKind::kKeeps: return fmt::format("the same {} always has the same {}", b, a);
  }
  return "";
}

std::string FactText(const Evidence& e, const Fact& fact) {
  const auto key = [&] { return ColumnAt(e, fact.column).key; };
  const std::string& span = e.corpus.classes()[fact.span_class].ref.name;
  const auto sum = [&] { return std::string(AggregateWord(ColumnAt(e, fact.column).aggregate)); };
  const std::string_view unit = fact.column != kNoText && ColumnAt(e, fact.column).is_time() ? " ms" : "";
  switch (fact.kind) {
    case FactKind::kValue:
      if (ColumnAt(e, fact.column).is_summary()) {
        return fmt::format("the spans below {} are {}", span, Quoted(e.corpus.ValueText(ColumnAt(e, fact.column), fact.value_trace)));
      }
      if (ColumnAt(e, fact.column).is_sequel()) {
        return fmt::format("after span {} {}", fact.other_class == kNoText ? span : e.corpus.classes()[fact.other_class].ref.name, e.corpus.ValueText(ColumnAt(e, fact.column), fact.value_trace));
      }
      return fmt::format("{} = {}", key(), Quoted(e.corpus.ValueText(ColumnAt(e, fact.column), fact.value_trace)));
    case FactKind::kAtLeast: return fmt::format("{}{} ≥ {}{}", sum(), Spoken(key()), NumberText(fact.threshold), unit);
    case FactKind::kAtMost: return fmt::format("{}{} ≤ {}{}", sum(), Spoken(key()), NumberText(fact.threshold), unit);
    case FactKind::kAttributeMissing:
      return key().starts_with("@event:") ? fmt::format("event {} does not occur", key().substr(7)) : key() + " is missing";
    case FactKind::kAttributePresent:
      return key().starts_with("@event:") ? fmt::format("event {} occurs", key().substr(7)) : key() + " is present";
    case FactKind::kSpanMissing:
      if (fact.other_class == kNoText) return fmt::format("span {} is missing", span);
      return fmt::format("span {} is missing, and {} below it", span, e.corpus.classes()[fact.other_class].ref.name);
    case FactKind::kSpanPresent: return fmt::format("span {} is present", span);
    case FactKind::kSpanCount:
      return fmt::format("span {} stands {} {} {}", span, fact.above ? "at least" : "at most",
                         NumberText(fact.threshold), fact.threshold == 1 ? "time" : "times");
    case FactKind::kSpanError: return fmt::format("span {} ends with an error", span);
    case FactKind::kOrder:
      return fmt::format("span {} starts before {}", span, e.corpus.classes()[fact.other_class].ref.name);
    case FactKind::kOverlap:
      return fmt::format("span {} starts before {} has ended", span, e.corpus.classes()[fact.other_class].ref.name);
    case FactKind::kRepeated: return fmt::format("spans {} repeat a {}", span, key());
    case FactKind::kDisorder: return fmt::format("spans {} come out of the order of {}", span, key());
    case FactKind::kGaps: return fmt::format("spans {} leave a gap in {}", span, key());
    case FactKind::kReused: return fmt::format("{} is one that an earlier trace has too", key());
    case FactKind::kRelation: return BrokenText(e, e.relations[fact.relation]);
    case FactKind::kSlowSteps:
      return fmt::format("what {} does itself takes at least {:.3g} times as long as usual", e.corpus.classes()[fact.span_class].ref.service, fact.threshold);
    case FactKind::kSlowCalls:
      return fmt::format("{} is reached at least {:.3g} times as slowly as usual",
                         e.corpus.classes()[fact.other_class == kNoText ? fact.span_class : fact.other_class].ref.service, fact.threshold);
    case FactKind::kBoth:
      return fmt::format("{} together with {}", FactText(e, e.facts[fact.parts[0]]),
                         FactText(e, e.facts[fact.parts[1]]));
  }
  return "";
}

std::string ExpectedText(const Corpus& corpus, const Relation& r, size_t trace) {
  const Column& b = corpus.columns()[r.b];
  if (!b.present.Test(trace)) return "";
  const auto number = [&](double value) { return NumberText(value); };
  switch (r.kind) {
    case RelationKind::kEqual: return corpus.ValueText(b, trace);
    case RelationKind::kTemplate: return r.prefix + corpus.ValueText(b, trace) + r.suffix;
    case RelationKind::kRatio:
    case RelationKind::kOffset:
    case RelationKind::kLinear: return number(r.factor * b.number[trace] + r.offset);
    default: return "";
  }
}

std::string MechanismText(const Evidence& e, const Relation& r, size_t trace) {
  const Column& a = ColumnAt(e, r.a);
  const Column& b = ColumnAt(e, r.b);
  const std::string actual = e.corpus.ValueText(a, trace);
  std::string expected = ExpectedText(e.corpus, r, trace);
  if (r.kind == RelationKind::kContains) expected = e.corpus.ValueText(b, trace);
  if (actual.empty() || expected.empty() || actual == expected) return "";
  const std::string name = KeyBeside(e, r.a, r.b);
  const double x = a.number.empty() ? kNoNumber : a.number[trace];
  const double y = LenientNumber(expected);
  if (!std::isnan(x) && !std::isnan(y) && a.numeric) {
    if (y != 0 && x != 0) {
      const double ratio = x / y;
      for (double unit : {10.0, 100.0, 1'000.0, 60.0, 3'600.0, 24.0, 86'400.0, 1'000'000.0, 1'024.0}) {
        if (std::abs(ratio - unit) < 0.01 * unit) {
          return fmt::format("{} {} is {} times {}", name, actual, NumberText(unit), expected);
        }
        if (std::abs(ratio * unit - 1) < 0.01) {
          return fmt::format("{} {} is {} divided by {}", name, actual, expected, NumberText(unit));
        }
      }
    }
    return fmt::format("{} is {} where it should be {}", name, actual, expected);
  }
  if (expected.starts_with(actual)) return fmt::format("{} {} is a cut-off {}", name, Quoted(actual), Quoted(expected));
  if (actual.starts_with(expected)) return fmt::format("{} {} goes on after {}", name, Quoted(actual), Quoted(expected));
  if (r.kind == RelationKind::kContains) {
    return fmt::format("{} {} lacks {}", name, Quoted(actual), Quoted(expected));
  }
  return fmt::format("{} is {} where it should be {}", name, Quoted(actual), Quoted(expected));
}

std::string CountsText(const Share& bad, const Share& good, const std::string& bad_word,
                       const std::string& good_word) {
  if (bad.with == 1 && bad.of == 1) {
    return fmt::format("the {} and {} of {} {}", bad_word, WithThousands(good.with), WithThousands(good.of), good_word);
  }
  return fmt::format("{} of {} {} and {} of {} {}", WithThousands(bad.with), WithThousands(bad.of), bad_word,
                     WithThousands(good.with), WithThousands(good.of), good_word);
}

}  // namespace awry::why
