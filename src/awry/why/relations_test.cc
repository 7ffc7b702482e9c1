#include "awry/why/relations.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include <fmt/format.h>

#include "awry/why/sentence.h"
#include "base/random.h"

namespace awry::why {
namespace {

using Row = std::vector<std::pair<std::string, trace::ValueView>>;

// One span a trace; `fill` gives its attributes (their texts must live in `texts`).
struct Made {
  Corpus corpus;
  Bits all;
  Made(size_t traces, const std::function<void(size_t, trace::Attributes&)>& fill) {
    for (size_t i = 0; i < traces; ++i) {
      trace::Trace trace{.id = {.high = 1, .low = i + 1}};
      trace::Span span;
      span.trace_id = trace.id;
      span.span_id = i + 1;
      span.name = "work";
      span.start_ns = static_cast<int64_t>(i) * 1'000'000'000;
      span.end_ns = span.start_ns + 1'000'000;
      auto resource = std::make_shared<trace::Resource>();
      resource->service = "svc";
      span.resource = resource;
      span.scope = std::make_shared<trace::Scope>();
      fill(i, span.attributes);
      trace.spans.push_back(std::move(span));
      corpus.Add(trace);
    }
    corpus.Finish();
    all = Bits(corpus.size());
    for (size_t i = 0; i < corpus.size(); ++i) all.Set(i);
  }
  std::vector<std::string> Found() const {
    const Mined mined = MineRelations(corpus, all);
    const std::vector<Fact> none;
    std::vector<std::string> out;
    for (const Relation& r : mined.relations) out.push_back(RelationText({corpus, mined.relations, none}, r));
    return out;
  }
};

trace::Attribute Text(const std::string& key, const std::string& value) {
  return {key, trace::Value(trace::ValueView::String(value))};
}
trace::Attribute Number(const std::string& key, double value) {
  return {key, trace::Value(trace::ValueView::Double(value))};
}
trace::Attribute Whole(const std::string& key, int64_t value) {
  return {key, trace::Value(trace::ValueView::Int(value))};
}

TEST(Relations, EqualTextsAndTemplatesAreFound) {
  base::Random random(1);
  Made made(300, [&](size_t, trace::Attributes& out) {
    const std::string user = fmt::format("user{}", random.Below(5'000));
    out.push_back(Text("user_id", user));
    out.push_back(Text("owner", user));
    out.push_back(Text("key", "patterns:" + user));
  });
  EXPECT_EQ(made.Found(), (std::vector<std::string>{"owner = user_id", "key = `patterns:` + user_id", "key = `patterns:` + owner"}));
}

TEST(Relations, RatiosOffsetsAndLinesAreFound) {
  base::Random random(2);
  Made made(300, [&](size_t, trace::Attributes& out) {
    const double x = 1 + static_cast<double>(random.Below(100'000)) / 10;
    out.push_back(Number("ms", x));
    out.push_back(Number("s", x / 1'000));
    out.push_back(Number("later", x + 3'600));
    out.push_back(Number("fahrenheit", 1.8 * x + 32));
  });
  const std::vector<std::string> found = made.Found();
  EXPECT_NE(std::find(found.begin(), found.end(), "s = 0.001 × ms"), found.end());
  EXPECT_NE(std::find(found.begin(), found.end(), "later = ms + 3600"), found.end());
  EXPECT_NE(std::find(found.begin(), found.end(), "fahrenheit = 1.8 × ms + 32"), found.end());
}

TEST(Relations, ABoundIsFoundWhereValuesComeNearIt) {
  base::Random random(3);
  Made made(400, [&](size_t, trace::Attributes& out) {
    const int64_t ttl = 600 * static_cast<int64_t>(1 + random.Below(3));
    out.push_back(Whole("age_s", static_cast<int64_t>(random.Below(static_cast<uint64_t>(ttl)))));
    out.push_back(Whole("ttl_s", ttl));
  });
  EXPECT_EQ(made.Found(), std::vector<std::string>{"age_s ≤ ttl_s"});
}

TEST(Relations, LengthsAndNumbersInTextAreFound) {
  base::Random random(4);
  Made made(300, [&](size_t, trace::Attributes& out) {
    const double amount = static_cast<double>(random.Below(1'000'000)) / 100;
    std::string text = fmt::format("{:.2f}", amount);
    if (random.Chance(0.4)) text.replace(text.find('.'), 1, ",");
    out.push_back(Text("input", text));
    out.push_back(Number("value", amount));
    const std::string words(5 + random.Below(60), 'x');
    out.push_back(Text("description", words));
    out.push_back(Whole("description.length", static_cast<int64_t>(words.size())));
  });
  const std::vector<std::string> found = made.Found();
  EXPECT_NE(std::find(found.begin(), found.end(), "input = value, read as a number"), found.end());
  EXPECT_NE(std::find(found.begin(), found.end(), "description.length = length of description"), found.end());
}

TEST(Relations, SumsOfThreeAreFound) {
  base::Random random(5);
  Made made(300, [&](size_t, trace::Attributes& out) {
    const auto context = static_cast<int64_t>(random.Below(4'000)), question = static_cast<int64_t>(random.Below(900));
    out.push_back(Whole("context.tokens", context));
    out.push_back(Whole("question.tokens", question));
    out.push_back(Whole("prompt.tokens", context + question));
  });
  const std::vector<std::string> found = made.Found();
  const auto sum = std::find_if(found.begin(), found.end(), [](const std::string& text) {
    return text.find("prompt.tokens = context.tokens + question.tokens") == 0;
  });
  EXPECT_NE(sum, found.end());
}

TEST(Relations, WhatCannotFailIsNoRelation) {
  base::Random random(6);
  Made made(300, [&](size_t, trace::Attributes& out) {
    out.push_back(Whole("status", 200));
    out.push_back(Whole("other.status", 200));
    out.push_back(Text("mostly", random.Chance(0.99) ? "a" : "b"));
    out.push_back(Text("mostly.too", random.Chance(0.99) ? "a" : "b"));
    out.push_back(Number("x", random.Uniform()));
    out.push_back(Number("y", random.Uniform()));
  });
  EXPECT_TRUE(made.Found().empty()) << made.Found().front();
}

TEST(Relations, HarmlessExceptionsDoNotHideARelation) {
  base::Random random(7);
  Made made(1'000, [&](size_t, trace::Attributes& out) {
    const std::string user = fmt::format("user{}", random.Below(5'000));
    out.push_back(Text("user_id", user));
    out.push_back(Text("owner", random.Chance(0.03) ? "staff" : user));
  });
  const Mined mined = MineRelations(made.corpus, made.all);
  ASSERT_EQ(mined.relations.size(), 1u);
  EXPECT_NEAR(mined.relations[0].held, 0.97, 0.02);
  EXPECT_LT(mined.relations[0].chance, 0.01);
  EXPECT_EQ(mined.relations[0].violated.Count(), 1'000 - static_cast<size_t>(std::lround(mined.relations[0].held * 1'000)));
}

TEST(Relations, NumbersAreReadInAnyLocale) {
  EXPECT_DOUBLE_EQ(LenientNumber("1.234,56"), 1234.56);
  EXPECT_DOUBLE_EQ(LenientNumber("1,635.83"), 1635.83);
  EXPECT_DOUBLE_EQ(LenientNumber("12,5"), 12.5);
  EXPECT_DOUBLE_EQ(LenientNumber("1,234"), 1234);
  EXPECT_DOUBLE_EQ(LenientNumber("-7"), -7);
  EXPECT_TRUE(std::isnan(LenientNumber("12 EUR")));
  EXPECT_TRUE(std::isnan(LenientNumber("")));
  EXPECT_TRUE(std::isnan(LenientNumber(".,.")));
}

TEST(Relations, GarbageDoesNotBreakTheMiner) {
  base::Random random(8);
  Made made(200, [&](size_t, trace::Attributes& out) {
    for (int k = 0; k < 12; ++k) {
      std::string bytes;
      for (size_t n = random.Below(40); n > 0; --n) bytes.push_back(static_cast<char>(random.Below(256)));
      const std::string key = fmt::format("k{}", random.Below(10));
      switch (random.Below(4)) {
        case 0: out.push_back(Text(key, bytes)); break;
        case 1: out.push_back(Number(key, random.Chance(0.3) ? std::nan("") : 1e308 * random.Normal(0, 1))); break;
        case 2: out.push_back(Whole(key, static_cast<int64_t>(random.Next()))); break;
        default: out.push_back({key, trace::Value(trace::ValueView::Array(bytes))});
      }
    }
  });
  EXPECT_LT(made.Found().size(), 1'000u);
}

TEST(Relations, AFactorThatPeopleUseIsTakenForTheMeasuredOne) {
  base::Random random(11);
  Made made(300, [&](size_t, trace::Attributes& out) {
    const double reading = 5 + 30 * random.Uniform();
    out.push_back(Number("reading", std::round(reading * 10) / 10));
    out.push_back(Number("in_reading", std::round(reading * 100) / 100));
    out.push_back(Number("thousandths", std::round(reading * 100'000) / 100));
  });
  const auto found = made.Found();
  EXPECT_NE(std::find(found.begin(), found.end(), "in_reading = reading, rounded"), found.end());
  EXPECT_NE(std::find(found.begin(), found.end(), "thousandths = 1000 × in_reading"), found.end());
}

TEST(Relations, TheSameKeyKeepsWhatBelongsToItAcrossTraces) {
  base::Random random(12);
  Made made(900, [&](size_t, trace::Attributes& out) {
    const uint64_t item = random.Below(150);
    out.push_back(Text("asked", fmt::format("item {}", item)));
    out.push_back(Text("row", fmt::format("{:08x}", (item + 7) * 2'654'435'761ULL)));
    out.push_back(Text("session", fmt::format("{:08x}", random.Next() >> 32)));
  });
  const auto found = made.Found();
  EXPECT_NE(std::find(found.begin(), found.end(), "the same asked always has the same row"), found.end());
  for (const std::string& relation : found) EXPECT_EQ(relation.find("session"), std::string::npos) << relation;
}

TEST(Relations, AKeyThatMovesOnToAValueOfItsOwnBreaksNothingButAnothersValueDoes) {
  base::Random random(13);
  std::vector<size_t> lent;
  Made made(1'500, [&](size_t i, trace::Attributes& out) {
    const uint64_t user = random.Below(100);
    const bool later = i >= 1'100;
    if (i % 90 == 89) lent.push_back(i);
    const uint64_t holder = i % 90 == 89 ? (user + 1) % 100 : user;
    out.push_back(Text("user", fmt::format("user {}", user)));
    out.push_back(Text("import", fmt::format("{:08x}", (2 * user + (later ? 1 : 0) + 9) * 2'654'435'761ULL)));
    out.push_back(Text("row", fmt::format("{:08x}", (holder + 7) * 2'246'822'519ULL)));
  });
  const Mined mined = MineRelations(made.corpus, made.all);
  const std::vector<Fact> none;
  std::map<std::string, const Relation*> found;
  for (const Relation& r : mined.relations) found[RelationText({made.corpus, mined.relations, none}, r)] = &r;
  ASSERT_TRUE(found.contains("the same user always has the same import"));
  EXPECT_LE(found["the same user always has the same import"]->violated.Count(), 60u);  // of 400: some are seen too seldom
  ASSERT_TRUE(found.contains("the same user always has the same row"));
  for (size_t i : lent) EXPECT_TRUE(found["the same user always has the same row"]->violated.Test(i)) << i;
}

TEST(Relations, NumbersOfManyDigitsThatAgreeAreNoLuckEvenIfTheyHardlyChange) {
  Made made(300, [&](size_t i, trace::Attributes& out) {
    out.push_back(Whole("day", i < 150 ? 20'487 : 20'488));
    out.push_back(Whole("window_day", i < 150 ? 20'487 : 20'488));
    out.push_back(Whole("dim", 256));
    out.push_back(Whole("batch", 256));
  });
  EXPECT_EQ(made.Found(), std::vector<std::string>{"window_day = day"});
}

}  // namespace
}  // namespace awry::why
