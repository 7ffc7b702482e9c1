#include "why_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "codec/utf8.h"
#include "terminal.h"

namespace awry::app {
namespace {

using codec::JsonValue;

constexpr size_t kBarWidth = 40;

std::string Text(JsonValue value) { return Visible(value.AsString().value_or("")); }
uint64_t Number(JsonValue value) { return value.AsUInt64().value_or(0); }

// Columns that a UTF-8 text takes, near enough: its code points.
size_t Width(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}
std::string Padded(std::string text, size_t width) {
  const size_t have = Width(text);
  if (have < width) text.append(width - have, ' ');
  return text;
}

std::string Bar(const char* word, JsonValue share) {
  const uint64_t with = Number(share.Find("with"));
  const uint64_t of = Number(share.Find("of"));
  const double part = of == 0 ? 0 : static_cast<double>(with) / static_cast<double>(of);
  const auto filled = static_cast<size_t>(part * kBarWidth + 0.5);
  std::string bar;
  for (size_t i = 0; i < kBarWidth; ++i) bar += i < filled ? "█" : "·";
  return fmt::format("   {:5} {:>7} of {:<7} {}  {:5.1f} %\n", word, Grouped(with), Grouped(of),
                     bar, part * 100);
}

std::string SpanText(JsonValue span) {
  return Text(span.Find("service")) + ": " + Text(span.Find("name"));
}

// How the two sides of a question are called, in a column and in a sentence.
struct Words {
  const char* bad;
  const char* good;
  const char* bad_traces;
  const char* good_traces;
  const char* one_bad;
  const char* one_good;
};
Words WordsOf(Asked asked) {
  switch (asked) {
    case Asked::kSingle: return {"this", "other", "asked about", "comparable", "Trace", "the nearest other"};
    case Asked::kOnset: return {"since", "before", "later", "earlier", "A later trace", "an earlier one"};
    case Asked::kLabelled: break;
  }
  return {"wrong", "right", "wrong", "right", "One wrong trace", "one right"};
}

// A value as long as a page does not fit beside another.
std::string PairCell(JsonValue value) {
  constexpr size_t kBytesMax = 80;
  if (value.is_null()) return "(missing)";
  const std::string text = Text(value);
  if (text.size() <= kBytesMax) return text;
  return fmt::format("{}… ({} bytes)", codec::TruncateUtf8(text, kBytesMax), Grouped(text.size()));
}

std::string PairText(JsonValue pair, const Words& words) {
  if (!pair.exists()) return {};
  struct Row {
    std::string attribute, wrong, right;
  };
  std::map<std::string, int> spans;  // that have an attribute of this name
  for (const JsonValue row : pair.Find("differing").items()) ++spans[Text(row.Find("attribute"))];
  std::vector<Row> rows{{"", words.bad, words.good}};
  for (const JsonValue row : pair.Find("differing").items()) {
    std::string attribute = Text(row.Find("attribute"));
    if (spans[attribute] > 1) attribute = SpanText(row.Find("span")) + " " + attribute;
    rows.push_back({std::move(attribute), PairCell(row.Find("wrong")), PairCell(row.Find("right"))});
  }
  size_t first = 0, second = 0;
  for (const Row& row : rows) {
    first = std::max(first, Width(row.attribute));
    second = std::max(second, Width(row.wrong));
  }
  std::string out = fmt::format("\n   {} {} beside {} {}\n", words.one_bad, Text(pair.Find("wrong")), words.one_good,
                                Text(pair.Find("right")));
  for (const Row& row : rows)
    out += "   " + Padded(row.attribute, first) + "   " + Padded(row.wrong, second) + "   " +
           row.right + "\n";
  if (const uint64_t equal = Number(pair.Find("equal")); equal > 0)
    out += fmt::format("   {} attributes are equal\n", Grouped(equal));
  return out;
}

std::string ReplayText(JsonValue replay) {
  if (!replay.exists()) return {};
  std::string out = fmt::format("\n   Replayed: {} of {} answers flip",
                                Number(replay.Find("flipped")), Number(replay.Find("of")));
  if (const uint64_t expected = Number(replay.Find("flipped_to_expected")); expected > 0)
    out += fmt::format(", {} to what was expected", expected);
  const JsonValue ci = replay.Find("ci");
  out += fmt::format(" (95 %: {:.0f} to {:.0f} %)", ci.At(0).AsDouble().value_or(0) * 100,
                     ci.At(1).AsDouble().value_or(0) * 100);
  if (const uint64_t failed = Number(replay.Find("failed")); failed > 0)
    out += fmt::format("; {} could not be replayed", failed);
  return out + "\n";
}

std::string CauseText(JsonValue cause, const Words& words) {
  std::string out =
      fmt::format("{}. {}\n\n", Number(cause.Find("rank")), Text(cause.Find("statement")));
  out += "   at    " + SpanText(cause.Find("span"));
  if (cause.Find("other_span").exists()) out += "  and  " + SpanText(cause.Find("other_span"));
  out += "\n" + Bar(words.bad, cause.Find("bad")) + Bar(words.good, cause.Find("good"));
  std::string proof;
  if (const double p = cause.Find("p_value").AsDouble().value_or(1); p < 1)
    proof = fmt::format("p = {:.2g}, corrected for all that was tried", p);
  if (cause.Find("since").is_string()) proof += (proof.empty() ? "since " : ", since ") + Text(cause.Find("since"));
  if (!proof.empty()) out += "   " + proof + "\n";
  out += PairText(cause.Find("pair"), words) + ReplayText(cause.Find("replay"));
  for (const JsonValue change : cause.Find("changes").items()) {
    out += fmt::format("   changed then: {} {} at {}\n", Text(change.Find("service")),
                       Text(change.Find("what")), Text(change.Find("at")));
  }
  if (const JsonValue check = cause.Find("check"); !check.AsString().value_or("").empty())
    out += "\n   check  never: " + Text(check) + "\n";
  for (const JsonValue folded : cause.Find("explains").items())
    out += "   explains: " + Text(folded.Find("statement")) + "\n";
  std::string examples;
  for (const JsonValue id : cause.Find("examples").items()) examples += " " + Text(id);
  if (!examples.empty()) out += "   examples:" + examples + "\n";
  return out;
}

}  // namespace

std::string WhyText(JsonValue answer, Asked asked) {
  const Words words = WordsOf(asked);
  std::string out;
  for (const JsonValue cause : answer.Find("causes").items())
    out += (out.empty() ? "" : "\n") + CauseText(cause, words);
  const JsonValue searched = answer.Find("searched");
  if (out.empty()) out = "No cause found.\n";
  out += fmt::format("\nLooked at {} {} and {} {} traces, {} facts and {} relations.\n",
                     Grouped(Number(answer.Find("traces").Find("bad"))), words.bad_traces,
                     Grouped(Number(answer.Find("traces").Find("good"))), words.good_traces,
                     Grouped(Number(searched.Find("facts"))),
                     Grouped(Number(searched.Find("relations"))));
  for (const JsonValue note : searched.Find("notes").items()) out += "Note: " + Text(note) + "\n";
  for (const JsonValue left_out : searched.Find("left_out").items())
    out += "Left out: " + Text(left_out) + "\n";
  if (answer.Find("causes").size() == 0) {
    for (const JsonValue weak : searched.Find("too_weak").items())
      out += "Too weak: " + Text(weak) + "\n";
  }
  return out;
}

}  // namespace awry::app
