#include "codec/json.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <limits>

#include "base/random.h"
#include "codec/utf8.h"

namespace awry::codec {
namespace {

JsonDocument MustParse(std::string_view text) {
  auto document = JsonDocument::Parse(text);
  EXPECT_TRUE(document.ok()) << text << ": " << document.status().ToString();
  return std::move(document).value();
}

std::string Rewritten(std::string_view text) {
  const JsonDocument document = MustParse(text);
  std::string out;
  JsonWriter(out).Value(document.root());
  return out;
}

TEST(JsonWriter, PutsCommasAndColons) {
  std::string out = "data: ";
  JsonWriter json(out);
  json.BeginObject().Key("a").Int(-1).Key("b").BeginArray().UInt(18446744073709551615u).Bool(true).Null();
  json.BeginObject().EndObject().BeginArray().EndArray().EndArray().Key("c").Raw("[1]").EndObject();
  EXPECT_EQ(out, R"(data: {"a":-1,"b":[18446744073709551615,true,null,{},[]],"c":[1]})");
}

TEST(JsonWriter, EscapesWhatAStringCannotHold) {
  std::string out;
  JsonWriter(out).String(std::string_view("q\" b\\ n\n t\t \x01\x1f\0z é€😀", 26));
  EXPECT_EQ(out, "\"q\\\" b\\\\ n\\n t\\t \\u0001\\u001f\\u0000z é€😀\"");
}

TEST(JsonWriter, EscapesWhereverItStands) {
  for (size_t length = 1; length <= 20; ++length) {
    for (size_t at = 0; at < length; ++at) {
      for (int byte = 0; byte < 0x80; ++byte) {
        std::string text(length, byte % 2 == 0 ? 'x' : '!');
        text[at] = static_cast<char>(byte);
        std::string out;
        AppendJsonString(out, text);
        const bool plain = byte >= 0x20 && byte != '"' && byte != '\\';
        EXPECT_EQ(out == '"' + text + '"', plain) << byte << " at " << at << " of " << length;
        const auto back = JsonDocument::Parse(out);
        ASSERT_TRUE(back.ok()) << byte;
        EXPECT_EQ(back->root().AsString(), text);
      }
    }
  }
}

TEST(JsonWriter, ReplacesInvalidUtf8) {
  std::string out;
  JsonWriter(out).String("a\xff\xc3(\xed\xa0\x80z\xe2\x82");
  EXPECT_EQ(out, "\"a\uFFFD\uFFFD(\uFFFD\uFFFD\uFFFDz\uFFFD\"");
}

TEST(JsonWriter, WritesDoublesThatReadBackTheSame) {
  base::Random random(1);
  for (int i = 0; i < 20'000; ++i) {
    const double value = std::bit_cast<double>(random.Next());
    if (!std::isfinite(value)) continue;
    std::string out;
    JsonWriter(out).Double(value);
    EXPECT_EQ(MustParse(out).root().AsDouble(), value) << out;
  }
  std::string out;
  JsonWriter json(out);
  json.BeginArray().Double(0.1).Double(NAN).Double(INFINITY).Double(-INFINITY).EndArray();
  EXPECT_EQ(out, R"([0.1,"NaN","Infinity","-Infinity"])");
}

TEST(JsonDocument, ReadsEveryType) {
  const JsonDocument document = MustParse(
      " {\"s\" : \"x\", \"n\":-12.50e+1 ,\"t\":true,\"f\":false,\"z\":null,\"a\":[1,[2],{}],\"o\":{\"k\":\"v\"}}\n");
  const JsonValue root = document.root();
  EXPECT_EQ(root.size(), 7u);
  EXPECT_EQ(root.Find("s").AsString(), "x");
  EXPECT_EQ(root.Find("n").NumberText(), "-12.50e+1");
  EXPECT_EQ(root.Find("n").AsInt64(), -125);
  EXPECT_EQ(root.Find("t").AsBool(), true);
  EXPECT_EQ(root.Find("f").AsBool(), false);
  EXPECT_TRUE(root.Find("z").is_null() && root.Find("z").exists());
  EXPECT_TRUE(root.Find("none").is_null() && !root.Find("none").exists());
  EXPECT_EQ(root.Find("a").At(1).At(0).AsInt64(), 2);
  EXPECT_FALSE(root.Find("a").At(3).exists());
  EXPECT_EQ(root.Find("o").Find("k").AsString(), "v");
  EXPECT_EQ(root.Find("none").Find("deeper").At(0).AsString(), std::nullopt);
}

TEST(JsonDocument, AnswersNothingForTheWrongType) {
  const JsonDocument document = MustParse(R"(["1", 1])");
  const JsonValue text = document.root().At(0);
  const JsonValue number = document.root().At(1);
  EXPECT_EQ(text.AsInt64(), std::nullopt);
  EXPECT_EQ(text.AsDouble(), std::nullopt);
  EXPECT_EQ(text.NumberText(), "");
  EXPECT_EQ(number.AsString(), std::nullopt);
  EXPECT_EQ(number.AsBool(), std::nullopt);
  EXPECT_EQ(number.size(), 0u);
  for (const JsonValue item : number.items()) ADD_FAILURE() << item.NumberText();
  for (const JsonMember member : number.members()) ADD_FAILURE() << member.key;
}

TEST(JsonDocument, KeepsTheOrderOfMembersAndFindsTheFirstOfAName) {
  const JsonDocument document = MustParse(R"({"b":1,"a":{"x":[1,2]},"b":3})");
  std::string keys;
  for (const JsonMember member : document.root().members()) keys += member.key;
  EXPECT_EQ(keys, "bab");
  EXPECT_EQ(document.root().Find("b").AsInt64(), 1);
}

TEST(JsonDocument, ValuesLiveOnWhenTheDocumentIsMoved) {
  JsonDocument first = MustParse(R"({"key":"value"})");
  const JsonValue root = first.root();
  const JsonDocument second = std::move(first);
  EXPECT_EQ(root.Find("key").AsString(), "value");
}

TEST(JsonDocument, ReadsIntegersExactlyOrNotAtAll) {
  const auto read = [](std::string_view text) { return MustParse(text).root().AsInt64(); };
  EXPECT_EQ(read("9223372036854775807"), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(read("-9223372036854775808"), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(read("9223372036854775808"), std::nullopt);
  EXPECT_EQ(read("9007199254740993"), 9007199254740993);
  EXPECT_EQ(read("1.0"), 1);
  EXPECT_EQ(read("1.5"), std::nullopt);
  EXPECT_EQ(read("-1.20e1"), -12);
  EXPECT_EQ(read("1e400"), std::nullopt);
  EXPECT_EQ(read("1e99999999999999999999"), std::nullopt);
  EXPECT_EQ(read("1e-99999999999999999999"), std::nullopt);
  EXPECT_EQ(read("0e99999999999999999999"), 0);
  EXPECT_EQ(read("0.000"), 0);
  EXPECT_EQ(read("-0"), 0);
  EXPECT_EQ(read("123000e-3"), 123);
  EXPECT_EQ(MustParse("18446744073709551615").root().AsUInt64(), 18446744073709551615u);
  EXPECT_EQ(MustParse("-1").root().AsUInt64(), std::nullopt);
}

TEST(JsonDocument, ReadsDoublesAtTheEdges) {
  const auto read = [](std::string_view text) { return MustParse(text).root().AsDouble(); };
  EXPECT_EQ(read("1.7976931348623157e308"), std::numeric_limits<double>::max());
  EXPECT_EQ(read("1e309"), std::nullopt);
  EXPECT_EQ(read("-1e-400"), 0.0);
  EXPECT_EQ(read("0.1"), 0.1);
}

TEST(JsonDocument, UndoesEscapes) {
  EXPECT_EQ(MustParse(R"("a\"\\\/\b\f\n\r\tz")").root().AsString(), "a\"\\/\b\f\n\r\tz");
  EXPECT_EQ(MustParse(R"("\u0041\u00e9\u20ac\ud83d\ude00é")").root().AsString(), "Aé€😀é");
  EXPECT_EQ(MustParse(R"("\u0000")").root().AsString(), std::string_view("\0", 1));
  EXPECT_EQ(MustParse(R"("\ud83d")").root().AsString(), "\uFFFD");
  EXPECT_EQ(MustParse(R"("\ud83d\u0041")").root().AsString(), "\uFFFDA");
  EXPECT_EQ(MustParse(R"("\ude00x")").root().AsString(), "\uFFFDx");
}

TEST(JsonDocument, RefusesWhatIsNotJson) {
  for (const std::string_view text :
       {"", " ", "{", "}", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
        "{a:1}", "{\"a\" 1}", "{,}", "01", "-", "1.", ".5", "1e", "1e+", "+1", "0x1", "tru", "truex", "nul",
        "\"", "\"abc", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\n\"", "\"a\\n\n\"", "\"\xff\"",
        "\"\\n\xc3\"", "1 2", "[1]]", "NaN", "Infinity", "'a'", "[1}", "{\"a\":1]", "/**/1", "\xEF\xBB\xBF" "1"}) {
    const auto document = JsonDocument::Parse(text);
    ASSERT_FALSE(document.ok()) << text;
    EXPECT_EQ(document.status().code(), base::StatusCode::kInvalidArgument) << text;
    EXPECT_NE(document.status().message().find(", byte "), std::string::npos) << text;
  }
  EXPECT_FALSE(JsonDocument::Parse(std::string_view("1\0", 2)).ok());
  EXPECT_FALSE(JsonDocument::Parse(std::string_view("\"a\0b\"", 5)).ok());
}

TEST(JsonDocument, SaysWhereItWentWrong) {
  EXPECT_EQ(JsonDocument::Parse(R"({"a":1,"b":x})").status().message(),
            "malformed JSON: expected a value, byte 11");
}

TEST(JsonDocument, StopsAtTheDepthLimit) {
  const auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(JsonDocument::Parse(nested(64)).ok());
  EXPECT_EQ(JsonDocument::Parse(nested(65)).status().code(), base::StatusCode::kResourceExhausted);
  EXPECT_TRUE(JsonDocument::Parse("[[],[]]", {.depth_max = 2}).ok());
}

TEST(JsonDocument, StopsAtTheSizeLimit) {
  EXPECT_TRUE(JsonDocument::Parse("[1]", {.bytes_max = 3}).ok());
  EXPECT_EQ(JsonDocument::Parse("[12]", {.bytes_max = 3}).status().code(),
            base::StatusCode::kResourceExhausted);
}

// A random value; strings hold anything that is UTF-8.
void WriteRandom(base::Random& random, JsonWriter& json, int depth) {
  const auto text = [&random] {
    std::string raw;
    for (uint64_t i = random.Below(20); i > 0; --i) {
      AppendCodePoint(raw, static_cast<uint32_t>(random.Below(random.Chance(0.5) ? 0x80 : 0x110000)));
    }
    return raw;
  };
  switch (random.Below(depth > 0 ? 8 : 6)) {
    case 0: json.Null(); return;
    case 1: json.Bool(random.Chance(0.5)); return;
    case 2: json.Int(static_cast<int64_t>(random.Next())); return;
    case 3: json.Double(random.Normal(0, 1e6)); return;
    case 4:
    case 5: json.String(text()); return;
    case 6:
      json.BeginArray();
      for (uint64_t i = random.Below(5); i > 0; --i) WriteRandom(random, json, depth - 1);
      json.EndArray();
      return;
    default:
      json.BeginObject();
      for (uint64_t i = random.Below(5); i > 0; --i) {
        json.Key(text());
        WriteRandom(random, json, depth - 1);
      }
      json.EndObject();
  }
}

TEST(JsonDocument, ReadsBackWhatWasWritten) {
  for (uint64_t seed = 0; seed < 2'000; ++seed) {
    base::Random random(seed);
    std::string text;
    JsonWriter json(text);
    WriteRandom(random, json, 6);
    EXPECT_EQ(Rewritten(text), text) << "seed " << seed;
  }
}

TEST(JsonDocument, NeverCrashesOnDamagedText) {
  base::Random random(7);
  std::string text;
  JsonWriter json(text);
  json.BeginArray();
  for (int i = 0; i < 30; ++i) WriteRandom(random, json, 5);
  json.EndArray();
  for (int i = 0; i < 20'000; ++i) {
    std::string damaged = text.substr(0, random.Below(text.size() + 1));
    for (uint64_t n = random.Below(4); n > 0 && !damaged.empty(); --n) {
      damaged[random.Below(damaged.size())] = static_cast<char>(random.Below(256));
    }
    const auto document = JsonDocument::Parse(damaged);
    if (!document.ok()) continue;
    std::string once;
    JsonWriter(once).Value(document->root());
    EXPECT_EQ(Rewritten(once), once);
  }
}

}  // namespace
}  // namespace awry::codec
